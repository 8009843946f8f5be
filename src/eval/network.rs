//! Network storage of a hardware: what a provider attaches to nodes, and no disk of a node holds.

use super::context::Evaluator;
use super::model::{Amount, NetworkStorage, Node};
use super::value::{Record, Value, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::types::Type;

/// Volumes are a few dollars for a thousand GB, and the cents of one GB would all be rounded.
const GIGABYTES: i128 = 1000;

impl Evaluator<'_> {
    /// The network storages of a hardware. A storage class is of one storage, or of disks.
    pub(super) fn storages(&mut self, record: &Record, nodes: &[Node]) -> Vec<NetworkStorage> {
        let mut storages: Vec<NetworkStorage> = Vec::new();
        for (name, (place, value)) in record.get("storage").and_then(|(_, all)| all.as_record()).into_iter().flatten() {
            let Some(storage) = self.storage(name, *place, value) else { continue };
            let class = &storage.storage_class;
            let disks = nodes.iter().flat_map(|node| &node.disks);
            let on_disk = disks.into_iter().find(|disk| disk.storage_class.as_ref() == Some(class));
            let other = storages.iter().find(|other| other.storage_class == *class);
            let holder = on_disk
                .map(|disk| (format!("the disk `{}`", disk.name), disk.span))
                .or_else(|| other.map(|other| (format!("the storage `{}`", other.name), other.span)));
            if let Some((holder, span)) = holder {
                self.report(
                    Diagnostic::error(
                        codes::HARDWARE,
                        storage.class_span,
                        format!("the storage class `{class}` is that of {holder}, too"),
                    )
                    .at("of one storage only")
                    .label(span, "the other")
                    .help("take it from one of them: volumes of a class are made in one place"),
                );
                continue;
            }
            storages.push(storage);
        }
        storages
    }

    fn storage(&mut self, name: &str, span: Span, value: &Value) -> Option<NetworkStorage> {
        let Some(record) = value.as_record() else {
            self.mismatch("a storage is a record", value);
            return None;
        };
        let known = ["storage-class", "zonal", "attach-limit", "cost", "snapshots"];
        self.refuse_unknown(record, &known, "a storage");
        let Some((_, class)) = record.get("storage-class") else {
            self.report(
                Diagnostic::error(codes::MISSING_FIELD, span, format!("`{name}` lacks `storage-class`"))
                    .at("`storage-class` is not given")
                    .help(format!("name the class that claims ask for: `storage-class = \"{name}\"`")),
            );
            return None;
        };
        let class = self.coerce(class.clone(), &Type::String, "`storage-class`");
        let mut flag = |key: &str| {
            let (_, value) = record.get(key)?;
            let value = self.coerce(value.clone(), &Type::Bool, &format!("`{key}`"));
            matches!(value.kind, ValueKind::Bool(true)).then_some(true)
        };
        let (zonal, snapshots) = (flag("zonal"), flag("snapshots"));
        Some(NetworkStorage {
            name: name.to_owned(),
            span,
            storage_class: class.as_str()?.to_owned(),
            class_span: class.span,
            zonal: zonal.unwrap_or(false),
            attach_limit: self.attach_limit(record),
            cost: self.cost_of_gigabytes(record, name),
            snapshots: snapshots.unwrap_or(false),
        })
    }

    fn attach_limit(&mut self, record: &Record) -> Option<Amount> {
        let limit = self.count_of(record, "attach-limit")?;
        if limit.value < 1 {
            self.report(
                Diagnostic::error(codes::HARDWARE, limit.span, format!("no node takes {} volumes", limit.value))
                    .at("not above zero")
                    .help("say how many volumes a node attaches, as `kubectl get csinode` shows it, or leave it out"),
            );
            return None;
        }
        Some(limit)
    }

    /// What a thousand GB of it cost a month, in cents, rounded up; what is written is for one.
    fn cost_of_gigabytes(&mut self, record: &Record, name: &str) -> Option<Amount> {
        self.cents(record, name, GIGABYTES, "write what a GB costs, in euros: `cost = €0.08/month`")
    }
}
