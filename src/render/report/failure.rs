//! What takes an environment down, and in which order it starts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::analysis::degradation::Loss;
use crate::analysis::diagnostics::way_text;
use crate::analysis::failure::{Event, Spof};
use crate::diag::{Code, Diagnostic, codes};
use crate::eval::model::{Acceptance, Edge, Model, Target};
use crate::render::cite::Citations;
use crate::render::drawing;
use crate::render::markdown::{code, table};
use crate::source::Span;
use crate::syntax::ast::{InstanceClass, Strength};
use crate::{Compilation, View};

/// The section of one environment.
pub(crate) fn section(view: &View, compilation: &Compilation, citations: Citations<'_>) -> String {
    let mut text = String::new();
    text.push_str(&single_points(view, compilation, citations));
    text.push_str(&degraded(view, compilation));
    text.push_str(&drawing(view));
    text.push_str(&start_order(&view.model));
    text.push_str(&edges(&view.model, citations));
    text
}

fn single_points(view: &View, compilation: &Compilation, citations: Citations<'_>) -> String {
    let failure = &view.analysis.failure;
    let mut text = "\n### Single points of failure\n\n".to_owned();
    if failure.entries.is_empty() {
        text.push_str("No entry point is declared, so there is nothing for users to lose: write `expose`.\n");
        return text;
    }
    let entries: Vec<_> = failure.entries.iter().map(|entry| code(entry)).collect();
    // Writing into a String cannot fail.
    let _ = write!(text, "Entry points: {}. Single events that were tried: {}. ", entries.join(", "), failure.events);
    if failure.spofs.is_empty() {
        text.push_str("None of them takes an entry point down.\n");
    } else {
        let _ = writeln!(text, "These take entry points down:\n");
        let rows: Vec<_> = failure.spofs.iter().map(|spof| single_point(spof, view, compilation, citations)).collect();
        let headings = ["What fails", "Entry points lost", "On the way", "Takes down", "Stated at", "Accepted"];
        text.push_str(&table(&headings, &rows));
    }
    if !failure.unreached.is_empty() {
        let names: Vec<_> = failure.unreached.iter().map(|name| code(name)).collect();
        let _ =
            writeln!(text, "\nNo entry point needs or wants {}, so their failure was not judged.", names.join(", "));
    }
    text
}

fn single_point(spof: &Spof, view: &View, compilation: &Compilation, citations: Citations<'_>) -> Vec<String> {
    let what = match &spof.event {
        Event::Node { nodes: 1 } => "the only node".to_owned(),
        Event::Node { .. } => "one node".to_owned(),
        Event::Zone { .. } => "a zone".to_owned(),
        Event::Disk { nodes: 1 } => "the only disk of its kind".to_owned(),
        Event::Disk { .. } => "one disk".to_owned(),
        Event::External => "outside the cluster".to_owned(),
        Event::Replica { pods: 1, .. } => "the only pod".to_owned(),
        Event::Replica { pods, needed, .. } => format!("one of {pods} pods, {needed} needed"),
    };
    let steps = spof.path.first().map(|step| step.from.clone()).into_iter();
    let path: Vec<_> = steps.chain(spof.path.iter().map(|step| step.to.clone())).collect();
    let instance = spof.instance.as_deref();
    let declared = view.model.instances.iter().find(|known| Some(known.name.as_str()) == instance);
    let declared = declared.map_or(Span::NONE, |instance| instance.span);
    let reason = why(acceptance(spof, view, compilation));
    vec![
        format!("{} ({what})", code(&spof.subject)),
        spof.entries.join(", "),
        path.join(" → "),
        spof.takes_down.join(", "),
        citations.cite_author(&[spof.span, declared]),
        reason,
    ]
}

/// What entry points survive, with less.
fn degraded(view: &View, compilation: &Compilation) -> String {
    let rows = view.analysis.failure.degraded.iter().flat_map(|one| {
        let reason = why(accepted(codes::DEGRADED, &one.entry, view, compilation));
        let row =
            move |loss: &Loss| vec![code(&one.entry), code(&loss.subject), way_text(&one.entry, loss), reason.clone()];
        one.losses.iter().map(row)
    });
    let rows: Vec<_> = rows.collect();
    let table = table(&["Entry point", "Loses", "On the way", "Accepted"], &rows);
    if table.is_empty() {
        return String::new();
    }
    format!(
        "\n### Degradations\n\nThese leave the entry point up, but without something that is wanted (⇢):\n\n{table}"
    )
}

fn why(acceptance: Option<&Acceptance>) -> String {
    match acceptance {
        None => "no".to_owned(),
        Some(Acceptance { until: Some(date), reason, .. }) => format!("until {date}: {reason}"),
        Some(acceptance) => acceptance.reason.clone(),
    }
}

/// Why the author puts up with it.
pub(crate) fn acceptance<'a>(spof: &Spof, view: &View, compilation: &'a Compilation) -> Option<&'a Acceptance> {
    accepted(codes::SPOF, &spof.subject, view, compilation)
}

fn accepted<'a>(wanted: Code, subject: &str, view: &View, compilation: &'a Compilation) -> Option<&'a Acceptance> {
    let here = |finding: &Diagnostic| match (&finding.environment, &view.model.environment) {
        // What the base shows, too, names no environment.
        (None, _) => true,
        (Some(named), Some(own)) => named.split(", ").any(|name| name == own),
        (Some(_), None) => false,
    };
    let matches =
        |finding: &Diagnostic| finding.code == wanted && here(finding) && finding.subject.as_deref() == Some(subject);
    compilation.accepted.iter().find(|accepted| matches(&accepted.finding)).map(|accepted| &accepted.acceptance)
}

/// The graph in the page, where it is small enough to be read.
fn drawing(view: &View) -> String {
    const LARGEST: usize = 60;
    let model = &view.model;
    if model.edges.is_empty() || model.instances.len() > LARGEST {
        return String::new();
    }
    let graph = drawing::mermaid(model, Some(&view.analysis));
    format!("\n### Graph\n\n```mermaid\n{}\n```\n", graph.trim_end())
}

fn start_order(model: &Model) -> String {
    let mut waves: BTreeMap<i128, Vec<String>> = BTreeMap::new();
    for instance in model.instances.iter().filter(|instance| instance.class == InstanceClass::Component) {
        waves.entry(instance.wave).or_default().push(code(&instance.name));
    }
    let rows: Vec<_> = waves.into_iter().map(|(wave, names)| vec![wave.to_string(), names.join(", ")]).collect();
    let table = table(&[">Wave", "Components"], &rows);
    if table.is_empty() { String::new() } else { format!("\n### Start-up order\n\n{table}") }
}

fn edges(model: &Model, citations: Citations<'_>) -> String {
    let rows: Vec<_> = model.edges.iter().map(|edge| row(model, edge, citations)).collect();
    let table = table(&["From", "", "To", "Ports", "At"], &rows);
    if table.is_empty() { String::new() } else { format!("\n### Edges\n\n{table}") }
}

fn row(model: &Model, edge: &Edge, citations: Citations<'_>) -> Vec<String> {
    let target = match &edge.to {
        Target::Instance(id) => model.instance(*id).name.clone(),
        Target::ClusterApi => "cluster.api".to_owned(),
        Target::ClusterDns => "cluster.dns".to_owned(),
        Target::Internet => "internet".to_owned(),
    };
    let listener = edge.listener.as_deref().map(|listener| format!(".{listener}")).unwrap_or_default();
    let strength = match edge.strength {
        Strength::Needs => "needs",
        Strength::Wants => "wants",
        Strength::Reaches => "reaches",
    };
    let alternative = edge.alternative.map(|group| format!(" {} of", group.needed)).unwrap_or_default();
    let ports: Vec<_> = edge.ports.iter().map(|port| format!("{}/{}", port.port, port.protocol)).collect();
    vec![
        code(&model.instance(edge.from).name),
        format!("{strength}{alternative}"),
        code(&format!("{target}{listener}")),
        ports.join(", "),
        citations.cite(edge.span),
    ]
}
