//! What is written of a machine and what such a machine never shows: memory as it is sold, a file system filled to the brim.

use super::context::Evaluator;
use super::model::{Amount, Node};
use super::value::{Record, ValueKind};
use crate::diag::{Diagnostic, codes};

const GIB: i128 = 1 << 30;

impl Evaluator<'_> {
    /// Refuses memory in whole gibibytes, unless somebody looked: that is what modules hold, and firmware and kernel take
    /// their part of it before `MemTotal`, which is what a kubelet reports (`pkg/kubelet/nodestatus/setters.go`).
    pub(super) fn refuse_unseen_memory(&mut self, record: &Record, name: &str, memory: &Amount) {
        let observed = record.get("observed").map(|(_, value)| value.clone());
        let is_observed = match observed {
            None => false,
            Some(value) => match value.kind {
                ValueKind::Bool(is_observed) => is_observed,
                _ => {
                    self.mismatch("`observed` is true or false", &value);
                    true
                }
            },
        };
        if is_observed || memory.value < GIB || memory.value % GIB != 0 {
            return;
        }
        let whole = memory.value / GIB;
        let message = format!("no kernel is left all of the {whole} GiB of `{name}`");
        self.report(
            Diagnostic::error(codes::HARDWARE, memory.span, message)
                .at("what its modules hold")
                .note("firmware and kernel take their part first; a kubelet reports `MemTotal` of `/proc/meminfo`")
                .help(format!(
                    "write `memory = {whole}GB`, which such a machine always has, or what it shows and `observed = true`"
                )),
        );
    }

    /// Refuses claims beside logs and layers of containers on a file system that keeps nothing free: whoever fills it takes
    /// every pod of the node along.
    pub(super) fn refuse_brimful_disks(&mut self, node: &Node) {
        for disk in &node.disks {
            let is_shared = disk.ephemeral.is_some() && disk.storage_class.is_some();
            if is_shared && disk.keep_free.as_ref().is_none_or(|free| free.value == 0) {
                let message =
                    format!("claims on `{}` of `{}` may fill the disk that its pods write to", disk.name, node.name);
                self.report(
                    Diagnostic::error(codes::HARDWARE, disk.span, message)
                        .at("has `ephemeral` and a `storage-class`, and keeps nothing free")
                        .note("no provisioner of local volumes enforces their size, and a kubelet evicts every pod when this disk is full")
                        .help(format!(
                            "write `keep-free {{ {} = 10% }}`, or take claims to a disk of their own",
                            disk.name
                        )),
                );
            }
        }
    }
}
