//! The proof of an environment as a table: every state with its verdict, its sums and why it holds.

use std::cell::Cell;
use std::fmt::Write as _;

use crate::View;
use crate::cli::output::{Output, Style};
use crate::objects::quantity::bytes_short;
use crate::proof::evidence::{Charge, ClassSum, DiskSum, Gone, Layer, LimitSum, LossCase, Pattern, QuotaKey};
use crate::proof::words::{self, change, pool_need, portion, refusal};
use crate::proof::{Change, Changes, EnvironmentProof, Evidence, Names, Verdict};
use crate::render::glance;

const BAR: i128 = 20;
/// How many quota keys are shown: the fullest.
const SHOWN: usize = 5;

/// From here on a resource is shown that is neither CPU nor memory, in hundredths.
const NOTABLE: i128 = 50;

/// How a table is written.
struct Writer<'a, 'o> {
    output: &'a Output<'o>,
    names: &'a Names,
    /// The classes whose ephemeral storage the proof itself assumes, which is always as much as is asked for.
    assumed: Vec<&'a str>,
    /// Whether every resource is shown, as for one state that was asked for; else what is nearly empty is left out.
    is_whole: bool,
    has_left_out: Cell<bool>,
}

/// The table of an environment, under a title; `is_whole` with every resource of every state.
pub(crate) fn environment(title: &str, view: &View, names: &Names, is_whole: bool, output: &Output<'_>) -> String {
    let Some(proof) = &view.proof else { return String::new() };
    let nodes: usize = proof.classes.iter().map(|class| class.nodes.len()).sum();
    let nodes = match nodes {
        0 => "no hardware".to_owned(),
        1 => "1 node".to_owned(),
        nodes => format!("{nodes} nodes"),
    };
    let beside =
        if proof.beside.is_empty() { String::new() } else { format!(", beside {}", proof.beside.join(" and ")) };
    let demand = format!("{nodes}{beside}, demanded: {}", proof.demand.key());
    let mut text = format!("{}  {}\n", output.paint(Style::Strong, title), output.paint(Style::Faint, &demand));
    let assumed = proof.classes.iter().filter(|class| class.assumes_ephemeral);
    let assumed = assumed.map(|class| class.name.as_str()).collect();
    let writer = Writer { output, names, assumed, is_whole, has_left_out: Cell::new(false) };
    writer.states(proof, &mut text);
    for pool in &proof.pools {
        let _ = writeln!(text, "  pool {}  {}", pool.name, pool_need(pool));
    }
    // Before anything is known of all pods no number helps.
    for line in Some(&proof.changes).filter(|_| proof.obstacles.is_empty()).into_iter().flat_map(changes) {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    if !is_whole {
        for line in glance::headroom(view) {
            let _ = writeln!(text, "  {line}");
        }
    }
    if writer.has_left_out.get() {
        let _ = writeln!(text, "  {}", output.paint(Style::Faint, "one state with every resource: `--state S0`"));
    }
    text.push_str("  assuming that\n");
    for assumption in &proof.assumptions {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "    {}", output.paint(Style::Faint, assumption));
    }
    text.push('\n');
    text
}

/// The last line: whether everything that must fit does, and else what does not.
pub(crate) fn conclusion<'a>(proofs: impl IntoIterator<Item = &'a EnvironmentProof>, output: &Output<'_>) -> String {
    let proofs: Vec<&EnvironmentProof> = proofs.into_iter().collect();
    let unmet = |proof: &EnvironmentProof| -> Vec<(String, Verdict)> {
        let mut found: Vec<(String, Verdict)> = Vec::new();
        for state in proof.states.iter().filter(|state| !proof.is_met(state)) {
            let name = words::state(state.state);
            match found.iter_mut().find(|(other, _)| *other == name) {
                Some((_, worst)) if state.verdict == Verdict::DoesNotFit => *worst = state.verdict,
                Some(_) => {}
                None => found.push((name, state.verdict)),
            }
        }
        found
    };
    let mut text = String::new();
    for proof in &proofs {
        let unmet = unmet(proof);
        if unmet.is_empty() {
            continue;
        }
        let name = if proofs.len() == 1 { "it" } else { proof.environment.as_str() };
        let named = |(name, _): (String, Verdict)| name;
        let is_refused = unmet.iter().any(|(_, verdict)| *verdict == Verdict::DoesNotFit);
        let (said, states) = if !proof.obstacles.is_empty() {
            let count = proof.obstacles.len();
            let things = if count == 1 { "one thing stands" } else { &format!("{count} things stand") };
            ("is not proved yet", vec![format!("{things} in the way of everything")])
        } else if is_refused {
            let refused = unmet.into_iter().filter(|(_, verdict)| *verdict == Verdict::DoesNotFit);
            ("does not fit", refused.map(named).collect())
        } else {
            ("is not shown to fit", unmet.into_iter().map(named).collect())
        };
        let line = format!("{name} {said}: {}", states.join(", "));
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{}", output.paint(Style::Bad, &line));
    }
    if text.is_empty() {
        let line = match proofs.len() {
            1 => "it fits".to_owned(),
            2 => "both environments fit".to_owned(),
            all => format!("all {all} environments fit"),
        };
        return format!("{}\n", output.paint(Style::Good, &line));
    }
    text
}

/// What would make everything fit.
fn changes(changes: &Changes) -> Vec<String> {
    match changes {
        Changes::NotNeeded => Vec::new(),
        Changes::NotTried(reason) => vec![format!("no change was tried that would make it fit: {reason}")],
        Changes::Tried(found) if found.is_empty() => vec!["no single change that was tried makes it fit".to_owned()],
        Changes::Tried(found) => {
            let title = if found.iter().all(Change::is_enough) {
                "any one of these makes it fit, in every required state"
            } else {
                "no single change that was tried makes it fit in every required state; these come nearest"
            };
            let mut lines = vec![title.to_owned()];
            lines.extend(found.iter().map(|one| format!("  {}", change(one))));
            lines
        }
    }
}

/// How a verdict is called, and in which style it is shown.
pub(crate) fn verdict(verdict: Verdict, required: bool, is_met: bool) -> (&'static str, Style) {
    match verdict {
        Verdict::Guaranteed => ("guaranteed", Style::Good),
        Verdict::Possible if is_met => ("possible", Style::Tight),
        Verdict::Possible => ("only possible", Style::Bad),
        Verdict::Empty => ("empty", Style::Faint),
        Verdict::DoesNotFit if !required => ("more than there is", Style::Tight),
        Verdict::Undecided if !required => ("undecided", Style::Tight),
        Verdict::DoesNotFit => ("does not fit", Style::Bad),
        Verdict::Undecided => ("undecided", Style::Bad),
    }
}

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
    fn states(&self, proof: &EnvironmentProof, text: &mut String) {
        // What lets nothing be proved is said once, and all of it.
        if let [first, others @ ..] = proof.states.as_slice()
            && !others.is_empty()
            && proof.states.iter().all(|state| state.verdict == Verdict::Undecided && state.reason == first.reason)
        {
            let title = if proof.obstacles.len() > 1 { "each of these keeps all of it open" } else { &first.why() };
            self.head("  ", "every state", ("undecided", Style::Bad), title, text);
            for obstacle in proof.obstacles.iter().filter(|_| proof.obstacles.len() > 1) {
                let _ = writeln!(text, "       {}", self.names.short(obstacle));
            }
            return;
        }
        let mut before = Vec::new();
        for state in &proof.states {
            let called = verdict(state.verdict, state.required, proof.is_met(state));
            // What is reported and not required would look like a fault without a word.
            let why = match state.why() {
                why if why.is_empty() && state.is_terminating() => {
                    "not required: new pods then wait until old ones are gone".to_owned()
                }
                why => why,
            };
            self.head(state.state, &state.title(), called, &why, text);
            let lines: Vec<String> = state.evidence.iter().flat_map(|evidence| self.lines(evidence)).collect();
            let is_same = !self.is_whole && lines.len() > 1 && lines == before;
            let shown = if is_same { &[self.output.paint(Style::Faint, "as above")] } else { lines.as_slice() };
            for line in shown {
                // Writing into a String cannot fail.
                let _ = writeln!(text, "       {line}");
            }
            before = lines;
        }
    }

    fn head(&self, state: &str, title: &str, (words, style): (&str, Style), why: &str, text: &mut String) {
        let (verdict, why) = (self.output.paint(style, words), self.output.paint(Style::Faint, &self.names.short(why)));
        let line = format!("  {state} {title:32} {verdict}  {why}");
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }

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
                        let name = self.names.short(&one.name);
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
                cases.iter().flat_map(|case| std::iter::once(without(case)).chain(self.layers(&case.layers))).collect()
            }
        }
    }

    fn lines(&self, evidence: &Evidence) -> Vec<String> {
        let quota = |key: &QuotaKey| Row {
            of: words::quota_name(&key.quota).to_owned(),
            what: key.key.clone(),
            used: key.used,
            has: key.hard,
        };
        match evidence {
            Evidence::Layers(one) => {
                let mut lines = self.layers(&one.layers);
                let waits = |name: &String| format!("{} makes its own room while it rolls", self.names.short(name));
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
                lines.extend(sums.iter().flat_map(limit_remarks).map(|remark| self.names.short(&remark)));
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
            other => refusal(other).map(|words| self.names.short(&words)).into_iter().collect(),
        }
    }
}

/// What the cap on a node of a class means, and which pods have no limit that could be added up.
fn limit_remarks(sum: &LimitSum) -> Vec<String> {
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
            sum.unlimited.join(", ")
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
