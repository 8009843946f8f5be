//! The types of machines of AWS, with their pods, and what EKS sets aside of them.
//!
//! - CPU and memory of a type: the families' pages under <https://aws.amazon.com/ec2/instance-types/>, each row held against
//!   `cluster-autoscaler/cloudprovider/aws/ec2_instance_types.go` of kubernetes/autoscaler, which is generated from the list of EC2.
//! - Pods: `templates/shared/runtime/eni-max-pods.txt` of awslabs/amazon-eks-ami, without prefix delegation.
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

/// Sizes that all of these families have, with virtual CPUs and pods.
const SIZES: [(&str, i128, i128); 7] = [
    ("large", 2, 29),
    ("xlarge", 4, 58),
    ("2xlarge", 8, 58),
    ("4xlarge", 16, 234),
    ("8xlarge", 32, 234),
    ("12xlarge", 48, 234),
    ("16xlarge", 64, 737),
];

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
    let (cpus, gibibytes, pods, is_arm) = match others {
        Some((_, cpus, gibibytes, pods)) => (*cpus, *gibibytes, *pods, false),
        None => {
            let (family, size) = instance_type.split_once('.')?;
            let (_, each, is_arm) = FAMILIES.iter().find(|(name, ..)| *name == family)?;
            let (_, cpus, pods) = SIZES.iter().find(|(name, ..)| *name == size)?;
            (*cpus, each * cpus, *pods, *is_arm)
        }
    };
    Some(Kind { cpus, mebibytes: gibibytes << 10, pods: Some(pods), is_arm })
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
    fn eks_sets_aside_what_its_formula_says() {
        // A node of m6i.xlarge shows 3920m of 4.
        assert_eq!(reserve(4000, 58), Part { cpu: 80, memory: (255 + 638 + 100) << 20 });
        assert_eq!(reserve(2000, 29).cpu, 70);
        assert_eq!(reserve(16_000, 234).cpu, 110);
    }
}
