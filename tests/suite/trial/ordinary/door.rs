//! Where an ordinary platform enters the prover: hardware and objects.

use std::sync::LazyLock;

use vaubanc::data::{Node as Tree, yaml};
use vaubanc::eval::model::{Model, Node, Taint};
use vaubanc::objects::Object;
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile};

use super::platform::{Machines, Platform};

/// A platform of one machine and one object, of which every platform is a variation.
static PATTERN: LazyLock<(Model, Object)> = LazyLock::new(|| {
    let text = "
        hardware rack {
          node n { cpu = 1, memory = 1GB, disk nvme { size = 1TB, storage-class = \"local-path\" } }
          storage gp3 { storage-class = \"gp3\", zonal = true, attach-limit = 25 }
          storage files { storage-class = \"files\", attach-limit = 25 }
        }
        system trial on rack {}
        kind objects { emit \"v1\" ConfigMap { data { a = \"b\" } } }
        component objects : objects {}
    ";
    let compilation = compile(&MemoryWorld::new().with("main.vauban", text), &Options::default());
    let said = compilation.diagnostics.iter().map(|one| one.message.as_str()).collect::<Vec<_>>();
    let view = compilation.views.into_iter().next().unwrap_or_else(|| panic!("the pattern compiles: {said:?}"));
    let object = view.objects.into_iter().next().expect("the pattern emits an object");
    (view.model, object)
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
    let object = |text: &String| {
        let body = yaml::read_all(text).expect("documents are YAML").remove(0);
        let at = |path: &[&str]| body.at(path).and_then(Tree::as_str).map(str::to_owned);
        Object {
            api_version: at(&["apiVersion"]).expect("an object has an API"),
            kind: at(&["kind"]).expect("an object has a kind"),
            name: at(&["metadata", "name"]).expect("an object has a name"),
            namespace: at(&["metadata", "namespace"]),
            body,
            ..one.clone()
        }
    };
    let objects = documents.iter().map(object).collect();
    (model, objects)
}
