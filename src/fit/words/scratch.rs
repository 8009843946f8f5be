//! Scratch volumes that are larger than what is there, for people.

use crate::fit::sums::scratch::{Promised, Shortage};
use crate::objects::quantity::bytes_text;

/// `` `cache` of `api` may hold 50 GiB, and a node of `lab.s` has 10 GB of ephemeral storage ``.
#[must_use]
pub fn promised(one: &Promised) -> String {
    let label = &one.label;
    let (most, there) = (bytes_text(one.most), bytes_text(one.there));
    let volume = format!("the volume `{}` of `{label}` may hold {most}", one.volume);
    match &one.why {
        Shortage::Node { node } => format!("{volume}, and a node of `{node}` has {there} of ephemeral storage"),
        Shortage::Nodes { pods } => format!(
            "the scratch volumes of {pods} pods may hold {most}, most of it `{}` of `{label}`, and all nodes have {there} of ephemeral storage",
            one.volume
        ),
        Shortage::Limits => format!("{volume} in memory, and the containers of its pod may use {there}"),
        Shortage::Memory { node } => format!("{volume} in memory, and a node of `{node}` has {there} for pods"),
    }
}

/// What comes of it.
#[must_use]
pub fn consequence(why: &Shortage) -> &'static str {
    match why {
        Shortage::Node { .. } | Shortage::Nodes { .. } => {
            "the scheduler does not look at it; the kubelet evicts pods when the file system of its node is full"
        }
        Shortage::Limits => "the memory limits cap the volume: what is written beyond them kills a container",
        Shortage::Memory { .. } => {
            "the scheduler does not look at it; the kubelet evicts pods when the memory of its node is full"
        }
    }
}

/// What would be true of it.
#[must_use]
pub fn smaller(one: &Promised) -> String {
    let there = bytes_text(one.there);
    match one.why {
        Shortage::Node { .. } | Shortage::Memory { .. } => {
            format!("give the volume a `sizeLimit` of less than {there}, or a claim on a disk")
        }
        Shortage::Nodes { .. } => format!("give the volumes less than {there} together, or claims on disks"),
        Shortage::Limits => {
            format!("give the volume a `sizeLimit` of less than {there}, or the containers a higher limit")
        }
    }
}
