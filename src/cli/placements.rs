//! Where the pods of a cluster are now, beside what is proved of where they may be.

use std::fmt::Write as _;

use crate::View;
use crate::cli::output::{Output, Style};
use crate::objects::quantity::{binary_bytes, cpu_text};
use crate::query::manifests::placed::{Load, Placed, loads};

/// How many nodes are listed: the fullest.
const SHOWN: usize = 12;
/// How many pods on nodes that nobody gave are named.
const NAMED: usize = 5;

/// A line for each of the fullest nodes; nothing where no pod has a node.
pub(crate) fn text(placed: &[Placed], view: &View, output: &Output<'_>) -> String {
    let Some(hardware) = view.model.hardware.as_ref().filter(|_| !placed.is_empty()) else { return String::new() };
    let (mut loads, elsewhere) = loads(placed, hardware);
    let mut text = String::new();
    // Writing into a String cannot fail.
    if elsewhere.len() < placed.len() {
        loads.sort_by(|left, right| fullness(right).cmp(&fullness(left)).then_with(|| left.node.cmp(&right.node)));
        let title = "as the pods are placed now (requested of allocatable; the proof holds wherever they go)";
        let _ = writeln!(text, "  {}", output.paint(Style::Strong, title));
        let width = loads.iter().take(SHOWN).map(|load| load.node.chars().count()).max().unwrap_or(0);
        for load in loads.iter().take(SHOWN) {
            let is_over = load.cpu[0] > load.cpu[1] || load.memory[0] > load.memory[1] || load.pods > load.room;
            let line = format!(
                "{:width$}  {:>3} %  {} of {}  {} of {}  {} of {} pods",
                load.node,
                fullness(load),
                cpu_text(load.cpu[0]).trim_end_matches(" CPU"),
                cpu_text(load.cpu[1]),
                binary_bytes(load.memory[0]),
                binary_bytes(load.memory[1]),
                load.pods,
                load.room,
            );
            let _ = writeln!(text, "    {}", if is_over { output.paint(Style::Bad, &line) } else { line });
        }
        if loads.len() > SHOWN {
            let _ = writeln!(text, "    and {} nodes that are emptier", loads.len() - SHOWN);
        }
    }
    if !elsewhere.is_empty() {
        let count = elsewhere.len();
        let pods = if count == 1 { "1 pod is".to_owned() } else { format!("{count} pods are") };
        let named = elsewhere.iter().take(NAMED).map(|pod| format!("{} on {}", pod.pod, pod.node));
        let more = if count > NAMED { ", …" } else { "" };
        let named = named.collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "  {pods} on nodes that the hardware does not have: {named}{more}");
    }
    text.push('\n');
    text
}

/// Of what it has least room, in percent, rounded up.
fn fullness(load: &Load) -> i128 {
    let share = |taken: i128, all: i128| if all == 0 { taken.min(1) * 100 } else { (taken * 100 + all - 1) / all };
    let shares = [share(load.cpu[0], load.cpu[1]), share(load.memory[0], load.memory[1]), share(load.pods, load.room)];
    shares.into_iter().max().unwrap_or(0)
}
