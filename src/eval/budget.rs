//! Budgets: shares of a total.

use super::context::{Evaluator, Scope};
use super::model::{Budget, InstanceId, Model, Resource, Share};
use super::value::{Record, Value, ValueKind};
use crate::diag::{Diagnostic, codes, suggest};
use crate::source::Span;
use crate::syntax::ast::{self, Expression, ExpressionKind, InstanceClass, ItemKind, KeyKind};
use crate::types::Unit;

impl<'a> Evaluator<'a> {
    pub(super) fn budgets(&mut self, model: &mut Model) {
        for file in 0..self.program.files.len() {
            if self.program.files[file].module != 0 {
                continue;
            }
            for item in &self.program.files[file].tree.items {
                if let ItemKind::Budget(budget) = &item.kind {
                    let evaluated = self.budget(file, budget, model);
                    model.budgets.extend(evaluated);
                }
            }
        }
    }

    fn budget(&mut self, file: usize, budget: &'a ast::Budget, model: &Model) -> Option<Budget> {
        let subject = dotted(&budget.subject);
        let hardware = model.hardware.as_ref()?;
        let parts: Vec<&str> = subject.split('.').collect();
        // A budget of other hardware than this environment's says nothing about it.
        if parts.first().is_some_and(|name| *name != hardware.name) && self.is_hardware(parts[0]) {
            return None;
        }
        let resource = resource_of(&parts, hardware);
        let Some(resource) = resource else {
            let node = hardware.nodes.first();
            let node_name = node.map_or("host", |node| node.name.as_str());
            let disks = node.into_iter().flat_map(|node| node.disks.iter().map(|disk| disk.name.as_str()));
            let words: Vec<String> = ["cpu", "memory", "memory-limits"]
                .into_iter()
                .chain(disks)
                .map(|word| format!("`{}.{node_name}.{word}`", hardware.name))
                .collect();
            self.report(
                Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    budget.subject.span,
                    format!("there is nothing to divide called `{subject}`"),
                )
                .at("not a resource of the hardware")
                .help(format!("there are {}", words.join(", "))),
            );
            return None;
        };
        let unit = if resource == Resource::Cpu { Unit::Cpu } else { Unit::Bytes };
        let value = self.record(&Scope::file(file), &budget.body);
        let record = value.as_record()?.clone();
        let quoted = quoted_keys(&budget.body);
        let total = self.amount_of(&record, "total", unit);
        let mut shares = Vec::new();
        for (name, (span, value)) in &record {
            if name.as_ref() == "total" {
                continue;
            }
            shares.extend(self.share(name, *span, value, unit, quoted.contains(span)));
        }
        let (name, span) = (budget.name.text.clone(), budget.name.span);
        Some(Budget { name, span, subject, subject_span: budget.subject.span, resource, total, shares })
    }

    fn is_hardware(&self, name: &str) -> bool {
        matches!(self.program.modules[0].values.get(name), Some(crate::resolve::ValueItem::Instance(instance)) if instance.class == InstanceClass::Hardware)
    }

    fn share(&mut self, name: &str, span: Span, value: &Value, unit: Unit, quoted: bool) -> Option<Share> {
        let (amount, components) = match value.as_record() {
            Some(record) => {
                let amount = self.amount_of(record, "amount", unit)?;
                let list = record.get("of").and_then(|(_, list)| list.as_list()).unwrap_or(&[]);
                let ids = list.iter().filter_map(|item| match item.kind {
                    ValueKind::Instance(id) => Some(id),
                    _ => None,
                });
                (amount, ids.collect::<Vec<_>>().into_iter().flat_map(|id| self.components_of(id)).collect())
            }
            None => {
                let mut single = Record::new();
                single.insert(name.into(), (span, value.clone()));
                let amount = self.amount_of(&single, name, unit)?;
                let components = if quoted { Vec::new() } else { self.components_named(name, span)? };
                (amount, components)
            }
        };
        Some(Share { name: name.to_owned(), amount, components, span })
    }

    /// The component of a bare key, or all components of the namespace of that name.
    fn components_named(&mut self, name: &str, span: Span) -> Option<Vec<InstanceId>> {
        if let Some(id) = self.by_name.get(name).copied() {
            return Some(self.components_of(id));
        }
        let declared = self.program.modules[0].values.contains_key(name);
        if declared {
            return Some(Vec::new());
        }
        let names: Vec<String> = self.instances.iter().map(|state| state.name.to_string()).collect();
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_NAME, span, format!("there is no component or namespace `{name}`"))
                .at("not declared")
                .help(format!("write `\"{name}\" = …` for a line that only counts in the sum"));
        if let Some(close) = suggest::closest(name, names.iter().map(String::as_str)) {
            diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(span, close);
        }
        self.report(diagnostic);
        None
    }

    fn components_of(&mut self, id: InstanceId) -> Vec<InstanceId> {
        if self.instances[id.0 as usize].class != InstanceClass::Namespace {
            return vec![id];
        }
        let ids = (0..self.instances.len()).filter_map(|index| u32::try_from(index).ok().map(InstanceId));
        let mut inside = Vec::new();
        for other in ids {
            let namespace = self.parameter(other, "namespace");
            if namespace.is_some_and(|value| matches!(value.kind, ValueKind::Instance(namespace) if namespace == id)) {
                inside.push(other);
            }
        }
        inside
    }
}

fn resource_of(parts: &[&str], hardware: &super::model::Hardware) -> Option<Resource> {
    let [name, node, resource] = parts else { return None };
    let node = hardware.nodes.iter().find(|candidate| candidate.name == *node).filter(|_| hardware.name == *name)?;
    match *resource {
        "cpu" => Some(Resource::Cpu),
        "memory" => Some(Resource::Memory),
        "memory-limits" => Some(Resource::MemoryLimits),
        disk => node.disks.iter().any(|candidate| candidate.name == disk).then(|| Resource::Disk(disk.to_owned())),
    }
}

/// `datacenter.host.nvme` as text, without looking the names up: hardware is no value.
pub fn dotted(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Name(name) => name.clone(),
        ExpressionKind::Field { base, name, .. } => format!("{}.{}", dotted(base), name.text),
        _ => String::new(),
    }
}

/// The places of quoted keys at the top of a body.
fn quoted_keys(body: &ast::Body) -> Vec<Span> {
    let attributes = body.entries.iter().filter_map(|entry| match &entry.kind {
        ast::EntryKind::Attribute(attribute) => attribute.path.first(),
        _ => None,
    });
    attributes.filter(|key| matches!(key.kind, KeyKind::String(_))).map(|key| key.span).collect()
}
