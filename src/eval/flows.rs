//! `inbound`, `outbound` and `wave`: what emissions see of the frozen graph.

use std::rc::Rc;

use super::context::{Evaluator, Phase};
use super::model::{Edge, EdgePort, InstanceId, Model, PodGroup, Target};
use super::value::{Record, Value};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;

/// The flows of one instance.
#[derive(Debug, Clone, Default)]
pub(super) struct Flows {
    inbound: Vec<Value>,
    outbound: Vec<Value>,
    wave: i128,
}

impl Evaluator<'_> {
    /// Opens the last phase: the graph is frozen and `model` holds the waves.
    pub fn freeze(&mut self, model: &Model) {
        for (id, instance) in model.ids() {
            self.flows.entry(id).or_default().wave = instance.wave;
        }
        for edge in &model.edges {
            self.flow_of(model, edge);
        }
        for entry in &model.entries {
            let front = model.instance(entry.via);
            for listener in &front.listeners {
                let peer = peer("internet", "internet", None, &[]);
                let port = EdgePort { port: listener.port, protocol: listener.protocol.clone() };
                let flow = flow(peer, Some(&listener.pods), Some(&port));
                let inbound = &mut self.flows.entry(entry.via).or_default().inbound;
                let same = inbound.iter().any(|known| super::operators::equal(known, &flow) == Some(true));
                if !same {
                    inbound.push(flow);
                }
            }
        }
        self.phase = Phase::Emission;
    }

    fn flow_of(&mut self, model: &Model, edge: &Edge) {
        let from = model.instance(edge.from);
        // An entry point is no pod: its flows are those of the ingress.
        if from.class == crate::syntax::ast::InstanceClass::Expose {
            return;
        }
        let ports: Vec<Option<&EdgePort>> =
            if edge.ports.is_empty() { vec![None] } else { edge.ports.iter().map(Some).collect() };
        let to = match &edge.to {
            Target::Instance(id) => *id,
            Target::ClusterApi => {
                return self.outbound(edge.from, &peer("cluster-api", "cluster-api", None, &[]), &ports);
            }
            Target::ClusterDns => {
                return self.outbound(edge.from, &peer("cluster-dns", "cluster-dns", None, &[]), &ports);
            }
            Target::Internet => return self.outbound(edge.from, &peer("internet", "internet", None, &[]), &ports),
        };
        let target = model.instance(to);
        if target.external {
            return self.outbound(edge.from, &peer(&target.emitted_name, "external", None, &[]), &ports);
        }
        let listener =
            edge.listener.as_ref().and_then(|name| target.listeners.iter().find(|listener| listener.name == *name));
        let group = listener.map(|listener| listener.pods.as_str());
        let labels =
            target.groups.iter().find(|candidate| Some(candidate.name.as_str()) == group).or(target.groups.first());
        let labels = labels.map_or(&[][..], |group| group.labels.as_slice());
        self.outbound(edge.from, &peer(&target.emitted_name, "component", target.namespace.as_deref(), labels), &ports);
        if edge.ports.is_empty() {
            return;
        }
        // What has no pods (an issuer, say) sends nothing: a peer without labels would be everybody.
        let outside = [PodGroup { name: String::new(), labels: Vec::new(), needed: None, span: Span::NONE }];
        let sources = if from.external { &outside[..] } else { from.groups.as_slice() };
        for source in sources {
            let peer = peer(
                &from.emitted_name,
                if from.external { "external" } else { "component" },
                from.namespace.as_deref(),
                &source.labels,
            );
            for port in &edge.ports {
                let flow =
                    flow(peer.clone(), group.or(target.groups.first().map(|group| group.name.as_str())), Some(port));
                self.flows.entry(to).or_default().inbound.push(flow);
            }
        }
    }

    fn outbound(&mut self, from: InstanceId, peer: &Value, ports: &[Option<&EdgePort>]) {
        let flows = self.flows.entry(from).or_default();
        flows.outbound.extend(ports.iter().map(|port| flow(peer.clone(), None, *port)));
    }

    pub(super) fn flow_name(&mut self, id: InstanceId, name: &str, span: Span) -> Value {
        if self.phase < Phase::Emission {
            return self.fault(
                Diagnostic::error(codes::PHASE, span, format!("`{name}` is read before the graph is frozen"))
                    .at("readable in `emit`, `refine` and `footprint`"),
            );
        }
        let flows = self.flows.get(&id).cloned().unwrap_or_default();
        match name {
            "wave" => Value::whole(flows.wave, span),
            "inbound" => Value::list(flows.inbound, span),
            _ => Value::list(flows.outbound, span),
        }
    }
}

fn peer(name: &str, class: &str, namespace: Option<&str>, labels: &[(String, String)]) -> Value {
    let text = |text: &str| (Span::NONE, Value::string(text, Span::NONE));
    let labels: Record = labels.iter().map(|(key, value)| (Rc::from(key.as_str()), text(value))).collect();
    let mut record = Record::new();
    record.insert(Rc::from("name"), text(name));
    record.insert(Rc::from("class"), text(class));
    let namespace = namespace.map_or_else(|| Value::none(Span::NONE), |namespace| Value::string(namespace, Span::NONE));
    record.insert(Rc::from("namespace"), (Span::NONE, namespace));
    record.insert(Rc::from("pods"), (Span::NONE, Value::record(labels, Span::NONE)));
    Value::record(record, Span::NONE)
}

fn flow(peer: Value, group: Option<&str>, port: Option<&EdgePort>) -> Value {
    let optional =
        |text: Option<&str>| text.map_or_else(|| Value::none(Span::NONE), |text| Value::string(text, Span::NONE));
    let mut record = Record::new();
    record.insert(Rc::from("peer"), (Span::NONE, peer));
    record.insert(Rc::from("group"), (Span::NONE, optional(group)));
    let number = port.map_or_else(|| Value::none(Span::NONE), |port| Value::whole(i128::from(port.port), Span::NONE));
    record.insert(Rc::from("port"), (Span::NONE, number));
    record.insert(Rc::from("protocol"), (Span::NONE, optional(port.map(|port| port.protocol.as_str()))));
    Value::record(record, Span::NONE)
}
