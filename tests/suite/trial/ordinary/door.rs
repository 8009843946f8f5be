//! Where an ordinary platform enters the prover: hardware and objects.

use std::sync::LazyLock;

use vaubanc::eval::model::{Model, Node, Taint};
use vaubanc::objects::Object;

use super::platform::{Machines, Platform};
use crate::suite::trial::door::{object, pattern};

/// A platform of one machine and one object, of which every platform is a variation.
static PATTERN: LazyLock<(Model, Object)> = LazyLock::new(|| {
    pattern(
        "storage gp3 { storage-class = \"gp3\", zonal = true, attach-limit = 25 }
         storage files { storage-class = \"files\", attach-limit = 25 }",
    )
});

fn machines(pattern: &Node, index: usize, one: &Machines) -> Node {
    let mut node = pattern.clone();
    node.name = format!("n{index}");
    node.count = one.count as u64;
    node.least = one.least.map(|least| least as u64);
    node.cpu.value = one.cpu.into();
    node.memory.value = one.memory.into();
    node.pods.value = one.slots.into();
    if one.gpus > 0 {
        let mut number = node.pods;
        number.value = one.gpus.into();
        node.resources = vec![("nvidia.com/gpu".to_owned(), number)];
    }
    node.labels = vec![("tier".to_owned(), one.tier.to_string())];
    node.labels.extend(one.zone.map(|zone| ("topology.kubernetes.io/zone".to_owned(), format!("z{zone}"))));
    node.taints = if one.is_tainted { vec![Taint::closing("dedicated")] } else { Vec::new() };
    node
}

/// The hardware of a platform and its objects.
pub(super) fn scenario(platform: &Platform, documents: &[String]) -> (Model, Vec<Object>) {
    let (pattern, one) = &*PATTERN;
    let mut model = pattern.clone();
    let hardware = model.hardware.as_mut().expect("the pattern has hardware");
    let host = hardware.nodes.remove(0);
    hardware.nodes = platform.machines.iter().enumerate().map(|(index, one)| machines(&host, index, one)).collect();
    for storage in &mut hardware.storages {
        match (&mut storage.attach_limit, platform.attach_limit) {
            (Some(limit), Some(number)) => limit.value = number.into(),
            (limit, _) => *limit = None,
        }
    }
    let objects = documents.iter().map(|text| object(one, text)).collect();
    (model, objects)
}
