//! `reports/kubelet-<environment>.yaml`: what the kubelets must be told, so that nodes have what the proof counts.
//!
//! A reserve in the source keeps nothing by itself: a kubelet that is told nothing offers the whole machine to pods. What
//! it offers is the capacity less `systemReserved`, `kubeReserved` and the thresholds of hard eviction, so the three
//! together must be the declared reserve.

use crate::View;
use crate::data::yaml;
use crate::data::{Node as Tree, NodeValue};
use crate::eval::model::{Amount, Disk, Node, Reserve};
use crate::render::kustomization::HEADER;
use crate::render::{FileSet, environment_name, environments};

/// `memory.available` of the kubelet's own hard eviction, 100Mi.
const MEMORY_THRESHOLD: i128 = 100 << 20;
/// How the kubelet is told that there is no threshold; it refuses a quantity of zero.
const NEVER: &str = "0%";

const INTRODUCTION: &str = "\
# What the kubelets must be told, so that each node offers what nodes-{environment}.yaml says: capacity less systemReserved
# less the thresholds of evictionHard. K3s and kubeadm reserve nothing by themselves. Each document goes to the nodes of
# its type, with `--config`, or in the drop-in directory of `--config-dir`; set no kubeReserved beside it.
";

/// Writes one file for each environment on hardware.
pub(crate) fn render(views: &[View], files: &mut FileSet) {
    for view in environments(views) {
        let Some(hardware) = &view.model.hardware else { continue };
        let documents: Vec<String> = hardware.nodes.iter().map(document).collect();
        if !documents.is_empty() {
            let environment = environment_name(view);
            let introduction = INTRODUCTION.replace("{environment}", environment);
            let text = format!("{HEADER}{introduction}{}", documents.join("---\n"));
            files.insert(format!("reports/kubelet-{environment}.yaml"), text);
        }
    }
}

/// The configuration of one node type, with its name above it: the API has no place for names.
fn document(node: &Node) -> String {
    let mut remarks = format!("# node type: {}\n", node.name);
    let plain = |amount: i128| Tree::string(amount.to_string());
    let reserved = |amounts: Vec<Option<Amount>>| amounts.into_iter().flatten().map(|one| one.value).sum::<i128>();
    let cpu = reserved(node.reserves.iter().map(|reserve| reserve.cpu).collect());
    // A kubelet takes huge pages away by itself.
    let is_told = |reserve: &&Reserve| node.resources.iter().all(|(name, _)| *name != reserve.name);
    let memory = reserved(node.reserves.iter().filter(is_told).map(|reserve| reserve.memory).collect());

    let threshold = memory.min(MEMORY_THRESHOLD);
    let mut system = Vec::new();
    if cpu > 0 {
        system.push(("cpu", Tree::string(format!("{cpu}m"))));
    }
    if memory > threshold {
        system.push(("memory", plain(memory - threshold)));
    }
    let stated: Vec<&Disk> = node.disks.iter().filter(|disk| disk.ephemeral.is_some()).collect();
    let (node_files, image_files) = match stated.as_slice() {
        [disk] => {
            let ephemeral = disk.ephemeral.map_or(0, |ephemeral| ephemeral.value);
            let free = disk.keep_free.map_or(0, |free| free.value).min(disk.size.value - ephemeral).max(0);
            let rest = disk.size.value - ephemeral - free;
            if rest > 0 {
                system.push(("ephemeral-storage", plain(rest)));
            }
            // Images and pods share the file system, so one threshold is that of both.
            (quantity(free), quantity(free))
        }
        several => {
            // Nobody has said which file system is the kubelet's, or too many are: its own defaults stay.
            if !several.is_empty() {
                remarks.push_str("# Several disks have ephemeral storage, and a kubelet counts one: set\n");
                remarks.push_str("# systemReserved.ephemeral-storage for the one that it runs on.\n");
            }
            (Tree::string("10%"), Tree::string("15%"))
        }
    };
    let eviction = [
        ("memory.available", quantity(threshold)),
        ("nodefs.available", node_files),
        ("nodefs.inodesFree", Tree::string("5%")),
        ("imagefs.available", image_files),
    ];
    let mut fields = vec![
        ("apiVersion", Tree::string("kubelet.config.k8s.io/v1beta1")),
        ("kind", Tree::string("KubeletConfiguration")),
        ("maxPods", Tree::synthetic(NodeValue::Integer(node.pods.value))),
    ];
    if !system.is_empty() {
        fields.push(("systemReserved", map(system)));
    }
    fields.push(("evictionHard", map(eviction)));
    format!("{remarks}{}", yaml::document(&map(fields)))
}

/// A threshold in bytes, `100Mi` where it is the usual one.
fn quantity(bytes: i128) -> Tree {
    match bytes {
        0 => Tree::string(NEVER),
        MEMORY_THRESHOLD => Tree::string("100Mi"),
        bytes => Tree::string(bytes.to_string()),
    }
}

fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Tree)>) -> Tree {
    Tree::synthetic(NodeValue::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn amount(value: i128) -> Amount {
        Amount { value, span: Span::NONE }
    }

    fn disk(name: &str) -> Disk {
        Disk {
            name: name.to_owned(),
            size: amount(1000),
            storage_class: None,
            keep_free: None,
            ephemeral: Some(amount(300)),
            span: Span::NONE,
        }
    }

    fn node(memory: Option<i128>, disks: Vec<Disk>) -> Node {
        let reserve = Reserve {
            name: "system".to_owned(),
            cpu: None,
            memory: memory.map(amount),
            disks: Vec::new(),
            span: Span::NONE,
        };
        Node { disks, reserves: vec![reserve], ..Node::bare("host", 4000, 8 << 30) }
    }

    #[test]
    fn where_nothing_is_reserved_nothing_is_evicted() {
        let text = document(&node(None, Vec::new()));
        assert!(text.contains("memory.available: \"0%\"") && !text.contains("systemReserved"), "{text}");
        assert!(text.contains("nodefs.available: \"10%\"") && text.contains("imagefs.available: \"15%\""), "{text}");
    }

    #[test]
    fn a_reserve_below_the_usual_threshold_is_the_threshold() {
        let text = document(&node(Some(4096), Vec::new()));
        assert!(text.contains("memory.available: \"4096\"") && !text.contains("systemReserved"), "{text}");
        let text = document(&node(Some(MEMORY_THRESHOLD + 1), Vec::new()));
        assert!(text.contains("memory.available: 100Mi") && text.contains("  memory: \"1\""), "{text}");
    }

    #[test]
    fn the_disk_with_ephemeral_storage_is_that_of_the_kubelet() {
        let kept = Disk { keep_free: Some(amount(200)), ..disk("root") };
        let text = document(&node(None, vec![kept]));
        assert!(text.contains("ephemeral-storage: \"500\"") && text.contains("nodefs.available: \"200\""), "{text}");
        let text = document(&node(None, vec![disk("root"), disk("data")]));
        assert!(text.contains("# Several disks") && !text.contains("  ephemeral-storage:"), "{text}");
    }
}
