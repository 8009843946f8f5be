//! What a cluster provisions over the network: known by the provisioners of its storage classes, with as many volumes on a
//! node as its drivers say (`spec.drivers` of `CSINode`).

use crate::data::Node as Tree;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::{Amount, NetworkStorage};
use crate::objects::Object;

/// Provisioners with the driver that they are today (`k8s.io/csi-translation-lib/plugins`),
/// whether a volume is in one zone, and whether it is attached to a node, of which a node takes so many.
const PROVISIONERS: [(&str, &str, bool, bool); 11] = [
    ("ebs.csi.aws.com", "ebs.csi.aws.com", true, true),
    ("kubernetes.io/aws-ebs", "ebs.csi.aws.com", true, true),
    ("pd.csi.storage.gke.io", "pd.csi.storage.gke.io", true, true),
    ("kubernetes.io/gce-pd", "pd.csi.storage.gke.io", true, true),
    ("disk.csi.azure.com", "disk.csi.azure.com", true, true),
    ("kubernetes.io/azure-disk", "disk.csi.azure.com", true, true),
    ("cinder.csi.openstack.org", "cinder.csi.openstack.org", true, true),
    ("efs.csi.aws.com", "efs.csi.aws.com", false, false),
    ("file.csi.azure.com", "file.csi.azure.com", false, false),
    ("filestore.csi.storage.gke.io", "filestore.csi.storage.gke.io", false, false),
    ("nfs.csi.k8s.io", "nfs.csi.k8s.io", false, false),
];

/// The network storages of a cluster, one for each storage class of which it is known.
pub(super) fn read(objects: &[Object], found: &mut Diagnostics) -> Vec<NetworkStorage> {
    let is_of = |object: &&Object, kind: &str| object.group() == "storage.k8s.io" && object.kind == kind;
    let mut storages = Vec::new();
    for class in objects.iter().filter(|object| is_of(object, "StorageClass")) {
        let provisioner = class.body.get("provisioner").and_then(Tree::as_str).unwrap_or_default();
        let known = PROVISIONERS.iter().find(|(name, ..)| *name == provisioner);
        let Some((_, driver, zonal, is_attached)) = known else { continue };
        let nodes = objects.iter().filter(|object| is_of(object, "CSINode"));
        let limits = nodes.flat_map(|node| node.body.at(&["spec", "drivers"]).map(Tree::items).unwrap_or_default());
        let limits = limits.filter(|one| one.get("name").and_then(Tree::as_str) == Some(driver));
        let limit =
            limits.filter_map(|one| one.at(&["allocatable", "count"])?.as_integer()).min().filter(|limit| *limit > 0);
        if *is_attached && limit.is_none() {
            let message =
                format!("nothing says how many volumes of `{}` a node attaches, so no limit is counted", class.name);
            found.push(
                Diagnostic::warning(codes::HARDWARE, class.span, message)
                    .at("of this storage class")
                    .help("give what the drivers say as well: `kubectl get csinodes -o yaml`"),
            );
        }
        storages.push(NetworkStorage {
            name: class.name.clone(),
            span: class.span,
            storage_class: class.name.clone(),
            class_span: class.span,
            zonal: *zonal,
            attach_limit: limit.filter(|_| *is_attached).map(|value| Amount { value, span: class.span }),
            cost: None,
            snapshots: false,
        });
    }
    storages
}
