//! The types of machines of AWS, with their pods, and what EKS sets aside of them.
//!
//! - CPU and memory of a type: the families' pages under <https://aws.amazon.com/ec2/instance-types/>, each row held against
//!   `cluster-autoscaler/cloudprovider/aws/ec2_instance_types.go` of kubernetes/autoscaler, which is generated from the list of EC2.
//! - Pods: `templates/shared/runtime/eni-max-pods.txt` of awslabs/amazon-eks-ami, without prefix delegation.
//! - Volumes: `pkg/cloud/limits/volume_limits{,_table}.go` and `getVolumesLimit` of `pkg/driver/node.go` of kubernetes-sigs/aws-ebs-csi-driver, less the one
//!   that the machine starts from. Where volumes and network interfaces share what there is, all interfaces are taken off that the type may have
//!   (`pkg/vpc/vpc_ip_resource_limit.go` of aws/amazon-vpc-cni-k8s): the driver counts those that are there when it starts, and more come with pods.
//! - What is set aside: `getCPUMillicoresToReserve` and `getMemoryMebibytesToReserve` of `nodeadm/internal/kubelet/config.go` of
//!   awslabs/amazon-eks-ami, and its `memory.available` of 100 Mi of `evictionHard`.

use super::{Kind, Part, steps};

/// Families with GiB of memory for a virtual CPU, and whether they are Arm.
const FAMILIES: [(&str, i128, bool); 22] = [
    ("m5", 4, false),
    ("m5a", 4, false),
    ("m6a", 4, false),
    ("m6i", 4, false),
    ("m7a", 4, false),
    ("m7i", 4, false),
    ("m6g", 4, true),
    ("m7g", 4, true),
    ("m8g", 4, true),
    ("c6a", 2, false),
    ("c6i", 2, false),
    ("c7a", 2, false),
    ("c7i", 2, false),
    ("c6g", 2, true),
    ("c7g", 2, true),
    ("c8g", 2, true),
    ("r5", 8, false),
    ("r6a", 8, false),
    ("r6i", 8, false),
    ("r7i", 8, false),
    ("r6g", 8, true),
    ("r7g", 8, true),
];

/// Families whose volumes take no place of a network interface.
const DEDICATED: [&str; 7] = ["m7a", "m7i", "m8g", "c7a", "c7i", "c8g", "r7i"];

/// Sizes that all of these families have, with virtual CPUs, pods, and the volumes that those of them attach which share them with nothing.
const SIZES: [(&str, i128, i128, i128); 7] = [
    ("large", 2, 29, 32),
    ("xlarge", 4, 58, 32),
    ("2xlarge", 8, 58, 32),
    ("4xlarge", 16, 234, 32),
    ("8xlarge", 32, 234, 32),
    ("12xlarge", 48, 234, 32),
    ("16xlarge", 64, 737, 48),
];

/// What volumes and network interfaces share on a machine of the other families, as the driver counts it.
const SHARED: i128 = 27;
/// Network interfaces that a machine with so many pods may have.
const INTERFACES: [(i128, i128); 6] = [(17, 3), (29, 3), (35, 3), (58, 4), (234, 8), (737, 15)];

/// Types that follow another rule: virtual CPUs, GiB, pods.
const OTHERS: [(&str, i128, i128, i128); 12] = [
    ("t3.medium", 2, 4, 17),
    ("t3.large", 2, 8, 35),
    ("t3.xlarge", 4, 16, 58),
    ("t3.2xlarge", 8, 32, 58),
    ("c5.large", 2, 4, 29),
    ("c5.xlarge", 4, 8, 58),
    ("c5.2xlarge", 8, 16, 58),
    ("c5.4xlarge", 16, 32, 234),
    ("c5.9xlarge", 36, 72, 234),
    ("c5.12xlarge", 48, 96, 234),
    ("c5.18xlarge", 72, 144, 737),
    ("c5.24xlarge", 96, 192, 737),
];

/// What is known of a type.
pub(super) fn kind(instance_type: &str) -> Option<Kind> {
    let others = OTHERS.iter().find(|(name, ..)| *name == instance_type);
    let (cpus, gibibytes, pods, own, is_arm) = match others {
        Some((_, cpus, gibibytes, pods)) => (*cpus, *gibibytes, *pods, None, false),
        None => {
            let (family, size) = instance_type.split_once('.')?;
            let (_, each, is_arm) = FAMILIES.iter().find(|(name, ..)| *name == family)?;
            let (_, cpus, pods, volumes) = SIZES.iter().find(|(name, ..)| *name == size)?;
            let own = DEDICATED.contains(&family).then_some(*volumes);
            (*cpus, each * cpus, *pods, own, *is_arm)
        }
    };
    // The volume that the machine starts from is one of them, and its first interface is not counted.
    let (_, interfaces) = INTERFACES.iter().find(|(of, _)| *of == pods)?;
    let volumes = own.unwrap_or(SHARED - (interfaces - 1)) - 1;
    Some(Kind { cpus, mebibytes: gibibytes << 10, pods: Some(pods), volumes, is_arm })
}

/// What EKS sets aside on a machine with so many milli-cores and pods.
pub(super) fn reserve(cpu: i128, pods: i128) -> Part {
    Part {
        cpu: steps(cpu, &[(1000, 600), (2000, 100), (4000, 50), (i128::MAX, 25)]),
        memory: (255 + 11 * pods + 100) << 20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_family_and_size() {
        let known = kind("m6i.xlarge").expect("it is in the table");
        assert_eq!((known.cpus, known.mebibytes, known.pods, known.is_arm), (4, 16 << 10, Some(58), false));
        assert_eq!(kind("r6g.2xlarge").map(|one| (one.cpus, one.is_arm)), Some((8, true)));
        assert_eq!(kind("c5.9xlarge").map(|one| one.cpus), Some(36));
        assert_eq!(kind("m6i.metal"), None);
    }

    #[test]
    fn newer_families_attach_volumes_beside_their_interfaces() {
        let volumes = |name: &str| kind(name).map(|one| one.volumes);
        assert_eq!((volumes("m7i.large"), volumes("m7i.16xlarge")), (Some(31), Some(47)));
        assert_eq!((volumes("m7g.large"), volumes("m5.xlarge")), (Some(24), Some(23)));
        assert_eq!(
            (volumes("m5.4xlarge"), volumes("c5.18xlarge"), volumes("t3.medium")),
            (Some(19), Some(12), Some(24))
        );
        for name in FAMILIES.iter().flat_map(|(family, ..)| SIZES.map(|(size, ..)| format!("{family}.{size}"))) {
            assert!(volumes(&name).is_some_and(|most| most > 0), "{name}");
        }
        for (name, ..) in OTHERS {
            assert!(volumes(name).is_some_and(|most| most > 0), "{name}");
        }
    }

    #[test]
    fn eks_sets_aside_what_its_formula_says() {
        // A node of m6i.xlarge shows 3920m of 4.
        assert_eq!(reserve(4000, 58), Part { cpu: 80, memory: (255 + 638 + 100) << 20 });
        assert_eq!(reserve(2000, 29).cpu, 70);
        assert_eq!(reserve(16_000, 234).cpu, 110);
    }
}
