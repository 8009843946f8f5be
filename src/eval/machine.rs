//! The nodes of a hardware: machines with their disks, and what is taken of them before any pod comes.

use std::rc::Rc;

use super::context::Evaluator;
use super::domains::{self, Domains};
use super::model::{self, ARCHITECTURE, Amount, Disk, HUGE_PAGES, Reserve, is_extended};
use super::preset::Preset;
use super::value::{Record, Value, ValueKind};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::types::{Rational, Type, Unit};

/// `maxPods` of the kubelet, `pkg/kubelet/apis/config/v1beta1/defaults.go`.
const DEFAULT_PODS: i128 = 110;
/// Kubernetes is made for at most so many nodes.
const MOST_MACHINES: u64 = 5000;

impl Evaluator<'_> {
    pub(super) fn node(
        &mut self,
        name: &str,
        span: Span,
        node: &Value,
        kubernetes: Option<(u32, u32)>,
    ) -> Option<model::Node> {
        let record = match node.as_record() {
            Some(record) => record,
            None => {
                self.mismatch("a node is a record", node);
                return None;
            }
        };
        let known = [
            "cpu",
            "memory",
            "pods",
            "count",
            "cost",
            "disk",
            "reserve",
            "resources",
            "keep-free",
            "overcommit",
            "observed",
        ];
        let known: Vec<&str> = known.into_iter().chain(domains::FIELDS).collect();
        self.refuse_unknown(record, &known, "a node");
        let preset = self.preset(record);
        let known = |field: &str, value: fn(&Preset) -> Option<i128>| {
            let (preset, span) = preset.as_ref().filter(|_| !record.contains_key(field))?;
            Some(Amount { value: value(preset)?, span: *span })
        };
        let by_type = [known("cpu", |preset| Some(preset.cpu)), known("memory", |preset| Some(preset.memory))];
        let cpu = by_type[0].or_else(|| self.required(record, "cpu", Unit::Cpu, span, name));
        let memory = by_type[1].or_else(|| self.required(record, "memory", Unit::Bytes, span, name));
        if let Some(memory) = memory.as_ref().filter(|_| by_type[1].is_none()) {
            self.refuse_unseen_memory(record, name, memory);
        }
        let pods = self.count_of(record, "pods").or(known("pods", |preset| preset.pods));
        if let Some((_, span)) = preset.filter(|(preset, _)| preset.pods.is_none() && pods.is_none()) {
            self.ask_for_pods(record, name, span);
        }
        let pods = pods.unwrap_or(Amount { value: DEFAULT_PODS, span: Span::NONE });
        let (count, least) = self.machines(record);
        let cost = self.cost(record, name);
        let Domains { mut labels, taints, zones, provider } = self.domains(record, count);
        if let Some((preset, _)) = preset.filter(|_| labels.iter().all(|(key, _)| key != ARCHITECTURE)) {
            labels.push((ARCHITECTURE.to_owned(), preset.arch.to_owned()));
        }
        let keep_free = record.get("keep-free").map(|(_, value)| value.clone());
        let mut disks = Vec::new();
        for (disk, (place, value)) in record.get("disk").and_then(|(_, disks)| disks.as_record()).into_iter().flatten()
        {
            disks.extend(self.disk(disk, *place, value, keep_free.as_ref()));
        }
        self.refuse_strange_disks(keep_free.as_ref(), &disks, &[]);
        let mut reserves = Vec::new();
        for (reserve, (place, value)) in
            record.get("reserve").and_then(|(_, reserves)| reserves.as_record()).into_iter().flatten()
        {
            reserves.extend(self.reserve(reserve, *place, value, &disks));
        }
        if let (Some(_), Some((preset, span)), Some(cpu), true) =
            (by_type[0].or(by_type[1]), preset, cpu, reserves.is_empty())
        {
            reserves.push(preset.reserve(cpu.value, pods.value, kubernetes, span));
        }
        let resources = self.resources(record);
        // The kubelet takes huge pages out of the memory that it offers, `pkg/kubelet/nodestatus/setters.go`.
        reserves.extend(resources.iter().filter(|(name, _)| name.starts_with(HUGE_PAGES)).map(|(name, amount)| {
            Reserve { name: name.clone(), cpu: None, memory: Some(*amount), disks: Vec::new(), span: amount.span }
        }));
        let overcommit_memory = self.overcommit(record);
        let node = model::Node {
            name: name.to_owned(),
            span,
            count,
            least,
            cost,
            cpu: cpu?,
            memory: memory?,
            pods,
            disks,
            reserves,
            resources,
            overcommit_memory,
            labels,
            taints,
            zones,
            provider,
            machines: Vec::new(),
        };
        self.refuse_overdrawn(&node);
        self.refuse_brimful_disks(&node);
        Some(node)
    }

    /// What is known of the type of the machines, with the place that names it.
    fn preset(&self, record: &Record) -> Option<(Preset, Span)> {
        let text = |field: &str| Some((record.get(field)?.1.as_str()?, record.get(field)?.1.span));
        let ((provider, _), (instance_type, span)) = (text("provider")?, text("instance-type")?);
        Some((Preset::of(provider, instance_type)?, span))
    }

    /// A type whose cloud lets its node pools decide how many pods there may be: what is set aside depends on it.
    fn ask_for_pods(&mut self, record: &Record, name: &str, span: Span) {
        if record.contains_key("pods") {
            return;
        }
        self.report(
            Diagnostic::error(codes::MISSING_FIELD, span, format!("`{name}` lacks `pods`"))
                .at("the type does not say how many pods there may be")
                .help("write `maxPods` of the node pool, `pods = 30`: what AKS sets aside depends on it; `az aks nodepool show` shows it"),
        );
    }

    /// `resources { "nvidia.com/gpu" = 2, "hugepages-2Mi" = 4GiB }`: what else a node has whole pieces of.
    fn resources(&mut self, record: &Record) -> Vec<(String, Amount)> {
        let Some((_, value)) = record.get("resources") else { return Vec::new() };
        let Some(record) = value.as_record() else {
            self.mismatch("`resources` is a record", value);
            return Vec::new();
        };
        let mut resources = Vec::new();
        for (name, (span, value)) in record {
            if !is_extended(name) {
                self.report(
                    Diagnostic::error(codes::HARDWARE, *span, format!("`{name}` is no extended resource"))
                        .at("not the name of one")
                        .help(
                            "its name has the domain of whoever counts it, `\"nvidia.com/gpu\" = 2`, or is that of huge pages, \
                             `\"hugepages-2Mi\" = 4GiB`; `cpu`, `memory` and `pods` stand beside `resources`",
                        ),
                );
                continue;
            }
            let amount = if name.starts_with(HUGE_PAGES) {
                self.amount_of(record, name, Unit::Bytes)
            } else {
                self.count_of(record, name)
            };
            let Some(amount) = amount else { continue };
            if amount.value < 0 {
                self.report(
                    Diagnostic::error(
                        codes::HARDWARE,
                        value.span,
                        format!("a node cannot have {} of `{name}`", amount.value),
                    )
                    .at("below zero")
                    .help("write how many one node has, 0 or more"),
                );
                continue;
            }
            resources.push((name.to_string(), amount));
        }
        resources.sort_by(|left, right| left.0.cmp(&right.0));
        resources
    }

    /// `count = 3`, or `count = 2..10` of a pool: how many there are at most, and of a pool how many at least.
    fn machines(&mut self, record: &Record) -> (u64, Option<u64>) {
        let Some((_, value)) = record.get("count") else { return (1, None) };
        let is_pool = matches!(value.kind, ValueKind::Range(_));
        let value = self.coerce(value.clone(), &Type::Range(Rc::new(Type::Int)), "`count`");
        let ValueKind::Range(range) = &value.kind else { return (1, None) };
        let number = |value: &Value| value.as_whole().and_then(|number| u64::try_from(number).ok());
        let least = number(&range.low);
        let most = range.high.as_ref().and_then(number).filter(|most| (1..=MOST_MACHINES).contains(most));
        let (Some(least), Some(most)) = (least, most) else {
            self.report(
                Diagnostic::error(
                    codes::HARDWARE,
                    value.span,
                    "the count of a node type is not above zero, or has no end",
                )
                .at("how many are there at most?")
                .help(format!("write `count = 3`, or `count = 2..10` for a pool, at most {MOST_MACHINES}")),
            );
            return (1, None);
        };
        (most, is_pool.then_some(least))
    }

    /// What a machine costs a month, in cents, rounded up.
    fn cost(&mut self, record: &Record, name: &str) -> Option<Amount> {
        self.cents(record, name, 1, "write it in euros: `cost = €85/month`")
    }

    /// What so many of what `cost` is stated for cost a month, in cents, rounded up.
    pub(super) fn cents(&mut self, record: &Record, name: &str, many: i128, help: &str) -> Option<Amount> {
        let (_, value) = record.get("cost")?;
        let value = self.coerce(value.clone(), &Type::Amount(Unit::Euro), "`cost`");
        let ValueKind::Amount(amount) = &value.kind else { return None };
        if amount.unit != Unit::Euro {
            self.report(
                Diagnostic::error(codes::HARDWARE, value.span, format!("the cost of `{name}` is not in euros"))
                    .at("costs are added up in one currency")
                    .help(help),
            );
            return None;
        }
        let cents = amount.number.multiply(Rational::whole(100 * many)?)?.ceiling();
        Some(Amount { value: cents, span: value.span })
    }

    /// `overcommit { memory = 150% }`: the cap on the memory limits.
    fn overcommit(&mut self, record: &Record) -> Option<Amount> {
        let (_, value) = record.get("overcommit")?;
        let Some(record) = value.as_record() else {
            self.mismatch("`overcommit` is a record", value);
            return None;
        };
        self.refuse_unknown(record, &["memory"], "`overcommit`");
        let (_, value) = record.get("memory")?;
        let value = self.coerce(value.clone(), &Type::Amount(Unit::Percent), "`overcommit.memory`");
        let ValueKind::Amount(percent) = &value.kind else { return None };
        let whole = percent.number.to_whole().filter(|percent| *percent > 0);
        if whole.is_none() {
            self.report(
                Diagnostic::error(
                    codes::HARDWARE,
                    value.span,
                    format!("memory cannot be overcommitted to {}", percent.display()),
                )
                .at("not a whole number of percent above zero")
                .help("say what the memory limits may add up to, in percent of the memory: `overcommit { memory = 150% }`"),
            );
        }
        whole.map(|percent| Amount { value: percent, span: value.span })
    }

    /// Refuses a node of which more is set aside than there is: no sum over what is left would mean anything.
    fn refuse_overdrawn(&mut self, node: &model::Node) {
        let sum = |amounts: Vec<Option<Amount>>| amounts.into_iter().flatten().map(|amount| amount.value).sum::<i128>();
        let cpu = sum(node.reserves.iter().map(|reserve| reserve.cpu).collect());
        let memory = sum(node.reserves.iter().map(|reserve| reserve.memory).collect());
        let mut parts =
            vec![("cpu", node.cpu, cpu > node.cpu.value), ("memory", node.memory, memory > node.memory.value)];
        parts.extend(node.disks.iter().map(|disk| (disk.name.as_str(), disk.size, node.usable(disk) < 0)));
        for (part, amount, _) in parts.into_iter().filter(|(.., is_overdrawn)| *is_overdrawn) {
            self.report(
                Diagnostic::error(
                    codes::HARDWARE,
                    amount.span,
                    format!("more is set aside of the `{part}` of `{}` than there is", node.name),
                )
                .at("less than what is set aside of it")
                .help("lower the reserves, `ephemeral` or `keep-free`, or correct what there is"),
            );
        }
    }

    fn disk(&mut self, name: &str, span: Span, value: &Value, keep_free: Option<&Value>) -> Option<Disk> {
        let Some(record) = value.as_record() else {
            self.mismatch("a disk is a record", value);
            return None;
        };
        self.refuse_unknown(record, &["size", "storage-class", "ephemeral"], "a disk");
        let size = self.required(record, "size", Unit::Bytes, span, name)?;
        let storage_class = record.get("storage-class").and_then(|(_, class)| class.as_str()).map(str::to_owned);
        let ephemeral = self.amount_of(record, "ephemeral", Unit::Bytes);
        let free =
            keep_free.and_then(Value::as_record).and_then(|record| record.get(name)).map(|(_, free)| free.clone());
        let keep_free = free.and_then(|free| match &free.kind {
            ValueKind::Amount(amount) if amount.unit == Unit::Percent => {
                let share = crate::types::Rational::whole(size.value)?.multiply(amount.number)?;
                let share = share.divide(crate::types::Rational::whole(100)?)?;
                Some(Amount { value: share.ceiling(), span: free.span })
            }
            ValueKind::Amount(amount) if amount.unit == Unit::Bytes => {
                Some(Amount { value: amount.number.ceiling(), span: free.span })
            }
            _ => {
                self.mismatch("`keep-free` is a Percent or Bytes", &free);
                None
            }
        });
        Some(Disk { name: name.to_owned(), size, storage_class, keep_free, ephemeral, span })
    }

    fn reserve(&mut self, name: &str, span: Span, value: &Value, disks: &[Disk]) -> Option<Reserve> {
        let Some(record) = value.as_record() else {
            self.mismatch("a reserve is a record", value);
            return None;
        };
        let cpu = self.amount_of(record, "cpu", Unit::Cpu);
        let memory = self.amount_of(record, "memory", Unit::Bytes);
        self.refuse_strange_disks(Some(value), disks, &["cpu", "memory"]);
        let on_disks = disks
            .iter()
            .filter_map(|disk| Some((disk.name.clone(), self.amount_of(record, &disk.name, Unit::Bytes)?)))
            .collect();
        Some(Reserve { name: name.to_owned(), cpu, memory, disks: on_disks, span })
    }

    fn refuse_strange_disks(&mut self, value: Option<&Value>, disks: &[Disk], others: &[&str]) {
        let keys: Vec<&str> = others.iter().copied().chain(disks.iter().map(|disk| disk.name.as_str())).collect();
        if let Some(record) = value.and_then(Value::as_record) {
            self.refuse_unknown(record, &keys, "the node");
        }
    }
}
