//! The fewest of the declared nodes on which everything still is what it must be.
//!
//! Every count that is reported was proved. Verdicts need not be monotone: one more node may break an evenness that held.
//! So for one type of node the counts are walked down from the declared one, and the answer is the smallest from which
//! on every count holds; where that would take too many proofs the answer says that it was searched by halves.

mod json;
mod search;
mod trial;

pub use json::document;

use search::{Search, Sought};
use trial::Trial;

use super::what_if::{Fault, Fullness, fullness, shown, whole};
use crate::compile::compile_each;
use crate::world::World;
use crate::{Compilation, Options, View};

/// What was found for one environment.
#[derive(Debug)]
pub struct Minimum {
    /// Or `base`.
    pub environment: String,
    /// None where no hardware is declared; then there is nothing else.
    pub hardware: Option<String>,
    pub beside: Vec<String>,
    pub types: Vec<NodeType>,
    /// Of all nodes a month, in cents, declared and at the minimum; none where some type states no cost.
    pub cost: Option<(i128, i128)>,
    /// Whether there is an answer: none where the pods find no place on any number of nodes. The counts are the declared ones then.
    pub is_found: bool,
    /// Whether the declared counts are enough.
    pub suffices: bool,
    /// What no count that was tried brings about, and whether none does, in a sentence each; the minimum is that of the rest.
    pub left_out: Vec<String>,
    /// How full everything is at peak: with the declared counts and with the fewest.
    pub fullness: Vec<Fullness>,
    /// How many times it was proved.
    pub proofs: usize,
    /// What the search did not look at.
    pub caveat: Option<&'static str>,
}

/// One type of node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeType {
    pub name: String,
    pub declared: u64,
    pub minimum: u64,
    /// What fails with one fewer.
    pub decides: String,
}

/// Searches every environment.
///
/// # Errors
///
/// What is wrong with the platform, so that nothing can be proved.
pub fn minimum(world: &dyn World, options: &Options) -> Result<Vec<Minimum>, Box<Fault>> {
    let compilation = whole(compile_each(world, options))?;
    Ok(shown(&compilation).map(|view| one(view, &compilation)).collect())
}

fn one(view: &View, compilation: &Compilation) -> Minimum {
    let mut minimum = Minimum {
        environment: view.model.environment.clone().unwrap_or_else(|| "base".to_owned()),
        hardware: view.model.hardware.as_ref().map(|hardware| hardware.name.clone()),
        beside: view.proof.iter().flat_map(|proof| proof.beside.clone()).collect(),
        types: Vec::new(),
        cost: None,
        is_found: false,
        suffices: false,
        left_out: Vec::new(),
        fullness: Vec::new(),
        proofs: 0,
        caveat: None,
    };
    let (Some(hardware), Some(proof)) = (&view.model.hardware, &view.proof) else { return minimum };
    let trial = Trial::new(view, compilation, proof);
    let pods = u64::try_from(view.analysis.sums.pods.peak).unwrap_or(0);
    let mut search = Search::new(&trial, hardware, pods);
    let Sought { counts, left_out, caveat, is_found } = search.run();
    minimum.types = hardware
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| NodeType {
            name: node.name.clone(),
            declared: node.count,
            minimum: counts[index],
            decides: search.decides(&counts, index),
        })
        .collect();
    minimum.is_found = is_found;
    minimum.suffices = search.declared_suffices();
    let prices: Option<Vec<i128>> = hardware.nodes.iter().map(|node| Some(node.cost?.value)).collect();
    let sum = |prices: &[i128], counts: &[u64]| -> i128 {
        prices.iter().zip(counts).map(|(price, count)| price * i128::from(*count)).sum()
    };
    let declared: Vec<u64> = hardware.nodes.iter().map(|node| node.count).collect();
    minimum.cost = prices.map(|prices| (sum(&prices, &declared), sum(&prices, &counts)));
    let mut analysis = trial.analysis(&counts);
    // No number of nodes changes a quota.
    analysis.sums.quotas.clear();
    minimum.fullness = fullness(Some(&view.analysis), &analysis);
    minimum.left_out = left_out;
    minimum.caveat = caveat;
    minimum.proofs = trial.proofs();
    minimum
}
