//! The most that the constraints let onto any node, against what it has.

use crate::fit::evidence::reason::Reason;
use crate::fit::evidence::{Charge, Charged, ClassSum};
use crate::fit::guarantee::situation::Situation;
use crate::fit::read::pods::WIDTH;

/// What some types may ask of one node of each class together.
#[derive(Debug, Clone)]
pub(crate) struct Load(Vec<[i128; WIDTH]>);

impl Load {
    pub(crate) fn none(situation: &Situation<'_>) -> Self {
        Self(vec![[0; WIDTH]; situation.left.len()])
    }

    /// Takes in the most of some types.
    pub(crate) fn add(&mut self, situation: &Situation<'_>, types: &[usize]) {
        for index in types {
            let requests = situation.platform.types[*index].requests;
            for class in situation.classes_of(*index) {
                for (sum, request) in self.0[class].iter_mut().zip(requests) {
                    *sum += situation.per_node[*index] * request;
                }
            }
        }
    }
}

/// The charge of a layer. `load` is that of it and of all layers above it. An error says what is too much.
pub(crate) fn charge(situation: &Situation<'_>, layer: &[usize], load: &Load) -> Result<Charge, Reason> {
    let platform = situation.platform;
    let mut asked = vec![[false; WIDTH]; platform.classes.len()];
    let mut types = Vec::new();
    for index in layer {
        let one = &platform.types[*index];
        types.push(Charged {
            name: one.name.clone(),
            count: situation.counts.number[*index],
            nodes: situation.nodes[*index],
            per_node: situation.per_node[*index],
        });
        for class in situation.classes_of(*index) {
            asked[class].iter_mut().zip(one.requests).for_each(|(asked, request)| *asked |= request > 0);
        }
    }
    let mut sums = Vec::new();
    for (position, class) in platform.classes.iter().enumerate() {
        for (resource, name) in platform.resources.iter().enumerate().filter(|(resource, _)| asked[position][*resource])
        {
            let (sum, allocatable) = (load.0[position][resource], class.allocatable[resource]);
            if sum > allocatable {
                let unspread = unspread(situation, position, resource);
                return Err(Reason::Crowded {
                    class: class.name.clone(),
                    resource: name.clone(),
                    sum,
                    allocatable,
                    unspread,
                });
            }
            sums.push(ClassSum { class: class.name.clone(), resource: name.clone(), sum, allocatable });
        }
    }
    Ok(Charge { types, sums })
}

/// The type that adds most of a resource to a node of a class, of those with several pods there that no constraint keeps apart.
fn unspread(situation: &Situation<'_>, class: usize, resource: usize) -> Option<String> {
    let platform = situation.platform;
    let is_free = |index: &usize| {
        let one = &platform.types[*index];
        let is_apart = one.per_node || one.is_batch || platform.is_spread(*index) || platform.is_alone(*index);
        situation.is_on(*index, class) && situation.per_node[*index] > 1 && situation.nodes[*index] > 1 && !is_apart
    };
    let adds = |index: &usize| situation.per_node[*index] * platform.types[*index].requests[resource];
    let crowding = situation.types.iter().copied().filter(|index| is_free(index) && adds(index) > 0);
    crowding
        .max_by_key(|index| (adds(index), std::cmp::Reverse(*index)))
        .map(|index| platform.types[index].name.clone())
}
