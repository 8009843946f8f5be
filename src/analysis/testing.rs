//! Scenarios for tests, written as YAML, with the hardware of one hand-computable machine.

use crate::fit::{Reading, Scenario};
use std::sync::Arc;

use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::model::{
    Amount, Disk, Edge, Entry, Hardware, Instance, InstanceId, Model, Node as HardwareNode, Reserve, Target,
};
use crate::objects::{Node, NodeValue, Object, ObjectKey};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{InstanceClass, Strength};

use super::Analysis;
use super::analyse;
use super::diagnose;

pub(crate) const GB: i128 = 1_000_000_000;
pub(crate) const GIB: i128 = 1 << 30;

/// A scenario under construction.
#[derive(Default)]
pub(crate) struct Fixture {
    pub(crate) model: Model,
    pub(crate) objects: Vec<Object>,
    pub(crate) sources: SourceMap,
}

impl Fixture {
    /// A system without hardware.
    pub(crate) fn bare() -> Self {
        let mut fixture = Self::default();
        fixture.model.system = "platform".to_owned();
        fixture
    }

    /// One node `datacenter.host` with one disk `nvme` of 1 TB and 110 pod slots.
    pub(crate) fn on(cpu_milli: i128, memory: i128) -> Self {
        let mut fixture = Self::bare();
        let node = fixture.node("host", cpu_milli, memory);
        fixture.model.hardware = Some(Hardware {
            name: "datacenter".to_owned(),
            span: Span::NONE,
            kubernetes: None,
            nodes: vec![node],
            storages: Vec::new(),
        });
        fixture
    }

    /// A node whose numbers stand in a source of its own.
    pub(crate) fn node(&mut self, name: &str, cpu_milli: i128, memory: i128) -> HardwareNode {
        let text = format!("cpu = {cpu_milli}\nmemory = {memory}\npods = 110\nsize = {}\n", 1000 * GB);
        let source = self.sources.add(format!("{name}.vauban"), text.clone());
        let amount = |key: &str, value: i128| {
            let written = format!("{key} = {value}");
            let start = text.find(&written).unwrap() + key.len() + 3;
            Amount { value, span: Span::new(source, start, start + value.to_string().len()) }
        };
        HardwareNode {
            span: Span::new(source, 0, 3),
            cpu: amount("cpu", cpu_milli),
            memory: amount("memory", memory),
            pods: amount("pods", 110),
            disks: vec![Disk {
                name: "nvme".to_owned(),
                size: amount("size", 1000 * GB),
                storage_class: Some("local-path".to_owned()),
                keep_free: None,
                ephemeral: None,
                span: Span::NONE,
            }],
            ..HardwareNode::bare(name, cpu_milli, memory)
        }
    }

    pub(crate) fn host(&mut self) -> &mut HardwareNode {
        &mut self.model.hardware.as_mut().unwrap().nodes[0]
    }

    pub(crate) fn reserve(mut self, cpu: Option<i128>, memory: Option<i128>, disk: Option<i128>) -> Self {
        let amount = |value: i128| Amount { value, span: Span::NONE };
        let reserve = Reserve {
            name: "k3s".to_owned(),
            cpu: cpu.map(amount),
            memory: memory.map(amount),
            disks: disk.map(|bytes| ("nvme".to_owned(), amount(bytes))).into_iter().collect(),
            span: Span::NONE,
        };
        self.host().reserves.push(reserve);
        self
    }

    /// Adds an instance, or finds the one of that name.
    pub(crate) fn instance(&mut self, name: &str) -> InstanceId {
        if let Some((id, _)) = self.model.ids().find(|(_, instance)| instance.name == name) {
            return id;
        }
        let source = self.sources.add(format!("{name}.component"), name);
        self.model.instances.push(Instance {
            namespace: Some("demo".to_owned()),
            ..Instance::bare(InstanceClass::Component, name, Span::new(source, 0, name.len()))
        });
        InstanceId(u32::try_from(self.model.instances.len() - 1).unwrap())
    }

    /// Adds an object of the instance; its name and namespace come from the YAML, `demo` where it says nothing.
    pub(crate) fn object(mut self, instance: &str, yaml: &str) -> Self {
        self.push(instance, yaml);
        self
    }

    pub(crate) fn push(&mut self, instance: &str, yaml: &str) {
        let instance = self.instance(instance);
        let source = self.sources.add(format!("{}.yaml", self.objects.len()), yaml);
        let value: serde_yaml::Value = serde_yaml::from_str(yaml).unwrap();
        let head = Span::new(source, 0, 1);
        let body = tree(&value, None, &|key, text| {
            let written = format!("{key}: {text}");
            let start = yaml.find(&written).map(|start| start + key.len() + 2);
            start.map_or(head, |start| Span::new(source, start, start + text.len()))
        });
        let text = |path: &[&str]| body.at(path).and_then(Node::as_str).map(str::to_owned);
        let name = text(&["metadata", "name"]).unwrap_or_else(|| self.model.instance(instance).emitted_name.clone());
        let namespace = text(&["metadata", "namespace"]).or(Some("demo".to_owned()));
        self.objects.push(Object {
            api_version: text(&["apiVersion"]).unwrap_or_else(|| "apps/v1".to_owned()),
            kind: text(&["kind"]).unwrap(),
            name,
            namespace,
            body,
            instance,
            label: None,
            span: head,
            stands_for: None,
        });
    }

    /// Makes the last object a footprint.
    pub(crate) fn into_footprint(mut self) -> Self {
        let last = self.objects.last_mut().unwrap();
        let key = ObjectKey {
            group: "example.com".to_owned(),
            kind: "Thing".to_owned(),
            namespace: None,
            name: "x".to_owned(),
        };
        last.stands_for = Some(key);
        self
    }

    /// A Deployment with one container; its template is labelled `app: NAME`.
    pub(crate) fn deployment(self, name: &str, replicas: i128, cpu: &str, memory: &str) -> Self {
        let yaml = format!(
            "kind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  template:\n    metadata: \
             {{labels: {{app: {name}}}}}\n    spec:\n      containers:\n      - name: main\n        resources:\n          \
             requests:\n            cpu: {cpu}\n            memory: {memory}\n          limits:\n            memory: {memory}\n"
        );
        self.object(name, &yaml)
    }

    pub(crate) fn edge(&mut self, from: &str, to: &str, strength: Strength) {
        let (from, to) = (self.instance(from), self.instance(to));
        let source = self.sources.add("edge", "needs");
        let (listener, ports, alternative) = (None, Vec::new(), None);
        let span = Span::new(source, 0, 5);
        let to = Target::Instance(to);
        self.model.edges.push(Edge { from, to, strength, listener, ports, alternative, span, implied: false });
    }

    pub(crate) fn entry(&mut self, name: &str, to: &str, via: &str) {
        let (instance, to, via) = (self.instance(name), self.instance(to), self.instance(via));
        self.model.instances[instance.0 as usize].class = InstanceClass::Expose;
        self.model.entries.push(Entry { instance, host: name.to_owned(), to, via });
    }

    pub(crate) fn scenario(&self) -> Scenario<'_> {
        Scenario { model: &self.model, objects: &self.objects }
    }

    pub(crate) fn analyse(&self) -> Analysis {
        analyse(&Reading::of(self.scenario(), &[]))
    }

    pub(crate) fn diagnose(&self) -> Diagnostics {
        diagnose(&self.analyse(), &self.model, &self.sources)
    }

    /// The codes of all findings, in order.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.diagnose().iter().map(|diagnostic| diagnostic.code.number()).collect()
    }

    /// The only finding of a code.
    pub(crate) fn only(&self, code: &str) -> Diagnostic {
        let mut found: Vec<_> = self.diagnose().into_iter().filter(|one| one.code.number() == code).collect();
        assert_eq!(found.len(), 1, "{code} in {:?}", self.codes());
        found.remove(0)
    }
}

fn tree(value: &serde_yaml::Value, key: Option<&str>, place: &dyn Fn(&str, &str) -> Span) -> Node {
    let mut text = None;
    let value = match value {
        serde_yaml::Value::Null => NodeValue::Null,
        serde_yaml::Value::Bool(yes) => NodeValue::Bool(*yes),
        serde_yaml::Value::Number(number) => {
            text = Some(number.to_string());
            match number.as_i64() {
                Some(integer) => NodeValue::Integer(i128::from(integer)),
                None => NodeValue::Decimal(Arc::from(number.to_string())),
            }
        }
        serde_yaml::Value::String(string) => {
            text = Some(string.clone());
            NodeValue::String(Arc::from(string.as_str()))
        }
        serde_yaml::Value::Sequence(items) => {
            NodeValue::List(items.iter().map(|item| tree(item, None, place)).collect())
        }
        serde_yaml::Value::Mapping(map) => {
            let entry = |(key, value): (&serde_yaml::Value, &serde_yaml::Value)| {
                let key = key.as_str().unwrap();
                (Arc::from(key), tree(value, Some(key), place))
            };
            NodeValue::Map(map.iter().map(entry).collect())
        }
        serde_yaml::Value::Tagged(tagged) => return tree(&tagged.value, key, place),
    };
    let span = key.zip(text).map_or(Span::NONE, |(key, text)| place(key, &text));
    Node { value, emitted: span, origin: span }
}
