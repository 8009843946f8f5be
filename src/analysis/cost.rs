//! What the hardware costs a month.

use crate::eval::model::{Hardware, Node};

/// The sum over all nodes that say what they cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Euro cents a month with the pools at their least.
    pub least: i128,
    /// Euro cents a month with the pools at their most.
    pub most: i128,
    /// Node types that do not say.
    pub unknown: Vec<String>,
}

impl Cost {
    /// The cost of a hardware; nothing when no node states any.
    pub(crate) fn of(hardware: &Hardware) -> Option<Self> {
        let sum = |count: &dyn Fn(&Node) -> u64| -> i128 {
            let stated = hardware.nodes.iter().filter_map(|node| Some(node.cost?.value * i128::from(count(node))));
            stated.sum()
        };
        let (known, unknown): (Vec<&Node>, Vec<&Node>) = hardware.nodes.iter().partition(|node| node.cost.is_some());
        (!known.is_empty()).then(|| Self {
            least: sum(&|node| node.least.unwrap_or(node.count)),
            most: sum(&|node| node.count),
            unknown: unknown.into_iter().map(|node| node.name.clone()).collect(),
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
        format!("{amount} a month{without}")
    }
}

/// `€85`, `€4.50`.
pub(crate) fn euros(cents: i128) -> String {
    match cents % 100 {
        0 => format!("€{}", cents / 100),
        rest => format!("€{}.{rest:02}", cents / 100),
    }
}
