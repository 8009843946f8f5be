//! The proof of an environment as a table: every state with its verdict, its sums and why it holds.

use std::fmt::Write as _;

use crate::cli::output::{Output, Style};
use crate::objects::quantity::bytes_short;
use crate::proof::evidence::{Charge, Gone, Layer, Pattern, QuotaKey};
use crate::proof::words::{change, pool_need, portion, refusal};
use crate::proof::{Change, Changes, EnvironmentProof, Evidence, StateProof, Verdict};

const BAR: i128 = 20;
/// How many quota keys are shown: the fullest.
const SHOWN: usize = 5;

/// The table, under a title.
pub(crate) fn environment(title: &str, proof: &EnvironmentProof, output: &Output<'_>) -> String {
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
    let assumed: Vec<&str> = assumed.map(|class| class.name.as_str()).collect();
    for state in &proof.states {
        one(proof, state, &assumed, output, &mut text);
    }
    for pool in &proof.pools {
        let _ = writeln!(text, "  pool {}  {}", pool.name, pool_need(pool));
    }
    for line in changes(&proof.changes) {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {line}");
    }
    text.push_str("  assuming that\n");
    for assumption in &proof.assumptions {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "    {}", output.paint(Style::Faint, assumption));
    }
    text.push('\n');
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

fn one(proof: &EnvironmentProof, state: &StateProof, assumed: &[&str], output: &Output<'_>, text: &mut String) {
    let (words, style) = verdict(state.verdict, state.required, proof.is_met(state));
    let why = state.why();
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "  {} {:32} {}  {}",
        state.state,
        state.title(),
        output.paint(style, words),
        output.paint(Style::Faint, &why)
    );
    if let Some(evidence) = &state.evidence {
        for line in lines(evidence, assumed, output) {
            let _ = writeln!(text, "       {line}");
        }
    }
}

/// A row: what is full, of which node, how much.
struct Row {
    of: String,
    what: String,
    used: i128,
    has: i128,
}

fn rows(rows: &[Row], output: &Output<'_>) -> Vec<String> {
    let of = rows.iter().map(|row| row.of.chars().count()).max().unwrap_or(0);
    let what = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
    let line = |row: &Row| {
        let percent = if row.has > 0 { percent(row.used, row.has) } else { i128::from(row.used > 0) * 1000 };
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

fn charge(charge: &Charge, assumed: &[&str]) -> Vec<Row> {
    let row = |sum: &crate::proof::evidence::ClassSum| Row {
        of: sum.class.clone(),
        what: sum.resource.clone(),
        used: sum.sum,
        has: sum.allocatable,
    };
    // Ephemeral storage that the proof itself assumes is always as much as is asked for.
    let is_shown = |sum: &&crate::proof::evidence::ClassSum| {
        sum.resource != "ephemeral-storage" || !assumed.contains(&sum.class.as_str())
    };
    charge.sums.iter().filter(is_shown).map(row).collect()
}

fn layers(layers: &[Layer], assumed: &[&str], output: &Output<'_>) -> Vec<String> {
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
            Layer::Charge(one) => lines.extend(rows(&charge(one, assumed), output)),
            Layer::AnyOrder(types) => {
                let tightest = types.iter().max_by_key(|one| one.total.saturating_mul(1000) / one.limit.max(1));
                lines.extend(tightest.map(|one| {
                    let share = one.total.saturating_mul(100) / one.limit.max(1);
                    format!("at worst {share} % of the nodes have no room for {}", one.name)
                }));
            }
        }
    }
    lines
}

fn lines(evidence: &Evidence, assumed: &[&str], output: &Output<'_>) -> Vec<String> {
    let quota = |key: &QuotaKey| Row { of: key.quota.clone(), what: key.key.clone(), used: key.used, has: key.hard };
    match evidence {
        Evidence::Layers(one) => {
            let mut lines = layers(&one.layers, assumed, output);
            lines.extend(one.waits.iter().map(|name| format!("{name} makes its own room while it rolls")));
            lines
        }
        Evidence::Loss(cases) => {
            let case = |case: &crate::proof::evidence::LossCase| {
                let mut lines = vec![match &case.gone {
                    Gone::Class(class) => format!("without one node of {class}:"),
                    Gone::Zone(zone) => format!("without the zone {zone}:"),
                }];
                lines.extend(layers(&case.layers, assumed, output));
                lines
            };
            cases.iter().flat_map(case).collect()
        }
        Evidence::Placement(patterns) => {
            let pods = |pattern: &Pattern| {
                pattern.nodes.len() as i128 * pattern.pods.iter().map(|(_, count)| count).sum::<i128>()
            };
            let count: i128 = patterns.iter().map(pods).sum();
            vec![format!("a placement of all {count} pods is in the proof")]
        }
        Evidence::Limits(sums) => {
            // The bar is full at the cap. What is stated comes first: that is what somebody decided.
            let row = |sum: &crate::proof::evidence::LimitSum| Row {
                of: sum.class.clone(),
                what: "stated limits".to_owned(),
                used: sum.stated,
                has: (sum.cap * sum.allocatable).div_euclid(100),
            };
            let mut lines = rows(&sums.iter().map(row).collect::<Vec<_>>(), output);
            lines.extend(sums.iter().flat_map(limit_remarks));
            lines
        }
        Evidence::Disks { sums, .. } => {
            let row = |sum: &crate::proof::evidence::DiskSum| Row {
                of: sum.class.clone(),
                what: sum.disk.clone(),
                used: sum.sum,
                has: sum.usable,
            };
            // A disk may be called like a resource; its amounts are bytes all the same.
            let row = |sum: &crate::proof::evidence::DiskSum| Row { what: format!("disk {}", sum.disk), ..row(sum) };
            rows(&sums.iter().map(row).collect::<Vec<_>>(), output)
        }
        Evidence::Quotas(keys) => {
            let mut fullest: Vec<&QuotaKey> = keys.iter().collect();
            fullest.sort_by_key(|key| std::cmp::Reverse((key.used * 1000).checked_div(key.hard).unwrap_or(0)));
            let mut lines = rows(&fullest.iter().take(SHOWN).map(|key| quota(key)).collect::<Vec<_>>(), output);
            if keys.len() > SHOWN {
                lines.push(format!("{} more keys are less full", keys.len() - SHOWN));
            }
            lines
        }
        Evidence::Quota(key) => rows(&[quota(key)], output),
        other => refusal(other).into_iter().collect(),
    }
}

/// What the cap on a node of a class means, and which pods have no limit that could be added up.
fn limit_remarks(sum: &crate::proof::evidence::LimitSum) -> Vec<String> {
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
