//! The proof of an environment as a table: every state with its verdict, its sums and why it holds.

use std::fmt::Write as _;

use crate::cli::output::{Output, Style};
use crate::objects::quantity::{binary_bytes, bytes_short, decimal_bytes};
use crate::proof::evidence::{Charge, QuotaKey};
use crate::proof::words::amount;
use crate::proof::{EnvironmentProof, Evidence, StateProof, Verdict};

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
    let mut text = format!(
        "{}  {}\n",
        output.paint(Style::Strong, title),
        output.paint(Style::Faint, &format!("{nodes}{beside}"))
    );
    for state in &proof.states {
        one(state, output, &mut text);
    }
    text.push_str("  assuming that\n");
    for assumption in &proof.assumptions {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "    {}", output.paint(Style::Faint, assumption));
    }
    text.push('\n');
    text
}

/// How a verdict is called, and in which style it is shown.
pub(crate) fn verdict(verdict: Verdict, required: bool) -> (&'static str, Style) {
    match verdict {
        Verdict::Guaranteed => ("guaranteed", Style::Good),
        Verdict::Possible => ("possible", Style::Tight),
        Verdict::Empty => ("empty", Style::Faint),
        Verdict::DoesNotFit if !required => ("more than there is", Style::Tight),
        Verdict::Undecided if !required => ("undecided", Style::Tight),
        Verdict::DoesNotFit => ("does not fit", Style::Bad),
        Verdict::Undecided => ("undecided", Style::Bad),
    }
}

fn one(state: &StateProof, output: &Output<'_>, text: &mut String) {
    let (words, style) = verdict(state.verdict, state.required);
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
        for line in lines(evidence, output) {
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
        let percent = if row.has > 0 { (row.used * 100).div_euclid(row.has) } else { i128::from(row.used > 0) * 1000 };
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

/// `5.3 of 7 CPU`, bytes in the system of units in which there are so many.
pub(crate) fn portion(resource: &str, used: i128, has: i128) -> String {
    let plain = amount(resource, has);
    if !plain.ends_with([')', 'B']) {
        return format!("{} of {plain}", amount(resource, used).trim_end_matches(" CPU"));
    }
    let has = bytes_short(has);
    let used = if has.ends_with("iB") { binary_bytes(used) } else { decimal_bytes(used) };
    format!("{used} of {has}")
}

fn charge(charge: &Charge) -> Vec<Row> {
    let row = |sum: &crate::proof::evidence::ClassSum| Row {
        of: sum.class.clone(),
        what: sum.resource.clone(),
        used: sum.sum,
        has: sum.allocatable,
    };
    // The ephemeral storage is what the proof itself assumes, and always as much as is asked for.
    charge.sums.iter().filter(|sum| sum.resource != "ephemeral-storage").map(row).collect()
}

fn lines(evidence: &Evidence, output: &Output<'_>) -> Vec<String> {
    let quota = |key: &QuotaKey| Row { of: key.quota.clone(), what: key.key.clone(), used: key.used, has: key.hard };
    match evidence {
        Evidence::Charge(one) => {
            let mut lines = rows(&charge(one), output);
            lines.extend(one.waits.iter().map(|name| format!("{name} makes its own room while it rolls")));
            lines
        }
        Evidence::Loss(cases) => {
            let case = |case: &crate::proof::evidence::LossCase| {
                let mut lines = vec![format!("without one node of {}:", case.class)];
                lines.extend(rows(&charge(&case.charge), output));
                lines
            };
            cases.iter().flat_map(case).collect()
        }
        Evidence::AnyOrder(types) => {
            let tightest = types.iter().max_by_key(|one| one.total.saturating_mul(1000) / one.limit.max(1));
            let line = |one: &crate::proof::evidence::Weighed| {
                let share = one.total.saturating_mul(100) / one.limit.max(1);
                format!("at worst {share} % of the nodes have no room for {}", one.name)
            };
            tightest.map(line).into_iter().collect()
        }
        Evidence::Placement(pods) => {
            let count: i128 = pods.iter().map(|(_, _, count)| count).sum();
            vec![format!("a placement of all {count} pods is in the proof")]
        }
        Evidence::Limits(sums) => {
            let row = |sum: &crate::proof::evidence::LimitSum| Row {
                of: sum.class.clone(),
                what: "memory limits".to_owned(),
                used: sum.sum,
                has: sum.allocatable,
            };
            rows(&sums.iter().map(row).collect::<Vec<_>>(), output)
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
        other => vec![refusal(other)],
    }
}

/// A counting argument in words.
fn refusal(evidence: &Evidence) -> String {
    match evidence {
        Evidence::NoNode { name } => format!("labels and taints leave no node for {name}"),
        Evidence::Oversize { name, places } => {
            let place = |place: &crate::proof::evidence::TooSmall| {
                let needed = amount(&place.resource, place.request);
                let there = amount(&place.resource, place.allocatable);
                format!("{needed} of {} where {} has {there}", place.resource, place.class)
            };
            format!("one pod of {name} asks for {}", places.iter().map(place).collect::<Vec<_>>().join(", "))
        }
        Evidence::Count { name, count, places, total } => {
            let place = |(class, most): &(String, i128)| format!("{most} on a node of {class}");
            let places = places.iter().map(place).collect::<Vec<_>>().join(", ");
            format!("{count} pods of {name}, and the empty nodes take {total}: {places}")
        }
        Evidence::Sum { types, classes, resource, demand, allocatable } => {
            let short = amount(resource, demand - allocatable);
            format!(
                "{} workloads ask {} together for {} of {resource}, {short} more than {}",
                types.len(),
                classes.join(" and "),
                amount(resource, *demand),
                amount(resource, *allocatable)
            )
        }
        Evidence::Unserved { claim, storage_class } => {
            format!("no disk has the class `{}` of the claim {claim}", storage_class.as_deref().unwrap_or("(none)"))
        }
        Evidence::ClaimOversize { claim, each, usable } => {
            format!(
                "the claim {claim} asks for {}, and the largest disk has {}",
                bytes_short(*each),
                bytes_short(*usable)
            )
        }
        Evidence::ClaimsSum { storage_class, demand, usable } => {
            let (demand, usable) = (bytes_short(*demand), bytes_short(*usable));
            format!("claims of the class {storage_class} ask for {demand}, and its disks have {usable}")
        }
        Evidence::MissingKey { name, container, key } => {
            format!("a quota counts `{key}`, and the container `{container}` of {name} does not state it")
        }
        Evidence::InvalidPod { name, container, resource, request, limit } => format!(
            "the container `{container}` of {name} requests {} of {resource} and is limited to {}",
            amount(resource, *request),
            amount(resource, *limit)
        ),
        _ => String::new(),
    }
}
