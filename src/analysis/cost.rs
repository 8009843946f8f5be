//! What the hardware costs a month.

use crate::eval::model::{Hardware, NetworkStorage, Node};
use crate::fit::read::demand::Demand;
use crate::fit::sums::disks::class_of;
use crate::objects::quantity::ceil_div;

/// A storage says what so many bytes cost: a thousand GB.
const PRICED: i128 = 1_000_000_000_000;

/// The sum over all nodes, and all volumes of network storage, that say what they cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Euro cents a month with the pools at their least.
    pub least: i128,
    /// Euro cents a month with the pools at their most.
    pub most: i128,
    /// How much of both is network storage. Claims outlive a scale-down, so that as many are paid as there may ever be.
    pub storage: i128,
    /// Node types that do not say, and storages of which there are volumes.
    pub unknown: Vec<String>,
}

impl Cost {
    /// The cost of a hardware with all claims on it; nothing when neither a node nor a storage that is used states any.
    pub(crate) fn of(hardware: &Hardware, demand: &Demand, default: Option<&str>) -> Option<Self> {
        let sum = |count: &dyn Fn(&Node) -> u64| -> i128 {
            let stated = hardware.nodes.iter().filter_map(|node| Some(node.cost?.value * i128::from(count(node))));
            stated.sum()
        };
        let (known, unknown): (Vec<&Node>, Vec<&Node>) = hardware.nodes.iter().partition(|node| node.cost.is_some());
        let bytes = |storage: &NetworkStorage| -> i128 {
            let own = demand.claims.iter().filter(|claim| class_of(claim, default) == Some(&storage.storage_class));
            own.map(|claim| claim.claim.total()).sum()
        };
        let used = || hardware.storages.iter().filter(|storage| bytes(storage) > 0);
        let priced = used().filter_map(|storage| Some(ceil_div(storage.cost?.value * bytes(storage), PRICED)));
        let storage: i128 = priced.sum();
        let unpriced = used().filter(|storage| storage.cost.is_none()).map(|storage| storage.name.clone());
        let is_known = !known.is_empty() || used().any(|storage| storage.cost.is_some());
        is_known.then(|| Self {
            least: sum(&|node| node.least.unwrap_or(node.count)) + storage,
            most: sum(&|node| node.count) + storage,
            storage,
            unknown: unknown.into_iter().map(|node| node.name.clone()).chain(unpriced).collect(),
        })
    }

    /// `€255 to €935 a month`.
    #[must_use]
    pub fn words(&self) -> String {
        let (least, most) = (euros(self.least), euros(self.most));
        let amount = if least == most { most } else { format!("{least} to {most}") };
        let names: Vec<String> = self.unknown.iter().map(|name| format!("`{name}`")).collect();
        let without = if names.is_empty() {
            String::new()
        } else {
            format!(", without {}, which states no cost", names.join(", "))
        };
        let volumes = match self.storage {
            0 => String::new(),
            storage => format!(" with {} for network storage", euros(storage)),
        };
        format!("{amount} a month{volumes}{without}")
    }
}

/// `€85`, `€4.50`.
pub(crate) fn euros(cents: i128) -> String {
    match cents % 100 {
        0 => format!("€{}", cents / 100),
        rest => format!("€{}.{rest:02}", cents / 100),
    }
}
