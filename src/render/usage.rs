//! How full things are, in numbers that people read. The summary and the report show the same ones.

use crate::analysis::Analysis;
use crate::fit::{At, Measure, Unit, Usage};
use std::collections::BTreeSet;

use crate::types::{self, Rational};

/// One line of a table.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) group: Group,
    /// `cpu`, `memory`, `disk`, `quota`, …
    pub(crate) what: String,
    /// `host`, a disk, a namespace with a key, a share.
    pub(crate) of: String,
    pub(crate) usage: &'a Usage,
}

/// What holds the capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// CPU, memory and pod slots of nodes: full means that pods do not start.
    Node,
    /// Limits may exceed what there is; then it is memory that may run out.
    Limits,
    Disk,
    Quota,
    Share,
}

/// All lines of an environment, in the order in which people look at them.
pub(crate) fn lines(analysis: &Analysis) -> Vec<Line<'_>> {
    let node = |usage: &&Usage| !is_limit(usage.measure);
    let line = |group, what: &str, of: String, usage| Line { group, what: what.to_owned(), of, usage };
    let mut lines = Vec::new();
    for usage in analysis.sums.nodes.iter().filter(node) {
        lines.push(line(Group::Node, &usage.measure.words().to_lowercase(), short(&usage.subject), usage));
    }
    for usage in analysis.sums.nodes.iter().filter(|usage| !node(usage)) {
        lines.push(line(Group::Limits, &usage.measure.words().to_lowercase(), short(&usage.subject), usage));
    }
    for disk in &analysis.sums.disks {
        let names: Vec<_> = disk.disks.iter().map(|disk| short(disk)).collect();
        lines.push(line(Group::Disk, "disk", names.join(" + "), &disk.usage));
    }
    for quota in &analysis.sums.quotas {
        lines.push(line(Group::Quota, "quota", format!("{} {}", quota.namespace, quota.key), &quota.usage));
    }
    for share in &analysis.shares {
        lines.push(line(Group::Share, "share", format!("{} {}", share.budget, share.share), &share.usage));
    }
    lines
}

/// The subject without the name of the hardware, which stands in the heading.
fn short(subject: &str) -> String {
    subject.split_once('.').map_or(subject, |(_, rest)| rest).to_owned()
}

fn is_limit(measure: Measure) -> bool {
    matches!(measure, Measure::MemoryLimits | Measure::CpuLimits | Measure::EphemeralStorageLimits)
}

/// What is taken in a state, reserves included.
pub(crate) fn taken(usage: &Usage, state: At) -> i128 {
    usage.reserved() + usage.total(state)
}

/// How full it is, in hundredths, rounded up so that nothing looks emptier than it is; what is not full never reads as full.
pub(crate) fn percent(usage: &Usage, state: At) -> i128 {
    let most = if taken(usage, state) < usage.capacity { 99 } else { i128::MAX };
    ratio(taken(usage, state), 100, usage.capacity).min(most)
}

/// The other environments whose demand is counted on the same hardware.
pub(crate) fn neighbours(analysis: &Analysis) -> BTreeSet<&str> {
    let terms = analysis.sums.nodes.iter().flat_map(|usage| &usage.terms);
    terms.filter_map(|term| term.owner.neighbour.as_deref()).collect()
}

/// A bar: reserves, demand, room.
pub(crate) fn bar(usage: &Usage, state: At, width: i128) -> String {
    // The last cell is room as long as there is any.
    let most = if taken(usage, state) < usage.capacity { width - 1 } else { width };
    let end = ratio(taken(usage, state), width, usage.capacity).min(most);
    // Whatever is asked for is seen, even beside a reserve that fills the same cell.
    let held = match (usage.reserved(), usage.total(state)) {
        (..=0, _) => 0,
        (_, ..=0) => end,
        (reserved, _) => (reserved.saturating_mul(width) / usage.capacity.max(1)).clamp(0, end - 1),
    };
    let cells = |character: char, count: i128| std::iter::repeat_n(character, usize::try_from(count).unwrap_or(0));
    cells('▓', held).chain(cells('█', end - held)).chain(cells('░', width - end)).collect()
}

/// `amount × scale ÷ capacity`, rounded up. Something of nothing is more than all.
fn ratio(amount: i128, scale: i128, capacity: i128) -> i128 {
    match (amount, capacity) {
        (..=0, _) => 0,
        (_, ..=0) => scale.saturating_add(1),
        _ => amount.saturating_mul(scale).saturating_add(capacity - 1) / capacity,
    }
}

/// Amounts that stand in one line, written alike: `7.1 of 8 CPU`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    divisor: i128,
    /// Ten to the number of decimals.
    power: i128,
    pub(crate) unit: &'static str,
}

impl Scale {
    /// The scale in which the capacity reads best. What was declared in powers of ten stays in powers of ten.
    pub(crate) fn of(usage: &Usage) -> Self {
        let (divisor, unit) = match usage.measure.unit() {
            Unit::MilliCores if usage.capacity < 1000 => (1, "mCPU"),
            Unit::MilliCores => (1000, "CPU"),
            Unit::Number if usage.measure == Measure::Claims => (1, "claims"),
            Unit::Number => (1, "pods"),
            Unit::Bytes => Self::bytes(usage.capacity),
        };
        let mut scale = Self { divisor, power: 10, unit };
        // Where a decimal more is needed to tell what is taken from what there is, or the states apart, it is given.
        while scale.power < divisor && scale.misleads(usage) {
            scale.power *= 10;
        }
        scale
    }

    /// Whether amounts that differ look equal, or what is asked for looks like nothing more than twice what it is.
    fn misleads(self, usage: &Usage) -> bool {
        let (steady, peak) = (taken(usage, At::Steady), taken(usage, At::Peak));
        let full = |amount| amount != usage.capacity && self.up(amount) == self.down(usage.capacity);
        let vague = |amount: i128| {
            amount > 0 && ratio(amount, self.power, self.divisor) * self.divisor > amount * 2 * self.power
        };
        // CPU is dealt out in thousandths, of which a rounded quota hides many.
        let cut = usage.measure.unit() == Unit::MilliCores && usage.capacity * self.power % self.divisor != 0;
        cut || full(steady)
            || full(peak)
            || vague(steady)
            || vague(peak)
            || (steady != peak && self.up(steady) == self.up(peak))
    }

    fn bytes(capacity: i128) -> (i128, &'static str) {
        const DECIMAL: [(i128, &str); 4] =
            [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1, "B")];
        const BINARY: [(i128, &str); 4] = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1, "B")];
        let is_decimal = capacity % 1_000_000 == 0 && capacity % (1 << 20) != 0;
        let units = if is_decimal { DECIMAL } else { BINARY };
        units.into_iter().find(|(divisor, _)| capacity >= *divisor).unwrap_or((1, "B"))
    }

    /// The amount with as few decimals as are honest, rounded up.
    pub(crate) fn up(self, amount: i128) -> String {
        self.decimals(ratio(amount, self.power, self.divisor))
    }

    /// The same, rounded down: for what there is.
    pub(crate) fn down(self, amount: i128) -> String {
        self.decimals(amount.max(0).saturating_mul(self.power) / self.divisor)
    }

    fn decimals(self, scaled: i128) -> String {
        let (whole, fraction) = (scaled / self.power, scaled % self.power);
        let width = self.power.ilog10() as usize;
        let text = format!("{whole}.{fraction:0width$}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// An amount as an author would write it, exactly.
pub(crate) fn exact(measure: Measure, amount: i128) -> String {
    let (unit, divisor) = match measure.unit() {
        Unit::MilliCores => (types::Unit::Cpu, 1000),
        Unit::Bytes => (types::Unit::Bytes, 1),
        Unit::Number => return amount.to_string(),
    };
    Rational::fraction(amount, divisor)
        .map_or_else(|| amount.to_string(), |number| types::Amount { unit, number }.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::model::InstanceId;
    use crate::fit::{Held, Owner, PerState, Term};
    use crate::source::Span;

    fn usage(measure: Measure, capacity: i128, reserved: i128, (steady, peak): (i128, i128)) -> Usage {
        let term = Term {
            owner: Owner { instance: InstanceId(0), name: "api".to_owned(), neighbour: None },
            label: "api".to_owned(),
            count: PerState { steady, peak },
            each: 1,
            span: Span::NONE,
            count_span: PerState { steady: Span::NONE, peak: Span::NONE },
            countable: true,
        };
        let held = vec![Held { name: "k3s".to_owned(), amount: reserved, span: Span::NONE }];
        Usage::new("datacenter.host", measure, (capacity, Span::NONE), held, vec![term])
    }

    #[test]
    fn a_bar_is_as_wide_as_asked_whatever_it_shows() {
        for (capacity, steady) in [(8000, 0), (8000, 1), (8000, 7999), (8000, 8000), (8000, 80_000), (0, 0), (0, 5)] {
            let usage = usage(Measure::Cpu, capacity, 0, (steady, steady));
            assert_eq!(bar(&usage, At::Steady, 20).chars().count(), 20, "{steady} of {capacity}");
        }
    }

    #[test]
    fn nothing_that_is_used_looks_unused_and_nothing_that_is_free_looks_full() {
        let little = usage(Measure::Cpu, 8000, 0, (1, 1));
        assert!(bar(&little, At::Steady, 20).starts_with("█░"));
        assert!(bar(&usage(Measure::Cpu, 8000, 0, (7999, 7999)), At::Steady, 20).ends_with("█░"));
        assert_eq!(percent(&little, At::Steady), 1);
        assert_eq!(percent(&usage(Measure::Cpu, 8000, 0, (7999, 7999)), At::Steady), 99);
        let over = usage(Measure::Cpu, 8000, 0, (8001, 8001));
        assert_eq!(percent(&over, At::Steady), 101);
    }

    #[test]
    fn reserves_are_told_apart_from_demand() {
        let usage = usage(Measure::Cpu, 8000, 2000, (4000, 6000));
        assert_eq!(bar(&usage, At::Steady, 8), "▓▓████░░");
        assert_eq!(bar(&self::usage(Measure::Cpu, 8000, 100, (0, 0)), At::Steady, 8), "▓░░░░░░░");
        assert_eq!(bar(&self::usage(Measure::Cpu, 8000, 8000, (1, 1)), At::Steady, 8), "▓▓▓▓▓▓▓█");
        assert_eq!(taken(&usage, At::Peak), 8000);
    }

    #[test]
    fn amounts_are_rounded_against_the_author() {
        let scale = Scale::of(&usage(Measure::Cpu, 8000, 0, (0, 0)));
        assert_eq!((scale.up(7_001), scale.down(7_999), scale.unit), ("7.1".to_owned(), "7.9".to_owned(), "CPU"));
        assert_eq!(Scale::of(&usage(Measure::Memory, 128_000_000_000, 0, (0, 0))).unit, "GB");
        assert_eq!(Scale::of(&usage(Measure::Memory, 128 << 30, 0, (0, 0))).unit, "GiB");
        assert_eq!(Scale::of(&usage(Measure::Storage, 3_500_000_000_000, 0, (0, 0))).unit, "TB");
    }

    #[test]
    fn what_is_not_full_never_reads_as_full_and_a_little_never_as_a_lot() {
        let text = |measure, capacity, counts: (i128, i128)| {
            let usage = usage(measure, capacity, 0, counts);
            let scale = Scale::of(&usage);
            let amounts = [At::Steady, At::Peak].map(|state| scale.up(taken(&usage, state)));
            format!("{} and {} of {} {}", amounts[0], amounts[1], scale.down(capacity), scale.unit)
        };
        assert_eq!(text(Measure::Cpu, 60, (45, 45)), "45 and 45 of 60 mCPU");
        assert_eq!(text(Measure::Cpu, 1000, (950, 950)), "0.95 and 0.95 of 1 CPU");
        assert_eq!(text(Measure::Cpu, 1900, (1875, 1900)), "1.88 and 1.9 of 1.9 CPU");
        assert_eq!(text(Measure::Cpu, 8000, (4000, 4000)), "4 and 4 of 8 CPU");
        assert_eq!(text(Measure::Cpu, 2000, (2001, 2001)), "2.1 and 2.1 of 2 CPU");
        assert_eq!(text(Measure::Cpu, 8000, (10, 10)), "0.01 and 0.01 of 8 CPU");
        assert_eq!(text(Measure::Cpu, 1250, (100, 100)), "0.1 and 0.1 of 1.25 CPU");
        assert_eq!(text(Measure::Memory, 48_000_000_000, (47_999_000_000, 48_000_000_000)), "47.999 and 48 of 48 GB");
        assert_eq!(text(Measure::Pods, 110, (109, 110)), "109 and 110 of 110 pods");
    }

    #[test]
    fn exact_amounts_read_as_authors_write_them() {
        assert_eq!(exact(Measure::Cpu, 250), "250m");
        assert_eq!(exact(Measure::Memory, 512 << 20), "512Mi");
        assert_eq!(exact(Measure::Pods, 3), "3");
    }
}
