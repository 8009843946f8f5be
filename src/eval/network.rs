//! Network storage of a hardware: what a provider attaches to nodes, and no disk of a node holds.

use super::context::Evaluator;
use super::model::{Amount, INSTANCE_TYPE, NetworkStorage, Node};
use super::preset::{DRIVERS, Preset};
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
            let Some(storage) = self.storage(name, *place, value, nodes) else { continue };
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

    fn storage(&mut self, name: &str, span: Span, value: &Value, nodes: &[Node]) -> Option<NetworkStorage> {
        let Some(record) = value.as_record() else {
            self.mismatch("a storage is a record", value);
            return None;
        };
        let known = ["storage-class", "driver", "zonal", "attach-limit", "cost", "snapshots"];
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
            attach_limit: self.attach_limit(record).or_else(|| self.limit_of_driver(record, nodes)),
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

    /// How many volumes of a driver every node attaches by its type, where nothing else is stated.
    fn limit_of_driver(&mut self, record: &Record, nodes: &[Node]) -> Option<Amount> {
        let (_, value) = record.get("driver")?;
        let value = self.coerce(value.clone(), &Type::String, "`driver`");
        let driver = value.as_str().filter(|_| !record.contains_key("attach-limit"))?;
        let state = "state how many volumes a node attaches, `attach-limit = 25`, as `kubectl get csinode` shows it";
        if !DRIVERS.contains(&driver) {
            self.report(
                Diagnostic::error(
                    codes::HARDWARE,
                    value.span,
                    format!("nothing is known of what nodes attach of `{driver}`"),
                )
                .at("not the driver of a cloud that is known")
                .help(format!(
                    "{state}; of `{}`, `{}` and `{}` it follows from the types of the nodes",
                    DRIVERS[0], DRIVERS[1], DRIVERS[2]
                )),
            );
            return None;
        }
        let limit = |node: &Node| {
            let (_, instance_type) = node.labels.iter().find(|(label, _)| label == INSTANCE_TYPE)?;
            Preset::of(node.provider.as_deref()?, instance_type)?.attaches(driver)
        };
        if let Some(unknown) = nodes.iter().find(|node| limit(node).is_none()) {
            self.report(
                Diagnostic::error(
                    codes::HARDWARE,
                    value.span,
                    format!("nothing says how many volumes of `{driver}` a node of `{}` attaches", unknown.name),
                )
                .at("of a type that is not known")
                .label(unknown.span, "this type of node")
                .help(format!("{state}, or the `provider` and the `instance-type` of `{}`", unknown.name)),
            );
            return None;
        }
        let least = nodes.iter().filter_map(limit).min()?;
        Some(Amount { value: least, span: value.span })
    }

    /// What a thousand GB of it cost a month, in cents, rounded up; what is written is for one.
    fn cost_of_gigabytes(&mut self, record: &Record, name: &str) -> Option<Amount> {
        self.cents(record, name, GIGABYTES, "write what a GB costs, in euros: `cost = €0.08/month`")
    }
}
