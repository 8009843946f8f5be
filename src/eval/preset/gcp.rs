//! The types of machines of Google Cloud, and what GKE sets aside of them.
//!
//! - CPU and memory of a type: <https://cloud.google.com/compute/docs/general-purpose-machines>. Types that share a core are left out: GKE
//!   sets more aside of them, and they have no name that says how much.
//! - Pods: 110 for each node of a Standard cluster, unless its pool says otherwise.
//! - Volumes: `getVolumeLimits` of `pkg/gce-pd-csi-driver/node.go` and `pkg/constants/constants.go` of kubernetes-sigs/gcp-compute-persistent-disk-csi-driver.
//! - What is set aside: <https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes>, whose 400 milli-cores above 110 pods
//!   `package/upgrade/upgrade_node.sh` of harvester/harvester has in its words. The same steps are in
//!   `cluster-autoscaler/cloudprovider/gce/reserved.go` of kubernetes/autoscaler, which counts the GiB of the steps as 1000 MiB each, and so a
//!   little less.

use super::{Kind, Part, mebibytes_by_steps, steps};

/// Families with MiB of memory for a virtual CPU, whether they are Arm, and the sizes that they come in.
const FAMILIES: [(&str, i128, bool, &[i128]); 22] = [
    ("e2-standard", 4096, false, &[2, 4, 8, 16, 32]),
    ("e2-highmem", 8192, false, &[2, 4, 8, 16]),
    ("e2-highcpu", 1024, false, &[2, 4, 8, 16, 32]),
    ("n1-standard", 3840, false, &[1, 2, 4, 8, 16, 32, 64, 96]),
    ("n2-standard", 4096, false, &[2, 4, 8, 16, 32, 48, 64, 80, 96, 128]),
    ("n2-highmem", 8192, false, &[2, 4, 8, 16, 32, 48, 64, 80]),
    ("n2-highcpu", 1024, false, &[2, 4, 8, 16, 32, 48, 64, 80, 96]),
    ("n2d-standard", 4096, false, &[2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224]),
    ("n2d-highmem", 8192, false, &[2, 4, 8, 16, 32, 48, 64, 80, 96]),
    ("n2d-highcpu", 1024, false, &[2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224]),
    ("n4-standard", 4096, false, &[2, 4, 8, 16, 32, 48, 64, 80]),
    ("n4-highmem", 8192, false, &[2, 4, 8, 16, 32, 48, 64, 80]),
    ("n4-highcpu", 2048, false, &[2, 4, 8, 16, 32, 48, 64, 80]),
    ("c2-standard", 4096, false, &[4, 8, 16, 30, 60]),
    ("c3-standard", 4096, false, &[4, 8, 22, 44, 88, 176]),
    ("c3-highmem", 8192, false, &[4, 8, 22, 44, 88, 176]),
    ("c3-highcpu", 2048, false, &[4, 8, 22, 44, 88, 176]),
    ("c3d-standard", 4096, false, &[4, 8, 16, 30, 60, 90, 180, 360]),
    ("t2d-standard", 4096, false, &[1, 2, 4, 8, 16, 32, 48, 60]),
    ("t2a-standard", 4096, true, &[1, 2, 4, 8, 16, 32, 48]),
    ("c4a-standard", 4096, true, &[1, 2, 4, 8, 16, 32, 48, 64, 72]),
    ("c4a-highmem", 8192, true, &[1, 2, 4, 8, 16, 32, 48, 64, 72]),
];

/// `DEFAULT_MAX_PODS` of a Standard cluster: <https://cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr>.
const PODS: i128 = 110;

/// What is known of a type.
pub(super) fn kind(instance_type: &str) -> Option<Kind> {
    let (family, size) = instance_type.rsplit_once('-')?;
    let (_, each, is_arm, sizes) = FAMILIES.iter().find(|(name, ..)| *name == family)?;
    let cpus = *sizes.iter().find(|cpus| cpus.to_string() == size)?;
    Some(Kind { cpus, mebibytes: each * cpus, pods: Some(PODS), volumes: volumes(family, cpus), is_arm: *is_arm })
}

/// How many disks a machine of a family with so many CPUs attaches: of those that take Hyperdisks only it depends on the CPUs.
fn volumes(family: &str, cpus: i128) -> i128 {
    let steps: &[(i128, i128)] = match family.split_once('-').map(|(series, _)| series) {
        Some("n4") => &[(8, 15), (i128::MAX, 31)],
        Some("c4a") => &[(2, 7), (8, 15), (48, 31), (i128::MAX, 63)],
        _ => &[],
    };
    steps.iter().find(|(most, _)| cpus <= *most).map_or(127, |(_, volumes)| *volumes)
}

/// What GKE sets aside on a machine with so many milli-cores, MiB and pods; 400m more where there may be more than 110 pods.
pub(super) fn reserve(cpu: i128, mebibytes: i128, pods: i128) -> Part {
    let more = if pods > PODS { 400 } else { 0 };
    let cpu = steps(cpu, &[(1000, 600), (2000, 100), (4000, 50), (i128::MAX, 25)]) + more;
    Part { cpu, memory: mebibytes_by_steps(mebibytes) + (100 << 20) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_family_and_size() {
        assert_eq!(kind("e2-standard-4").map(|one| (one.cpus, one.mebibytes, one.is_arm)), Some((4, 16 << 10, false)));
        assert_eq!(kind("n1-standard-4").map(|one| one.mebibytes), Some(15 << 10));
        assert_eq!(kind("t2a-standard-8").map(|one| one.is_arm), Some(true));
        let volumes = |name: &str| kind(name).map(|one| one.volumes);
        assert_eq!(
            (volumes("e2-standard-2"), volumes("n4-standard-8"), volumes("n4-highcpu-16")),
            (Some(127), Some(15), Some(31))
        );
        assert_eq!((volumes("c4a-standard-1"), volumes("c4a-highmem-72")), (Some(7), Some(63)));
        for unknown in ["e2-medium", "e2-standard-3", "e2-standard-04", "e2-standard", "m6i.xlarge"] {
            assert_eq!(kind(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn gke_sets_aside_what_its_page_says() {
        // 25 % of 4 GiB, 20 % of 4, 10 % of 8, and 100 MiB.
        let memory = (1i128 << 30) + (4 << 30) / 5 + 1 + (8 << 30) / 10 + 1 + (100 << 20);
        let reserved = reserve(4000, 16 << 10, 110);
        assert_eq!(reserved.cpu, 80);
        assert!(reserved.memory <= memory && memory - reserved.memory <= 2, "{reserved:?}");
        assert_eq!(reserve(4000, 16 << 10, 256).cpu, 480);
    }
}
