//! How many runs of a CronJob may overlap.

use super::Node;

/// The shortest time between two runs on a schedule that nobody looks at more closely: cron knows nothing finer.
const MINUTE: i128 = 60;
const HOUR: i128 = 3600;
/// A day on which the clocks go forward.
const SHORT_DAY: i128 = 23 * HOUR;
/// How long a pod may take to end, where it does not say.
const GRACE: i128 = 30;
/// The least by which clocks go back: what they show again, cron runs again, though the schedule has it once.
const REPEATED: i128 = 1800;

/// How many runs of a CronJob with this spec may be there at once; nothing where nothing bounds them.
pub(super) fn overlapping(spec: &Node) -> Option<i128> {
    match spec.get("concurrencyPolicy").and_then(Node::as_str) {
        Some("Forbid") => return Some(1),
        // While a run is replaced, the pods of both exist.
        Some("Replace") => return Some(2),
        _ => {}
    }
    let job = spec.at(&["jobTemplate", "spec"])?;
    let deadline = job.get("activeDeadlineSeconds").and_then(Node::as_integer)?.max(0);
    let grace = job.at(&["template", "spec", "terminationGracePeriodSeconds"]).and_then(Node::as_integer);
    let schedule = spec.get("schedule").and_then(Node::as_str).unwrap_or_default();
    // An interval may be one of seconds.
    if schedule.contains("@every") {
        return None;
    }
    let (time, period) = (deadline + grace.unwrap_or(GRACE).max(0), period(schedule));
    let repeated = period > MINUTE && time >= REPEATED;
    // Those that start while one is there, that one, and one that started late.
    Some(time / period + 2 + i128::from(repeated))
}

/// The least number of seconds between two times of a schedule, or less.
fn period(schedule: &str) -> i128 {
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let is_number = |field: &str| field.bytes().all(|byte| byte.is_ascii_digit());
    match fields.as_slice() {
        ["@hourly"] => HOUR,
        ["@daily" | "@midnight" | "@weekly" | "@monthly" | "@yearly" | "@annually"] => SHORT_DAY,
        [minute, hour, _, _, _] if is_number(minute) => {
            if is_number(hour) {
                SHORT_DAY
            } else {
                HOUR
            }
        }
        _ => MINUTE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::yaml::read_all;

    #[test]
    fn a_period_is_that_of_the_finest_field() {
        assert_eq!(period("*/5 * * * *"), 60);
        assert_eq!(period("0,30 * * * *"), 60);
        assert_eq!(period("30 * * * *"), 3600);
        assert_eq!(period("30 */6 * * *"), 3600);
        assert_eq!(period("30 3 * * 1"), 23 * 3600);
        assert_eq!(period("  30\t3 1 * * "), 23 * 3600);
        assert_eq!((period("@hourly"), period("@monthly")), (3600, 82_800));
        // What is no schedule of five fields may come every minute.
        for strange in ["", "TZ=Europe/Berlin 30 3 * * *", "0 30 3 * * *"] {
            assert_eq!(period(strange), 60, "{strange}");
        }
    }

    fn runs(schedule: &str, policy: &str, job: &str) -> Option<i128> {
        let text = format!("{{schedule: \"{schedule}\", {policy}jobTemplate: {{spec: {{{job}}}}}}}");
        overlapping(&read_all(&text).expect("it is YAML")[0])
    }

    #[test]
    fn a_deadline_bounds_how_many_runs_overlap() {
        // Hourly, two hours and the 30 seconds of a pod that says nothing: ⌊7230/3600⌋ = 2, two more, and one that the clocks repeat.
        assert_eq!(runs("0 * * * *", "", "activeDeadlineSeconds: 7200"), Some(5));
        // Every minute: ⌊90/60⌋ + 2, and a second less makes ⌊89/60⌋ + 2.
        assert_eq!(runs("* * * * *", "", "activeDeadlineSeconds: 60"), Some(3));
        assert_eq!(runs("* * * * *", "", "activeDeadlineSeconds: 59"), Some(3));
        assert_eq!(runs("* * * * *", "", "activeDeadlineSeconds: 29"), Some(2));
        let slow = "activeDeadlineSeconds: 60, template: {spec: {terminationGracePeriodSeconds: 3600}}";
        assert_eq!(runs("* * * * *", "", slow), Some(63));
        // Once a day an hour does not reach the next, but for that of the night that has one hour twice; what is over sooner does not
        // meet that either.
        assert_eq!(runs("0 3 * * *", "", "activeDeadlineSeconds: 3600"), Some(3));
        assert_eq!(runs("0 3 * * *", "", "activeDeadlineSeconds: 1770"), Some(3));
        assert_eq!(runs("0 3 * * *", "", "activeDeadlineSeconds: 1769"), Some(2));
        // Every two seconds there may be very many.
        assert_eq!(runs("@every 2s", "", "activeDeadlineSeconds: 3600"), None);
        assert_eq!(runs("0 3 * * *", "concurrencyPolicy: Allow, ", ""), None);
        assert_eq!(runs("0 3 * * *", "concurrencyPolicy: Forbid, ", ""), Some(1));
        assert_eq!(runs("0 3 * * *", "concurrencyPolicy: Replace, ", ""), Some(2));
    }
}
