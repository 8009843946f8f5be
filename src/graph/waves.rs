//! The start-up order.

use super::{components, target};
use crate::eval::model::{Edge, Model};
use crate::syntax::ast::Strength;

/// The position of each instance in the start-up order: 0 needs and wants nothing, everything else comes after all that
/// it needs or wants. Soft edges within a knot of instances that want each other are left out, because some of them
/// would close a circle and which ones is nobody's choice; so are hard edges within a knot that cannot start anyway.
#[must_use]
pub fn waves(model: &Model) -> Vec<i128> {
    let hard_knot = components(model, |edge| edge.strength == Strength::Needs);
    let any_knot = components(model, |edge| edge.strength != Strength::Reaches);
    let count = model.instances.len();
    let ordering = |edge: &&Edge| {
        let Some(to) = target(edge) else { return false };
        let knots = match edge.strength {
            Strength::Needs => &hard_knot,
            Strength::Wants => &any_knot,
            Strength::Reaches => return false,
        };
        knots[edge.from.0 as usize] != knots[to.0 as usize]
    };
    let mut incoming: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut waiting = vec![0_usize; count];
    for edge in model.edges.iter().filter(ordering) {
        if let Some(to) = target(edge) {
            incoming[to.0 as usize].push(edge.from.0 as usize);
            waiting[edge.from.0 as usize] += 1;
        }
    }
    let mut waves = vec![0_i128; count];
    let mut ready: Vec<usize> = (0..count).filter(|index| waiting[*index] == 0).collect();
    while let Some(index) = ready.pop() {
        for from in &incoming[index] {
            waves[*from] = waves[*from].max(waves[index] + 1);
            waiting[*from] -= 1;
            if waiting[*from] == 0 {
                ready.push(*from);
            }
        }
    }
    waves
}
