//! Claims to storage.

use super::quantity::Quantity;
use super::workload::{Count, Scale};
use super::{Node, Object};
use crate::eval::model::InstanceId;
use crate::source::Span;

/// A `PersistentVolumeClaim`, or the template of one.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The position of the object that states it among the objects that were read.
    pub object: usize,
    pub instance: InstanceId,
    pub namespace: Option<String>,
    /// The name of the claim, or of the template.
    pub name: String,
    /// None asks for the default class.
    pub storage_class: Option<String>,
    /// Bytes of one.
    pub bytes: i128,
    /// The number of bytes, or the class where no number is stated.
    pub span: Span,
    /// The class, where one is named.
    pub class_span: Span,
    /// How many there will ever be: a claim outlives the pod that a scale-down takes away, so the largest count is
    /// charged in every state.
    pub count: Count,
    /// Whether it is made with a pod and goes with it, so that it keeps no pod anywhere: `volumes[].ephemeral`.
    pub ephemeral: bool,
}

impl Claim {
    pub(super) fn read(object: usize, owner: &Object, body: &Node, name: &str) -> Self {
        let request = body.at(&["spec", "resources", "requests", "storage"]);
        let class = storage_class(body);
        Self {
            object,
            instance: owner.instance,
            namespace: owner.namespace.clone(),
            name: name.to_owned(),
            storage_class: class.and_then(Node::as_str).map(str::to_owned),
            bytes: request.and_then(Quantity::of).map_or(0, Quantity::value),
            span: request.map_or(owner.span, Node::span),
            class_span: class.map_or(Span::NONE, Node::span),
            count: Count { value: 1, span: Span::NONE },
            ephemeral: false,
        }
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> i128 {
        self.bytes * self.count.value
    }
}

/// The annotation by which a claim names its storage class. The API server and its controllers honour it, and before the
/// field: `GetPersistentVolumeClaimClass` in `k8s.io/component-helpers/storage/volume/helpers.go`.
const CLASS_ANNOTATION: &str = "volume.beta.kubernetes.io/storage-class";

/// Where a claim names its storage class.
fn storage_class(body: &Node) -> Option<&Node> {
    let noted = body.at(&["metadata", "annotations", CLASS_ANNOTATION]);
    noted.or_else(|| body.at(&["spec", "storageClassName"]))
}

/// The claims of a workload, as positions in `claims`: those that each pod has one of, and those that all share.
/// Claims that templates state are added to the list, behind the `plain` ones that are objects of their own.
pub(super) fn read_claims(
    index: usize,
    object: &Object,
    pod_spec: &Node,
    scale: Scale,
    plain: usize,
    claims: &mut Vec<Claim>,
) -> (Vec<usize>, Vec<usize>) {
    let count = if scale.peak.value >= scale.steady.value { scale.peak } else { scale.steady };
    let volumes = pod_spec.get("volumes").map(Node::items).unwrap_or_default();
    let shared = volumes
        .iter()
        .filter_map(|volume| volume.at(&["persistentVolumeClaim", "claimName"]).and_then(Node::as_str))
        .filter_map(|name| {
            let named = |claim: &Claim| claim.name == name && claim.namespace == object.namespace;
            claims[..plain].iter().position(named)
        })
        .collect();
    let templates = object.body.at(&["spec", "volumeClaimTemplates"]).map(Node::items).unwrap_or_default();
    let templates = templates.iter().map(|template| (template.at(&["metadata", "name"]), template, false));
    let ephemeral = volumes.iter().filter_map(|volume| {
        volume.at(&["ephemeral", "volumeClaimTemplate"]).map(|template| (volume.get("name"), template, true))
    });
    let mut own = Vec::new();
    for (name, template, ephemeral) in templates.chain(ephemeral) {
        let name = name.and_then(Node::as_str).unwrap_or_default();
        own.push(claims.len());
        claims.push(Claim { count, ephemeral, ..Claim::read(index, object, template, name) });
    }
    (own, shared)
}
