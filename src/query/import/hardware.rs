//! The nodes of a cluster as somebody would declare them.

use super::text::{Entry, Value, entries, key, quoted};
use crate::eval::model::{ARCHITECTURE, HUGE_PAGES, Hardware, INSTANCE_TYPE, Node, REGION, UNSCHEDULABLE};

/// Labels that every kubelet and every cloud sets, and that the compiler adds by itself.
const IMPLIED: [&str; 7] = [
    "kubernetes.io/os",
    "kubernetes.io/hostname",
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

/// The item, under a name.
pub(super) fn text(hardware: &Hardware, name: &str) -> String {
    let mut text = format!("hardware {name} {{\n");
    if let Some((major, minor)) = hardware.kubernetes {
        text.push_str(&format!("  kubernetes = \"{major}.{minor}\"\n"));
    }
    for node in &hardware.nodes {
        text.push_str(&format!("\n  node {} {{\n", key(&node.name)));
        entries(&fields(node), 4, &mut text);
        text.push_str("  }\n");
    }
    for storage in &hardware.storages {
        let plain = |name: &str, text: String| Entry::Field(name.to_owned(), Value::Plain(text));
        let mut fields = vec![plain("storage-class", quoted(&storage.storage_class))];
        if storage.zonal {
            fields.push(plain("zonal", "true".to_owned()));
        }
        fields.extend(storage.attach_limit.map(|limit| plain("attach-limit", limit.value.to_string())));
        text.push('\n');
        let name = super::names::label(&storage.name);
        entries(&[Entry::Field(format!("storage {name}"), Value::Record(fields))], 2, &mut text);
    }
    text.push_str("}\n");
    text
}

fn fields(node: &Node) -> Vec<Entry> {
    let plain = |name: &str, text: String| Entry::Field(name.to_owned(), Value::Plain(text));
    let mut fields = Vec::new();
    if node.taints.iter().any(|taint| taint.key == UNSCHEDULABLE) {
        fields
            .push(Entry::Comment("it was cordoned when this was written; here it takes pods as any other".to_owned()));
    }
    if node.count > 1 {
        fields.push(plain("count", node.count.to_string()));
    }
    fields.push(plain("cpu", cpu(node.cpu.value)));
    fields.push(plain("memory", bytes(node.memory.value)));
    // Whole gibibytes are believed where somebody looked.
    if node.memory.value % (1 << 30) == 0 {
        fields.push(plain("observed", "true".to_owned()));
    }
    fields.push(plain("pods", node.pods.value.to_string()));
    let label = |wanted: &str| node.labels.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str());
    for (field, value) in
        [("arch", label(ARCHITECTURE)), ("instance-type", label(INSTANCE_TYPE)), ("region", label(REGION))]
    {
        fields.extend(value.map(|value| plain(field, quoted(value))));
    }
    if let [zone] = node.zones.as_slice() {
        fields.push(plain("zone", quoted(zone)));
    }
    let is_in_cloud = !node.zones.is_empty() || label(INSTANCE_TYPE).is_some() || label(REGION).is_some();
    if !is_in_cloud {
        fields.push(plain("provider", "\"none\"".to_owned()));
    }
    let is_own = |label: &str| !IMPLIED.contains(&label) && ![ARCHITECTURE, INSTANCE_TYPE, REGION].contains(&label);
    let labels =
        node.labels.iter().filter(|(label, _)| is_own(label) || label == "kubernetes.io/os" && !is_linux(node));
    let labels: Vec<Entry> = labels.map(|(label, value)| plain(&key(label), quoted(value))).collect();
    if !labels.is_empty() {
        fields.push(Entry::Field("labels".to_owned(), Value::Record(labels)));
    }
    let taints = node.taints.iter().filter(|taint| taint.key != UNSCHEDULABLE);
    let taint = |one: &crate::eval::model::Taint| {
        let value = if one.value.is_empty() { String::new() } else { format!("={}", one.value) };
        Value::Plain(quoted(&format!("{}{value}:{}", one.key, one.effect.key())))
    };
    let taints: Vec<Value> = taints.map(taint).collect();
    if !taints.is_empty() {
        fields.push(Entry::Field("taints".to_owned(), Value::List(taints)));
    }
    for disk in &node.disks {
        let mut parts = vec![plain("size", bytes(disk.size.value))];
        parts.extend(disk.ephemeral.map(|amount| plain("ephemeral", bytes(amount.value))));
        fields.push(Entry::Field(format!("disk.{}", key(&disk.name)), Value::Record(parts)));
    }
    let resources = node.resources.iter().filter(|(_, amount)| amount.value > 0);
    let resource = |(name, amount): &(String, crate::eval::model::Amount)| {
        let is_bytes = name.starts_with(HUGE_PAGES);
        plain(&key(name), if is_bytes { bytes(amount.value) } else { amount.value.to_string() })
    };
    let resources: Vec<Entry> = resources.map(resource).collect();
    if !resources.is_empty() {
        fields.push(Entry::Field("resources".to_owned(), Value::Record(resources)));
    }
    for reserve in &node.reserves {
        let parts = [
            ("cpu", reserve.cpu.map(|amount| cpu(amount.value))),
            ("memory", reserve.memory.map(|amount| bytes(amount.value))),
        ];
        let parts = parts.into_iter().filter_map(|(name, text)| Some(plain(name, text?)));
        fields.push(Entry::Field(format!("reserve.{}", key(&reserve.name)), Value::Record(parts.collect())));
    }
    fields
}

fn is_linux(node: &Node) -> bool {
    node.labels.iter().all(|(key, value)| key != "kubernetes.io/os" || value == "linux")
}

fn cpu(milli: i128) -> String {
    if milli % 1000 == 0 { (milli / 1000).to_string() } else { format!("{milli}m") }
}

/// Exactly, in the largest unit in which it is a whole number, else in thousands of bytes.
fn bytes(bytes: i128) -> String {
    let units = [
        (1_i128 << 30, "GiB"),
        (1_000_000_000, "GB"),
        (1 << 20, "Mi"),
        (1_000_000, "MB"),
        (1 << 10, "Ki"),
        (1000, "k"),
    ];
    match units.into_iter().find(|(unit, _)| bytes != 0 && bytes % unit == 0) {
        Some((unit, name)) => format!("{}{name}", bytes / unit),
        None => format!("{}.{:03}k", bytes / 1000, bytes % 1000),
    }
}
