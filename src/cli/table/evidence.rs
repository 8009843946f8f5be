//! What the evidence of a state says, in rows and sentences.

use super::Writer;
use crate::cli::output::{Output, Style};
use crate::fit::evidence::{Charge, ClassSum, DiskSum, Gone, Layer, LimitSum, LossCase, Pattern, QuotaKey};
use crate::fit::words::{self, portion, refusal};
use crate::fit::{Evidence, Names};
use crate::objects::quantity::bytes_short;

const BAR: i128 = 20;
/// How many quota keys are shown: the fullest.
const SHOWN: usize = 5;

/// From here on a resource is shown that is neither CPU nor memory, in hundredths.
const NOTABLE: i128 = 50;

/// A row: what is full, of which node, how much.
struct Row {
    of: String,
    what: String,
    used: i128,
    has: i128,
}

impl Row {
    fn of(sum: &ClassSum) -> Self {
        Self { of: sum.class.clone(), what: sum.resource.clone(), used: sum.sum, has: sum.allocatable }
    }

    fn percent(&self) -> i128 {
        if self.has > 0 { percent(self.used, self.has) } else { i128::from(self.used > 0) * 1000 }
    }
}

fn rows(rows: &[Row], output: &Output<'_>) -> Vec<String> {
    let of = rows.iter().map(|row| row.of.chars().count()).max().unwrap_or(0);
    let what = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
    let line = |row: &Row| {
        let percent = row.percent();
        let style = if percent > 100 {
            Style::Bad
        } else if percent >= 85 {
            Style::Tight
        } else {
            Style::Good
        };
        let filled = (percent * BAR).div_euclid(100).clamp(i128::from(row.used > 0), BAR);
        let cells = |letter: &str, count: i128| letter.repeat(usize::try_from(count).unwrap_or(0));
        let bar = output.paint(style, &format!("{}{}", cells("█", filled), cells("░", BAR - filled)));
        let amount = portion(&row.what, row.used, row.has);
        format!("{:of$}  {:what$}  {bar} {percent:>3} %  {amount}", row.of, row.what)
    };
    rows.iter().map(line).collect()
}

impl Writer<'_, '_> {
    /// What is worth a row of a sum over what may come to one node: CPU and memory, and whatever else is half full.
    fn charge(&self, charge: &Charge) -> Vec<Row> {
        let is_known =
            |sum: &&ClassSum| sum.resource != "ephemeral-storage" || !self.assumed.contains(&sum.class.as_str());
        let (shown, left_out): (Vec<Row>, Vec<Row>) =
            charge.sums.iter().filter(is_known).map(Row::of).partition(|row| {
                self.is_whole || ["cpu", "memory"].contains(&row.what.as_str()) || row.percent() >= NOTABLE
            });
        if shown.is_empty() {
            return left_out;
        }
        self.has_left_out.set(self.has_left_out.get() || !left_out.is_empty());
        shown
    }

    fn layers(&self, layers: &[Layer]) -> Vec<String> {
        let mut lines = Vec::new();
        for (position, layer) in layers.iter().enumerate() {
            if layers.len() > 1 {
                let types = match layer {
                    Layer::Charge(charge) => charge.types.len(),
                    Layer::AnyOrder(types) => types.len(),
                };
                let words = if types == 1 { "workload" } else { "workloads" };
                lines.push(format!("priority {} of {}, {types} {words}:", position + 1, layers.len()));
            }
            match layer {
                Layer::Charge(one) => lines.extend(rows(&self.charge(one), self.output)),
                Layer::AnyOrder(types) => {
                    let tightest = types.iter().max_by_key(|one| one.total.saturating_mul(1000) / one.limit.max(1));
                    lines.extend(tightest.map(|one| {
                        let share = one.total.saturating_mul(100) / one.limit.max(1);
                        let name = self.names.label(&one.name);
                        format!("at worst {share} % of the nodes have no room for {name}")
                    }));
                }
            }
        }
        lines
    }

    /// Each case of a loss: whole, or by what is fullest in it where sums say everything.
    fn loss(&self, cases: &[LossCase]) -> Vec<String> {
        let without = |case: &LossCase| match &case.gone {
            Gone::Class(class) => format!("without one node of {class}:"),
            Gone::Zone(zone) => format!("without the zone {zone}:"),
        };
        let fullest = |case: &LossCase| {
            let mut rows = Vec::new();
            for layer in &case.layers {
                let Layer::Charge(charge) = layer else { return None };
                rows.extend(self.charge(charge));
            }
            let row = rows.into_iter().max_by_key(Row::percent)?;
            Some(Row { of: format!("{} {}", without(case).replace(':', ", on"), row.of), ..row })
        };
        let compact: Option<Vec<Row>> = cases.iter().map(fullest).collect();
        match compact.filter(|_| !self.is_whole) {
            Some(found) => {
                self.has_left_out.set(true);
                rows(&found, self.output)
            }
            None => {
                let gone_with = |name: &String| format!("  gone with it: {}", self.names.label(name));
                let lines = |case: &LossCase| {
                    let stranded: Vec<String> = case.stranded.iter().map(gone_with).collect();
                    [vec![without(case)], stranded, self.layers(&case.layers)].concat()
                };
                cases.iter().flat_map(lines).collect()
            }
        }
    }

    /// Everything that evidence says, in lines.
    pub(super) fn lines(&self, evidence: &Evidence) -> Vec<String> {
        let quota = |key: &QuotaKey| Row {
            of: words::quota_name(&key.quota).to_owned(),
            what: key.key.clone(),
            used: key.used,
            has: key.hard,
        };
        match evidence {
            Evidence::Layers(one) => {
                let mut lines = self.layers(&one.layers);
                let waits = |name: &String| format!("{} makes its own room while it rolls", self.names.label(name));
                lines.extend(one.waits.iter().map(waits));
                lines
            }
            Evidence::Loss(cases) => self.loss(cases),
            Evidence::Placement(patterns) => {
                let pods = |pattern: &Pattern| {
                    pattern.nodes.len() as i128 * pattern.pods.iter().map(|(_, count)| count).sum::<i128>()
                };
                let count: i128 = patterns.iter().map(pods).sum();
                vec![format!("a placement of all {count} pods is in the proof")]
            }
            Evidence::Limits(sums) => {
                // The bar is full at the cap. What is stated comes first: that is what somebody decided.
                let row = |sum: &LimitSum| Row {
                    of: sum.class.clone(),
                    what: "stated limits".to_owned(),
                    used: sum.stated,
                    has: (sum.cap * sum.allocatable).div_euclid(100),
                };
                let mut lines = rows(&sums.iter().map(row).collect::<Vec<_>>(), self.output);
                lines.extend(sums.iter().flat_map(|sum| limit_remarks(sum, self.names)));
                lines
            }
            Evidence::Disks { sums, .. } => {
                // A disk may be called like a resource; its amounts are bytes all the same.
                let row = |sum: &DiskSum| Row {
                    of: sum.class.clone(),
                    what: format!("disk {}", sum.disk),
                    used: sum.sum,
                    has: sum.usable,
                };
                rows(&sums.iter().map(row).collect::<Vec<_>>(), self.output)
            }
            Evidence::Quotas(keys) => {
                let mut fullest: Vec<&QuotaKey> = keys.iter().collect();
                fullest.sort_by_key(|key| std::cmp::Reverse((key.used * 1000).checked_div(key.hard).unwrap_or(0)));
                let shown = if self.is_whole { keys.len() } else { SHOWN };
                let shown_rows: Vec<Row> = fullest.iter().take(shown).map(|key| quota(key)).collect();
                let mut lines = rows(&shown_rows, self.output);
                if keys.len() > shown {
                    lines.push(format!("{} more keys are less full", keys.len() - shown));
                }
                lines
            }
            Evidence::Quota(key) => rows(&[quota(key)], self.output),
            other => refusal(other, self.names).into_iter().collect(),
        }
    }
}

/// What the cap on a node of a class means, and which pods have no limit that could be added up.
fn limit_remarks(sum: &LimitSum, names: &Names) -> Vec<String> {
    let class = &sum.class;
    let mut remarks = Vec::new();
    if sum.cap != 100 {
        let share = percent(sum.stated, sum.allocatable);
        remarks.push(format!(
            "{class}: stated limits may take {share} % of {}, the declared overcommit allows {} %",
            bytes_short(sum.allocatable),
            sum.cap
        ));
    }
    if !sum.unlimited.is_empty() {
        let workloads = match sum.unlimited.len() {
            1 => "1 workload".to_owned(),
            count => format!("{count} workloads"),
        };
        remarks.push(format!(
            "{class}: and {workloads} without a limit, each pod counted as a whole node: {}",
            names.labels(&sum.unlimited).join(", ")
        ));
        let allowed = (sum.cap * sum.allocatable).div_euclid(100);
        remarks.push(format!(
            "{class}: with them it is {}, {} % of the node",
            portion("memory", sum.sum, allowed),
            percent(sum.sum, sum.allocatable)
        ));
    }
    remarks
}

/// Rounded up, so that nothing looks emptier than it is, and what is not full never reads as full.
fn percent(part: i128, whole: i128) -> i128 {
    let most = if part < whole { 99 } else { i128::MAX };
    (part * 100 + whole - 1).checked_div(whole).unwrap_or(100).min(most)
}
