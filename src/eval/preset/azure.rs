//! The types of machines of Azure, and what AKS sets aside of them.
//!
//! - CPU and memory of a type: <https://learn.microsoft.com/azure/virtual-machines/sizes>, each row held against
//!   `cluster-autoscaler/cloudprovider/azure/azure_instance_types.go` of kubernetes/autoscaler, which is generated from Azure's own list of SKUs. Sizes
//!   at the upper end that have less memory for a CPU (`Standard_D64ps_v5`: 208 GiB) are left out.
//! - Pods: no type says how many. It is `maxPods` of the node pool, whose default depends on the network plugin (30, 110 or 250), so it has to be
//!   stated:
//!   <https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning>.
//! - Volumes: `pkg/azuredisk/azure_dd_max_disk_count.go` of kubernetes-sigs/azuredisk-csi-driver, which is generated from the same list of SKUs: two for
//!   each CPU, at most 32, of every one of these types.
//! - What is set aside: <https://learn.microsoft.com/azure/aks/node-resource-reservations>, whose table of CPUs is steps of 60, 40, 20 and 10
//!   milli-cores.
//!   It writes MB where the kubelet is given MiB.

use super::{Kind, Part, mebibytes_by_steps, steps};

/// Families, `Standard_` and the number left out, with MiB of memory for a virtual CPU, whether they are Arm, and the sizes that they come in.
const FAMILIES: [(&str, &str, i128, bool, &[i128]); 17] = [
    ("D", "_v5", 4096, false, &[2, 4, 8, 16, 32, 48, 64, 96]),
    ("D", "s_v5", 4096, false, &[2, 4, 8, 16, 32, 48, 64, 96]),
    ("D", "d_v5", 4096, false, &[2, 4, 8, 16, 32, 48, 64, 96]),
    ("D", "ds_v5", 4096, false, &[2, 4, 8, 16, 32, 48, 64, 96]),
    ("D", "as_v5", 4096, false, &[2, 4, 8, 16, 32, 48, 64, 96]),
    ("D", "ads_v5", 4096, false, &[2, 4, 8, 16, 32, 48, 64, 96]),
    ("D", "s_v3", 4096, false, &[2, 4, 8, 16, 32, 48, 64]),
    ("D", "ls_v5", 2048, false, &[2, 4, 8, 16, 32, 48, 64, 96]),
    ("D", "ps_v5", 4096, true, &[2, 4, 8, 16, 32, 48]),
    ("D", "pds_v5", 4096, true, &[2, 4, 8, 16, 32, 48]),
    ("D", "pls_v5", 2048, true, &[2, 4, 8, 16, 32, 48, 64]),
    ("E", "_v5", 8192, false, &[2, 4, 8, 16, 20, 32, 48, 64]),
    ("E", "s_v5", 8192, false, &[2, 4, 8, 16, 20, 32, 48, 64]),
    ("E", "ds_v5", 8192, false, &[2, 4, 8, 16, 20, 32, 48, 64]),
    ("E", "as_v5", 8192, false, &[2, 4, 8, 16, 20, 32, 48, 64]),
    ("E", "ps_v5", 8192, true, &[2, 4, 8, 16, 20]),
    ("F", "s_v2", 2048, false, &[2, 4, 8, 16, 32, 48, 64, 72]),
];

/// No type of these families attaches more.
const MOST_VOLUMES: i128 = 32;

/// Since when the memory that is set aside depends on the pods.
const BY_PODS: (u32, u32) = (1, 29);

/// What is known of a type. The API takes its name in any case, and labels have it as it is written here.
pub(super) fn kind(instance_type: &str) -> Option<Kind> {
    let size = instance_type.strip_prefix("Standard_")?;
    FAMILIES.iter().find_map(|(series, rest, each, is_arm, sizes)| {
        let number = size.strip_prefix(series)?.strip_suffix(rest)?;
        let cpus = *sizes.iter().find(|cpus| cpus.to_string() == number)?;
        Some(Kind { cpus, mebibytes: each * cpus, pods: None, volumes: (2 * cpus).min(MOST_VOLUMES), is_arm: *is_arm })
    })
}

/// What AKS sets aside on a machine with so many milli-cores, MiB and pods; where no version is declared, that of a version which is still served.
pub(super) fn reserve(cpu: i128, mebibytes: i128, pods: i128, kubernetes: Option<(u32, u32)>) -> Part {
    let memory = if kubernetes.is_none_or(|version| version >= BY_PODS) {
        ((20 * pods + 50) << 20).min((mebibytes << 20) / 4) + (100 << 20)
    } else {
        mebibytes_by_steps(mebibytes) + (750 << 20)
    };
    Part { cpu: steps(cpu, &[(1000, 600), (2000, 400), (4000, 200), (i128::MAX, 100)]), memory }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_series_and_size() {
        assert_eq!(kind("Standard_D4s_v5").map(|one| (one.cpus, one.mebibytes, one.pods)), Some((4, 16 << 10, None)));
        assert_eq!(kind("Standard_E8ds_v5").map(|one| one.mebibytes), Some(64 << 10));
        assert_eq!(kind("Standard_D8pds_v5").map(|one| one.is_arm), Some(true));
        assert_eq!(kind("Standard_D4s_v5").map(|one| one.volumes), Some(8));
        assert_eq!(kind("Standard_F72s_v2").map(|one| one.volumes), Some(32));
        for unknown in
            ["Standard_D3s_v5", "Standard_E96s_v5", "Standard_D64ps_v5", "D4s_v5", "Standard_D04s_v5", "Standard_B2s"]
        {
            assert_eq!(kind(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn aks_sets_aside_what_its_table_says() {
        let table = [(1, 60), (2, 100), (4, 140), (8, 180), (16, 260), (32, 420), (64, 740)];
        for (cpus, reserved) in table {
            assert_eq!(reserve(cpus * 1000, 8 << 10, 30, None).cpu, reserved, "{cpus}");
        }
        // The two examples of the page, and 100 MiB.
        assert_eq!(reserve(2000, 8 << 10, 30, Some((1, 29))).memory, 750 << 20);
        assert_eq!(reserve(2000, 4 << 10, 70, Some((1, 33))).memory, (1024 + 100) << 20);
        assert_eq!(reserve(2000, 4 << 10, 30, Some((1, 28))).memory, (1024 + 750) << 20);
    }
}
