//! What is known of the machines of a cloud by their type: how much they have, how many pods, and what EKS sets aside of it.
//!
//! - CPU and memory of a type: the families' pages under <https://aws.amazon.com/ec2/instance-types/>. A hypervisor keeps a part of the memory: 7.5 % of it,
//!   the default of `--vm-memory-overhead-percent` of Karpenter (`pkg/operator/options/options.go` of aws/karpenter-provider-aws), which is more than
//!   what is measured (`pkg/providers/instancetype/zz_generated.memory_overhead.go`).
//! - Pods: `templates/shared/runtime/eni-max-pods.txt` of awslabs/amazon-eks-ami, without prefix delegation.
//! - What is set aside: `getCPUMillicoresToReserve` and `getMemoryMebibytesToReserve` of `nodeadm/internal/kubelet/config.go` of
//!   awslabs/amazon-eks-ami, and its `memory.available` of 100 Mi of `evictionHard`.

use super::model::{Amount, Reserve};
use crate::source::Span;

/// Families with GiB of memory for a virtual CPU, and whether they are Arm.
const FAMILIES: [(&str, i128, bool); 13] = [
    ("m5", 4, false),
    ("m6i", 4, false),
    ("m7i", 4, false),
    ("m6g", 4, true),
    ("m7g", 4, true),
    ("c6i", 2, false),
    ("c7i", 2, false),
    ("c6g", 2, true),
    ("c7g", 2, true),
    ("r5", 8, false),
    ("r6i", 8, false),
    ("r7i", 8, false),
    ("r6g", 8, true),
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

/// A type of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Preset {
    /// Milli-cores.
    pub(super) cpu: i128,
    /// Bytes that a kernel shows, at least.
    pub(super) memory: i128,
    pub(super) pods: i128,
    pub(super) arch: &'static str,
}

impl Preset {
    /// What is known of a type of a provider.
    pub(super) fn of(provider: &str, instance_type: &str) -> Option<Self> {
        if provider != "aws" {
            return None;
        }
        let others = OTHERS.iter().find(|(name, ..)| *name == instance_type);
        let (cpu, gibibytes, pods, is_arm) = match others {
            Some((_, cpu, gibibytes, pods)) => (*cpu, *gibibytes, *pods, false),
            None => {
                let (family, size) = instance_type.split_once('.')?;
                let (_, each, is_arm) = FAMILIES.iter().find(|(name, ..)| *name == family)?;
                let (_, cpu, pods) = SIZES.iter().find(|(name, ..)| *name == size)?;
                (*cpu, each * cpu, *pods, *is_arm)
            }
        };
        let memory = (gibibytes << 30) * 925 / 1000;
        Some(Self { cpu: cpu * 1000, memory, pods, arch: if is_arm { "arm64" } else { "amd64" } })
    }

    /// What EKS sets aside on a machine with so many CPUs and pods.
    pub(super) fn reserve(cpu: i128, pods: i128, span: Span) -> Reserve {
        let steps = [(0, 1000, 600), (1000, 2000, 100), (2000, 4000, 50), (4000, cpu.max(4000), 25)];
        let part =
            |(from, to, share): (i128, i128, i128)| if cpu <= from { 0 } else { (cpu.min(to) - from) * share / 10_000 };
        let amount = |value| Some(Amount { value, span });
        Reserve {
            name: "eks".to_owned(),
            cpu: amount(steps.into_iter().map(part).sum()),
            memory: amount((255 + 11 * pods + 100) << 20),
            disks: Vec::new(),
            span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_family_and_size() {
        let preset = Preset::of("aws", "m6i.xlarge").expect("it is in the table");
        assert_eq!((preset.cpu, preset.memory, preset.pods, preset.arch), (4000, 15_891_378_995, 58, "amd64"));
        assert_eq!(Preset::of("aws", "r6g.2xlarge").map(|one| (one.cpu, one.arch)), Some((8000, "arm64")));
        assert_eq!(Preset::of("aws", "c5.9xlarge").map(|one| one.cpu), Some(36_000));
        assert_eq!(Preset::of("gcp", "m6i.xlarge"), None);
        assert_eq!(Preset::of("aws", "m6i.metal"), None);
    }

    #[test]
    fn eks_sets_aside_what_its_formula_says() {
        let reserve = |cpu, pods| Preset::reserve(cpu, pods, Span::NONE);
        let amount = |amount: Option<Amount>| amount.map_or(0, |amount| amount.value);
        // A node of m6i.xlarge shows 3920m of 4.
        assert_eq!(amount(reserve(4000, 58).cpu), 80);
        assert_eq!(amount(reserve(4000, 58).memory), (255 + 638 + 100) << 20);
        assert_eq!(amount(reserve(2000, 29).cpu), 70);
        assert_eq!(amount(reserve(16_000, 234).cpu), 110);
    }
}
