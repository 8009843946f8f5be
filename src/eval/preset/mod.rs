//! What is known of the machines of a cloud by their type: how much they have, how many pods, and what the managed Kubernetes of that cloud sets
//! aside of it.
//! Each cloud has a module, which names its sources.
//!
//! A hypervisor and the kernel keep a part of the memory: 7.5 % of it, the default of `vm-memory-overhead-percent` of Karpenter
//! (`pkg/operator/options/options.go` of aws/karpenter-provider-aws and of Azure/karpenter-provider-azure), which is more than what is measured.

mod aws;
mod azure;
mod gcp;

use super::model::{Amount, Reserve};
use crate::source::Span;

/// A type of machine, as its cloud describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    cpus: i128,
    mebibytes: i128,
    /// How many pods a node of it has, where the type says so.
    pods: Option<i128>,
    /// How many volumes of the cloud a node of it attaches beside the one that it starts from.
    volumes: i128,
    is_arm: bool,
}

/// Milli-cores and bytes that are set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    cpu: i128,
    memory: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cloud {
    Aws,
    Gcp,
    Azure,
}

/// What is known of a type of machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Preset {
    cloud: Cloud,
    mebibytes: i128,
    /// Milli-cores.
    pub(super) cpu: i128,
    /// Bytes that a kernel shows, at least.
    pub(super) memory: i128,
    volumes: i128,
    /// None where no type decides it.
    pub(super) pods: Option<i128>,
    pub(super) arch: &'static str,
}

/// The drivers of volumes that these clouds attach to machines.
pub(super) const DRIVERS: [&str; 3] = ["ebs.csi.aws.com", "pd.csi.storage.gke.io", "disk.csi.azure.com"];

impl Preset {
    /// How many volumes of a driver a node of the type attaches, where the driver is that of its cloud.
    pub(super) fn attaches(&self, driver: &str) -> Option<i128> {
        let own = match self.cloud {
            Cloud::Aws => DRIVERS[0],
            Cloud::Gcp => DRIVERS[1],
            Cloud::Azure => DRIVERS[2],
        };
        (own == driver).then_some(self.volumes)
    }

    /// What is known of a type of a provider.
    pub(super) fn of(provider: &str, instance_type: &str) -> Option<Self> {
        let (cloud, kind) = match provider {
            "aws" => (Cloud::Aws, aws::kind(instance_type)?),
            "gcp" => (Cloud::Gcp, gcp::kind(instance_type)?),
            "azure" => (Cloud::Azure, azure::kind(instance_type)?),
            _ => return None,
        };
        Some(Self {
            cloud,
            mebibytes: kind.mebibytes,
            cpu: kind.cpus * 1000,
            memory: (kind.mebibytes << 20) * 925 / 1000,
            volumes: kind.volumes,
            pods: kind.pods,
            arch: if kind.is_arm { "arm64" } else { "amd64" },
        })
    }

    /// What EKS, GKE or AKS sets aside on a machine of the type that has so many CPUs and pods.
    pub(super) fn reserve(&self, cpu: i128, pods: i128, kubernetes: Option<(u32, u32)>, span: Span) -> Reserve {
        let (name, part) = match self.cloud {
            Cloud::Aws => ("eks", aws::reserve(cpu, pods)),
            Cloud::Gcp => ("gke", gcp::reserve(cpu, self.mebibytes, pods)),
            Cloud::Azure => ("aks", azure::reserve(cpu, self.mebibytes, pods, kubernetes)),
        };
        let amount = |value| Some(Amount { value, span });
        Reserve { name: name.to_owned(), cpu: amount(part.cpu), memory: amount(part.memory), disks: Vec::new(), span }
    }
}

/// The sum of shares of a number, in ten-thousandths of each of its steps, rounded up: where a step ends, and its share.
fn steps(number: i128, shares: &[(i128, i128)]) -> i128 {
    let mut from = 0;
    let mut sum = 0;
    for (to, share) in shares {
        sum += (number.min(*to) - from).max(0) * share;
        from = *to;
    }
    sum.div_euclid(10_000) + i128::from(sum.rem_euclid(10_000) > 0)
}

/// The bytes that GKE, and AKS before 1.29, set aside of so many MiB: 25 % of the first 4 GiB, 20 % of 4 more, 10 % of 8, 6 % of 112, 2 % of the
/// rest; of less than 1 GiB
/// 255 MiB.
fn mebibytes_by_steps(mebibytes: i128) -> i128 {
    if mebibytes < 1024 {
        return 255 << 20;
    }
    let gibibytes = |many: i128| many << 30;
    let shares =
        [(gibibytes(4), 2500), (gibibytes(8), 2000), (gibibytes(16), 1000), (gibibytes(128), 600), (i128::MAX, 200)];
    steps(mebibytes << 20, &shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_of_its_provider() {
        let preset = Preset::of("aws", "m6i.xlarge").expect("it is in the table");
        assert_eq!((preset.cpu, preset.memory, preset.pods, preset.arch), (4000, 15_891_378_995, Some(58), "amd64"));
        assert_eq!((preset.attaches("ebs.csi.aws.com"), preset.attaches("disk.csi.azure.com")), (Some(23), None));
        assert_eq!(Preset::of("gcp", "m6i.xlarge"), None);
        assert_eq!(Preset::of("azure", "e2-standard-4"), None);
        assert_eq!(Preset::of("none", "m6i.xlarge"), None);
    }

    #[test]
    fn steps_are_rounded_up_once() {
        assert_eq!(steps(3000, &[(1000, 600), (2000, 100), (4000, 50), (i128::MAX, 25)]), 75);
        assert_eq!(steps(4001, &[(4000, 0), (i128::MAX, 25)]), 1);
        assert_eq!(steps(0, &[(i128::MAX, 25)]), 0);
        assert_eq!(mebibytes_by_steps(512), 255 << 20);
    }
}
