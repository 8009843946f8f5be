//! `reports/report.md`: what was proved and found, for people who have to rely on it.

mod capacity;
pub(crate) mod failure;
mod proof;

use std::fmt::Write as _;

use crate::fit::words::short;
use crate::fit::{State, Verdict};
use crate::query::reason::names;
use crate::render::cite::Citations;
use crate::render::markdown::{cell, code, table};
use crate::render::{FileSet, MARKDOWN_HEADER, environments, footprints, glance};
use crate::{Accepted, Compilation, View};

/// Writes the report.
pub(crate) fn render(compilation: &Compilation, citations: Citations<'_>, files: &mut FileSet) {
    let Some(first) = compilation.views.first() else { return };
    let mut text = format!("{MARKDOWN_HEADER}# {}: what was proved\n\n", first.model.system);
    let views: Vec<_> = environments(&compilation.views).collect();
    text.push_str(&overview(&views));
    for view in &views {
        environment(view, compilation, citations, &mut text);
    }
    text.push_str(&accepted(&compilation.accepted, citations));
    text.push_str(&remaining(compilation, citations));
    text.push_str(&assumptions(&views));
    text.push_str(NOT_PROVED);
    files.insert("reports/report.md", text);
}

/// The name that headings call a view by.
fn name(view: &View) -> &str {
    crate::render::environment_name(view)
}

fn overview(views: &[&View]) -> String {
    let row = |view: &&View| {
        let hardware = view.model.hardware.as_ref().map_or("none", |hardware| hardware.name.as_str());
        let pods = view.analysis.sums.pods;
        let verdict = match &view.proof {
            Some(proof) if proof.states.iter().any(|state| state.required && state.verdict == Verdict::Possible) => {
                "fits, if the scheduler finds the placement"
            }
            _ if view.analysis.sums.has_hardware => "fits",
            _ => "nothing to prove against",
        };
        let objects = view.objects.iter().filter(|object| !object.is_footprint()).count();
        let numbers = [objects.to_string(), pods.steady.to_string(), pods.peak.to_string()];
        [name(view).to_owned(), hardware.to_owned()].into_iter().chain(numbers).chain([verdict.to_owned()]).collect()
    };
    let rows: Vec<Vec<String>> = views.iter().map(row).collect();
    let mut text = table(&["Environment", "Hardware", ">Objects", ">Pods", ">Pods at peak", "Verdict"], &rows);
    let states: Vec<Vec<String>> = views.iter().filter_map(|view| states(view)).collect();
    if !states.is_empty() {
        let headings: Vec<&str> = std::iter::once("").chain(State::ALL.map(short)).collect();
        text.push_str("\n## At a glance\n\n");
        text.push_str(&table(&headings, &states));
        for view in views {
            let lines = glance::headroom(view);
            if !lines.is_empty() {
                // Writing into a String cannot fail.
                let _ = writeln!(text, "\n**{}**\n", name(view));
                lines.iter().for_each(|line| text.push_str(&format!("- {line}\n")));
            }
        }
        text.push_str(GLANCE);
    }
    text
}

/// The verdicts of all states of an environment.
fn states(view: &View) -> Option<Vec<String>> {
    let proof = view.proof.as_ref().filter(|proof| !proof.nodes.is_empty())?;
    let verdict = |name: State| glance::verdict(proof, name).unwrap_or("").to_owned();
    Some(std::iter::once(name(view).to_owned()).chain(State::ALL.map(verdict)).collect())
}

const GLANCE: &str = "
*Guaranteed*: whatever the scheduler does, every pod finds its place. *Possible*: there is a placement, and the scheduler may miss it. *Empty*: the
state cannot occur, as the loss of a node where there is only one, which leaves nothing to run on. *Overcommitted*: limits, not requests, exceed the
memory. What is left of the fullest resource is on the fullest node, whatever the scheduler does.
";

fn environment(view: &View, compilation: &Compilation, citations: Citations<'_>, text: &mut String) {
    // Writing into a String cannot fail.
    let _ = write!(text, "\n## {}\n", name(view));
    text.push_str(&capacity::section(view, citations));
    text.push_str(&proof::section(view, &names(view, compilation)));
    text.push_str(&failure::section(view, compilation, citations));
}

/// The findings that the author puts up with, and why.
fn accepted(accepted: &[Accepted], citations: Citations<'_>) -> String {
    let row = |accepted: &Accepted| {
        let Accepted { acceptance, finding } = accepted;
        let until = acceptance.until.as_deref().unwrap_or("").to_owned();
        let environment = finding.environment.as_deref().unwrap_or("").to_owned();
        let place = citations.cite(acceptance.span);
        let found = format!("{} {}", finding.code.number(), finding.message);
        vec![found, environment, acceptance.reason.clone(), until, place]
    };
    let rows: Vec<_> = accepted.iter().map(row).collect();
    let table = table(&["Finding", "Environment", "Accepted because", "Until", "At"], &rows);
    if table.is_empty() {
        "\n## Accepted\n\nNothing had to be accepted.\n".to_owned()
    } else {
        format!("\n## Accepted\n\n{table}")
    }
}

/// Warnings that did not stop the build.
fn remaining(compilation: &Compilation, citations: Citations<'_>) -> String {
    if compilation.diagnostics.is_empty() {
        return String::new();
    }
    let mut text = "\n## Warnings\n\n".to_owned();
    for diagnostic in compilation.diagnostics.iter() {
        let place = citations.cite(diagnostic.primary.span);
        let environment = diagnostic.environment.as_deref().map(|name| format!(" in {name}")).unwrap_or_default();
        let message = cell(&diagnostic.message);
        let _ = writeln!(text, "- {} {message}{environment} ({place})", diagnostic.code.number());
    }
    text
}

fn assumptions(views: &[&View]) -> String {
    let mut text = ASSUMPTIONS.to_owned();
    for view in views {
        let footprints = view.objects.iter().filter(|object| object.is_footprint()).count();
        if footprints > 0 {
            let path = footprints::path(view);
            let file = path.strip_prefix("reports/").unwrap_or(&path);
            let objects = if footprints == 1 { "1 object" } else { &format!("{footprints} objects") };
            let _ = writeln!(
                text,
                "- Operators create what [{file}]({file}) says: {objects} in {}. This holds for the versions and settings \
                 that the kinds were written for.",
                code(name(view))
            );
        }
    }
    text
}

const ASSUMPTIONS: &str = "
## Assumptions

- The hardware has what the source says. Sizes of memory and disks are taken as declared.
- Reserves cover what runs beside the pods; nothing measures them.
- Containers stay within their requests on average. Limits above requests are promises that may all be called in at once.
- Provisioners of local volumes do not enforce the size of a claim: a program that writes more than it claims can fill
  the disk for the others.
";

const NOT_PROVED: &str = "
## What this version does not prove

- **States that are not guaranteed.** The tables of states say which they are. *Possible* means that there is a placement of all
  pods and that the scheduler may miss it; *undecided* that neither was shown.
- **Loss of a disk.** The loss of any one node or zone is a state; that of a disk takes away what the loss of its node does, and
  leaves more room.
- **Draining.** One node at a time, with the budgets; not the sequence of a whole drain.
- **Terminating pods.** They vanish in finite time; while they are there, a rollout may wait.
- **Performance.** Requests are taken as what the programs need. Whether they are is for measurements to say.
";
