//! Runs of jobs on a schedule that may overlap.

use super::fixture::{GB, node, proof, reason, verdict};
use crate::fit::{EnvironmentProof, Verdict};

/// What is proved of a job every hour, of two pods of 1000m each, on a host with so much CPU.
fn on(cpu: i128, fields: &str, job: &str) -> EnvironmentProof {
    let comma = |text: &str| if text.is_empty() { String::new() } else { format!("{text}, ") };
    let cron = format!(
        "{{apiVersion: batch/v1, kind: CronJob, metadata: {{name: sweep, namespace: shop}}, spec: {{schedule: '0 * * * *', {}jobTemplate: \
         {{spec: {{{}parallelism: 2, template: {{spec: {{containers: [{{name: main, resources: {{requests: {{cpu: 1000m, memory: \
         1}}}}}}]}}}}}}}}}}}}",
        comma(fields),
        comma(job)
    );
    proof(vec![node("host", cpu, GB)], &[cron])
}

/// The verdict of the peak.
fn peak(cpu: i128, fields: &str, job: &str) -> Verdict {
    verdict(&on(cpu, fields, job), "S1")
}

#[test]
fn runs_that_may_overlap_are_as_many_as_their_deadline_lets() {
    // Hourly: ⌊(7169 + 30)/3600⌋ + 2 runs of 2000m, and one that the clocks repeat: 4. A second more makes ⌊7200/3600⌋ + 3 = 5.
    assert_eq!(peak(8000, "", "activeDeadlineSeconds: 7169"), Verdict::Guaranteed);
    assert_eq!(peak(7999, "", "activeDeadlineSeconds: 7169"), Verdict::DoesNotFit);
    assert_eq!(peak(8000, "concurrencyPolicy: Allow", "activeDeadlineSeconds: 7170"), Verdict::DoesNotFit);
    assert_eq!(peak(10_000, "concurrencyPolicy: Allow", "activeDeadlineSeconds: 7170"), Verdict::Guaranteed);
}

#[test]
fn one_run_is_there_under_forbid_and_two_under_replace() {
    assert_eq!(peak(2000, "concurrencyPolicy: Forbid", ""), Verdict::Guaranteed);
    assert_eq!(peak(3999, "concurrencyPolicy: Replace", ""), Verdict::DoesNotFit);
    assert_eq!(peak(4000, "concurrencyPolicy: Replace", ""), Verdict::Guaranteed);
}

#[test]
fn without_a_deadline_nothing_bounds_the_peak_and_what_to_type_is_said() {
    let open = on(8000, "", "");
    assert_eq!(
        reason(&open, "S1"),
        "runs of `CronJob.batch shop/sweep` may pile up without bound; set `concurrencyPolicy: Forbid`, or \
         `activeDeadlineSeconds` of its job and a schedule without `@every`"
    );
    assert_eq!(verdict(&open, "S7"), Verdict::Undecided);
    assert_eq!(verdict(&open, "S0"), Verdict::Undecided);
    assert_eq!(peak(1, "suspend: true", ""), Verdict::Guaranteed);
    assert_eq!(peak(8000, "suspend: false", ""), Verdict::Undecided);
}
