//! The third phase: edges from statements and from what was read.

use std::rc::Rc;

use super::context::{Evaluator, Scope};
use super::model::{Alternative, Edge, EdgePort, InstanceId, Model, Target};
use super::value::{Value, ValueKind};
use crate::diag::{Diagnostic, codes, suggest};
use crate::resolve::Member;
use crate::source::Span;
use crate::syntax::ast::{EdgeStatement, EntryKind, InstanceClass, Strength};

/// What an edge statement may say about the flow.
const ATTRIBUTES: [&str; 8] = ["port", "protocol", "encryption", "mode", "timeout", "retries", "rate", "data"];

impl<'a> Evaluator<'a> {
    pub(super) fn run_edges(&mut self, model: &mut Model) {
        let mut groups = 0;
        for index in 0..self.instances.len() {
            let id = InstanceId(u32::try_from(index).unwrap_or(u32::MAX));
            let first = model.edges.len();
            self.for_instance(id, |this| {
                this.stated_edges(id, model, &mut groups);
                this.implied_edges(id, model, first);
            });
        }
        self.entry_edges(model);
        for edge in &mut model.edges {
            if edge.ports.is_empty() {
                edge.ports = match (&edge.to, &edge.listener) {
                    (Target::Instance(id), Some(listener)) => {
                        let listeners = &model.instances[id.0 as usize].listeners;
                        let ports = listeners.iter().filter(|candidate| candidate.name == *listener);
                        ports
                            .map(|listener| EdgePort { port: listener.port, protocol: listener.protocol.clone() })
                            .collect()
                    }
                    // The API server of K3s and kubeadm; the Service `kubernetes` listens on 443 and leads there.
                    (Target::ClusterApi, _) => {
                        [443, 6443].map(|port| EdgePort { port, protocol: "TCP".to_owned() }).to_vec()
                    }
                    (Target::ClusterDns, _) => {
                        ["UDP", "TCP"].map(|protocol| EdgePort { port: 53, protocol: protocol.to_owned() }).to_vec()
                    }
                    _ => Vec::new(),
                };
            }
        }
    }

    fn stated_edges(&mut self, id: InstanceId, model: &mut Model, groups: &mut u32) {
        let layers = self.instances[id.0 as usize].layers.clone();
        for layer in layers {
            let scope = Scope { instance: Some(id), ..layer.scope.clone() };
            for located in &layer.data.located {
                match &located.entry.kind {
                    EntryKind::Edge(statement) => {
                        for inner in self.scopes_of_entry(&scope, located) {
                            self.edge_statement(&inner, id, statement, model, groups);
                        }
                    }
                    EntryKind::Require(require) => {
                        for inner in self.scopes_of_entry(&scope, located) {
                            self.requirement(&inner, id, require);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn edge_statement(
        &mut self,
        scope: &Scope<'a>,
        from: InstanceId,
        statement: &'a EdgeStatement,
        model: &mut Model,
        groups: &mut u32,
    ) {
        let ports = statement.attributes.as_ref().and_then(|body| {
            let attributes = self.record(scope, body);
            self.edge_ports(&attributes)
        });
        let mut targets: Vec<(Target, Option<Rc<str>>, Span)> = Vec::new();
        for expression in &statement.targets {
            let value = self.eval(scope, expression);
            match value.as_list() {
                Some(items) => {
                    for item in items {
                        targets.extend(self.target(item));
                    }
                }
                None => targets.extend(self.target(&Value { span: expression.span, ..value })),
            }
        }
        let alternative = statement.quorum.as_ref().and_then(|quorum| {
            let value = self.eval(scope, quorum);
            let needed = value.as_whole().and_then(|needed| u64::try_from(needed).ok());
            match needed {
                Some(needed) if needed >= 1 && needed <= targets.len() as u64 => {
                    *groups += 1;
                    Some(Alternative { group: *groups, needed })
                }
                _ if value.is_poison() => None,
                _ => {
                    let count = targets.len();
                    self.report(
                        Diagnostic::error(
                            codes::QUORUM,
                            value.span,
                            format!("a quorum of {count} targets is between 1 and {count}"),
                        )
                        .at("out of reach"),
                    );
                    None
                }
            }
        });
        for (to, listener, span) in targets {
            if to == Target::Instance(from) {
                self.report(
                    Diagnostic::error(
                        codes::DEPENDENCY_CYCLE,
                        span,
                        format!("`{}` depends on itself", self.instances[from.0 as usize].name),
                    )
                    .at("an edge to itself"),
                );
                continue;
            }
            let listener = listener.map(|name| name.to_string());
            if let (Some(ports), Target::Instance(id), true) = (&ports, &to, listener.is_none()) {
                self.check_port(*id, ports, span, model);
            }
            let strength = statement.strength;
            // Two statements about the same flow (a kind's and a component's): the harder one stands.
            let same = model.edges.iter_mut().rev().take_while(|edge| edge.from == from).find(|edge| {
                edge.to == to
                    && (edge.listener == listener || listener.is_none())
                    && edge.alternative.is_none()
                    && alternative.is_none()
                    && ports.is_none()
            });
            if let Some(known) = same {
                if strength > known.strength {
                    known.strength = strength;
                    known.span = span;
                }
                continue;
            }
            let listener = match (&to, listener, &ports) {
                (_, Some(listener), _) => Some(listener),
                (Target::Instance(id), None, Some(ports)) => {
                    let listeners = &model.instances[id.0 as usize].listeners;
                    listeners
                        .iter()
                        .find(|listener| ports.iter().any(|port| port.port == listener.port))
                        .map(|listener| listener.name.clone())
                }
                _ => None,
            };
            let ports = ports.clone().unwrap_or_default();
            model.edges.push(Edge { from, to, strength, listener, ports, alternative, span, implied: false });
        }
    }

    fn check_port(&mut self, id: InstanceId, ports: &[EdgePort], span: Span, model: &Model) {
        let target = &model.instances[id.0 as usize];
        for port in ports {
            if target.external || target.listeners.iter().any(|listener| listener.port == port.port) {
                continue;
            }
            let known: Vec<String> =
                target.listeners.iter().map(|listener| format!("`{}` on {}", listener.name, listener.port)).collect();
            let mut diagnostic = Diagnostic::error(
                codes::NO_LISTENER,
                span,
                format!("nobody listens on port {} of `{}`", port.port, target.name),
            )
            .at("this edge")
            .label(target.span, "declared here");
            if !known.is_empty() {
                diagnostic = diagnostic.help(format!("it listens: {}", known.join(", ")));
            }
            self.report(diagnostic);
        }
    }

    fn edge_ports(&mut self, attributes: &Value) -> Option<Vec<EdgePort>> {
        let record = attributes.as_record()?;
        for (key, (span, _)) in record {
            if !ATTRIBUTES.contains(&key.as_ref()) {
                let mut diagnostic =
                    Diagnostic::error(codes::UNKNOWN_FIELD, *span, format!("an edge has no attribute `{key}`"))
                        .at("not known");
                if let Some(close) = suggest::closest(key, ATTRIBUTES) {
                    diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(*span, close);
                }
                self.report(diagnostic);
            }
        }
        let protocol = record.get("protocol").and_then(|(_, value)| value.as_str()).unwrap_or("TCP").to_owned();
        let (_, port) = record.get("port")?;
        let numbers: Vec<i128> = match port.as_list() {
            Some(items) => items.iter().filter_map(Value::as_whole).collect(),
            None => port.as_whole().into_iter().collect(),
        };
        let ports = numbers.into_iter().filter_map(|number| u16::try_from(number).ok()).filter(|port| *port > 0);
        let ports: Vec<EdgePort> = ports.map(|port| EdgePort { port, protocol: protocol.clone() }).collect();
        if ports.is_empty() && !port.is_poison() {
            self.report(
                Diagnostic::error(codes::INVALID_FORM, port.span, "an edge has no port between 1 and 65535")
                    .at("not a port"),
            );
        }
        (!ports.is_empty()).then_some(ports)
    }

    fn target(&mut self, value: &Value) -> Option<(Target, Option<Rc<str>>, Span)> {
        let span = value.span;
        match &value.kind {
            ValueKind::Instance(id) => {
                let class = self.instances[id.0 as usize].class;
                if class != InstanceClass::Component {
                    let (name, declared) =
                        (self.instances[id.0 as usize].name.clone(), self.instances[id.0 as usize].span);
                    self.report(
                        Diagnostic::error(
                            codes::TYPE_MISMATCH,
                            span,
                            format!("an edge cannot lead to the {} `{name}`", class.word()),
                        )
                        .at("not a component")
                        .label(declared, "declared here"),
                    );
                    return None;
                }
                Some((Target::Instance(*id), None, span))
            }
            ValueKind::Listener(id, name) => Some((Target::Instance(*id), Some(name.clone()), span)),
            ValueKind::ClusterApi => Some((Target::ClusterApi, None, span)),
            ValueKind::ClusterDns => Some((Target::ClusterDns, None, span)),
            ValueKind::Internet => Some((Target::Internet, None, span)),
            ValueKind::None | ValueKind::Poison => None,
            _ => {
                self.mismatch(
                    "an edge leads to a component, a listener, `cluster.api`, `cluster.dns` or `internet`",
                    value,
                );
                None
            }
        }
    }

    /// Reading another instance's output is needing it, unless a statement has named the target.
    fn implied_edges(&mut self, id: InstanceId, model: &mut Model, first: usize) {
        let mut reads = Vec::new();
        let program = self.program;
        let members = self.instances[id.0 as usize].kind.map(|kind| &program.kinds[kind.0].members);
        for (name, member) in members.into_iter().flatten() {
            if matches!(member, Member::Let { .. }) {
                continue;
            }
            let span = self.instances[id.0 as usize].span;
            let value = self.instance_member(id, member, name, span);
            value.visit_reads(&mut |read| reads.push(read.clone()));
        }
        for read in reads {
            if read.instance == id {
                continue;
            }
            let to = Target::Instance(read.instance);
            let listener = read.listener.as_ref().map(ToString::to_string);
            let own = &mut model.edges[first..];
            if own.iter().any(|edge| edge.to == to && edge.listener == listener && !is_open(edge)) {
                continue;
            }
            // A statement about the instance is about what is read of it; it says how hard, the output says where.
            if let Some(stated) = own.iter_mut().find(|edge| edge.to == to && is_open(edge)) {
                stated.listener = listener;
                continue;
            }
            let strongest = own.iter().filter(|edge| edge.to == to && !edge.implied).map(|edge| edge.strength).max();
            let strength = strongest.unwrap_or(Strength::Needs);
            model.edges.push(Edge {
                from: id,
                to,
                strength,
                listener,
                ports: Vec::new(),
                alternative: None,
                span: read.span,
                implied: true,
            });
        }
        for position in first..model.edges.len() {
            if let (Target::Instance(target), true) =
                (model.edges[position].to.clone(), is_open(&model.edges[position]))
            {
                model.edges[position].listener = self.first_listener(target).map(|name| name.to_string());
            }
        }
    }

    /// internet → via → to, for every entry point.
    fn entry_edges(&mut self, model: &mut Model) {
        for entry in model.entries.clone() {
            let span = model.instances[entry.instance.0 as usize].span;
            let mut add = |from: InstanceId, target: InstanceId, strength: Strength, listener: Option<String>| {
                let to = Target::Instance(target);
                let known =
                    model.edges.iter().any(|edge| edge.from == from && edge.to == to && edge.listener == listener);
                if from != target && !known {
                    model.edges.push(Edge {
                        from,
                        to,
                        strength,
                        listener,
                        ports: Vec::new(),
                        alternative: None,
                        span,
                        implied: true,
                    });
                }
            };
            let listener = self.entry_listener(entry.instance, entry.to);
            let front = self.first_listener(entry.via).map(|name| name.to_string());
            add(entry.instance, entry.to, Strength::Needs, listener.clone());
            add(entry.instance, entry.via, Strength::Needs, front);
            add(entry.via, entry.to, Strength::Reaches, listener);
        }
    }

    fn entry_listener(&mut self, entry: InstanceId, to: InstanceId) -> Option<String> {
        match self.parameter(entry, "to") {
            Some(Value { kind: ValueKind::Listener(_, name), .. }) => Some(name.to_string()),
            _ => self.first_listener(to).map(|name| name.to_string()),
        }
    }

    fn requirement(&mut self, scope: &Scope<'a>, id: InstanceId, require: &'a crate::syntax::ast::RequireStatement) {
        if self.condition(scope, &require.condition) != Some(false) {
            return;
        }
        let owner = self.instances[id.0 as usize].name.clone();
        let rule = self.sources.text(require.condition.span).to_owned();
        let message = match &require.otherwise {
            Some(words) => {
                let words = self.eval(scope, words);
                format!("`{owner}`: {}", super::value::display(&words))
            }
            None => format!("`{owner}` must satisfy `{rule}`"),
        };
        let span = self.instances[id.0 as usize].span;
        self.report(
            Diagnostic::error(codes::REQUIREMENT, span, message)
                .at("does not hold for it")
                .label(require.condition.span, "the requirement"),
        );
    }
}

/// Whether an edge leads to an instance and nothing has said to which port.
fn is_open(edge: &Edge) -> bool {
    edge.listener.is_none() && edge.ports.is_empty() && matches!(edge.to, Target::Instance(_))
}
