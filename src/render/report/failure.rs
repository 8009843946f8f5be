//! What takes an environment down, and in which order it starts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diag::{Diagnostic, codes};
use crate::eval::model::{Edge, Model, Target};
use crate::render::cite::Citations;
use crate::render::markdown::{cell, code, table};
use crate::syntax::ast::{InstanceClass, Strength};
use crate::{Compilation, View};

/// The section of one environment.
pub(crate) fn section(view: &View, compilation: &Compilation, citations: Citations<'_>) -> String {
    let mut text = String::new();
    text.push_str(&single_points(view, compilation, citations));
    text.push_str(&start_order(&view.model));
    text.push_str(&edges(&view.model, citations));
    text
}

fn single_points(view: &View, compilation: &Compilation, citations: Citations<'_>) -> String {
    let model = &view.model;
    let mut text = "\n### Single points of failure\n\n".to_owned();
    if model.entries.is_empty() {
        text.push_str("No entry point is declared, so there is nothing for users to lose: write `expose`.\n");
        return text;
    }
    let here = |finding: &&Diagnostic| finding.code == codes::SPOF && finding.environment == model.environment;
    let open = compilation.diagnostics.iter().filter(here).map(|finding| (finding, None));
    let accepted = compilation.accepted.iter().map(|accepted| (&accepted.finding, Some(&accepted.acceptance)));
    let accepted = accepted.filter(|(finding, _)| here(finding));
    let mut any = false;
    for (finding, acceptance) in open.chain(accepted) {
        any = true;
        let place = citations.cite(finding.primary.span);
        // Writing into a String cannot fail.
        let _ = writeln!(text, "- {} ({place})", cell(&finding.message));
        for note in &finding.notes {
            let _ = writeln!(text, "  - {}", cell(note));
        }
        if let Some(acceptance) = acceptance {
            let until = acceptance.until.as_deref().map(|date| format!(" until {date}")).unwrap_or_default();
            let _ = writeln!(text, "  - accepted{until}: {}", cell(&acceptance.reason));
        }
    }
    if !any {
        text.push_str("None was found: no single failure that this version considers takes an entry point down.\n");
    }
    text
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
