//! An environment on other numbers of nodes, and what is wrong with it there.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::analysis::{self, Analysis};
use crate::eval::model::{Fit, Model};
use crate::fit::{self, At, EnvironmentProof, Names, Reading, Scenario, State, StateProof, Verdict, words};
use crate::query::reason::{name, names, rank, sentence};
use crate::query::what_if::{is_like, neighbours, worst};
use crate::{Compilation, View};

/// A state that is not what it must be: which one, and why in a sentence.
#[derive(Debug, Clone)]
pub(super) struct Unmet {
    pub(super) state: (State, At),
    pub(super) why: String,
}

/// Proves, and remembers what it has proved.
pub(super) struct Trial<'a> {
    view: &'a View,
    neighbours: Vec<Scenario<'a>>,
    /// The required states on the declared nodes, which say what each must be.
    declared: Vec<StateProof>,
    demand: Fit,
    names: Names,
    known: RefCell<BTreeMap<Vec<u64>, Vec<Unmet>>>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(view: &'a View, compilation: &'a Compilation, proof: &EnvironmentProof) -> Self {
        let scenario = |view: &'a View| Scenario { model: &view.model, objects: &view.objects };
        let trial = Self {
            view,
            neighbours: neighbours(view, compilation).map(scenario).collect(),
            declared: worst(&proof.states).into_iter().filter(|state| state.required).collect(),
            demand: proof.demand,
            names: names(view, compilation),
            known: RefCell::default(),
        };
        let counts = view.model.hardware.iter().flat_map(|hardware| &hardware.nodes).map(|node| node.count).collect();
        let unmet = trial.judge(proof);
        trial.known.borrow_mut().insert(counts, unmet);
        trial
    }

    /// How many times it was proved.
    pub(super) fn proofs(&self) -> usize {
        self.known.borrow().len()
    }

    /// What is not what it must be on so many nodes of each type.
    pub(super) fn unmet(&self, counts: &[u64]) -> Vec<Unmet> {
        if let Some(known) = self.known.borrow().get(counts) {
            return known.clone();
        }
        let model = self.model(counts);
        let proof = fit::verdicts(&self.reading(&model));
        let unmet = self.judge(&proof);
        self.known.borrow_mut().insert(counts.to_vec(), unmet.clone());
        unmet
    }

    /// Everything else that is known of so many nodes.
    pub(super) fn analysis(&self, counts: &[u64]) -> Analysis {
        let model = self.model(counts);
        analysis::analyse(&self.reading(&model))
    }

    fn reading<'m>(&self, model: &'m Model) -> Reading<'m>
    where
        'a: 'm,
    {
        Reading::of(Scenario { model, objects: &self.view.objects }, &self.neighbours)
    }

    fn model(&self, counts: &[u64]) -> Model {
        let mut model = self.view.model.clone();
        for (node, count) in model.hardware.iter_mut().flat_map(|hardware| &mut hardware.nodes).zip(counts) {
            node.count = *count;
            // A pool never has fewer than its least, nor more than its most.
            node.least = node.least.map(|least| least.min(*count));
        }
        model
    }

    fn judge(&self, proof: &EnvironmentProof) -> Vec<Unmet> {
        let states = worst(&proof.states);
        let found = self.declared.iter().filter_map(|declared| {
            let state = states.iter().find(|state| is_like(state, declared))?;
            let why = self.problem(declared, state)?;
            Some(Unmet { state: (state.state, state.at), why })
        });
        found.collect()
    }

    /// What is wrong with a state, compared with what it is on the declared nodes.
    fn problem(&self, declared: &StateProof, state: &StateProof) -> Option<String> {
        // On one node there is no loss to be survived; whoever declared several wants to survive it.
        if state.verdict == Verdict::Empty && declared.verdict != Verdict::Empty {
            let reason = state.reason.as_ref().map(|reason| words::reason(reason, &self.names));
            let reason = reason.unwrap_or_else(|| "it cannot occur".to_owned());
            return Some(format!("{} is not survived: {reason}", name(state.state)));
        }
        let least = match (declared.verdict, self.demand) {
            (Verdict::Guaranteed, _) | (_, Fit::Guaranteed) => Verdict::Guaranteed,
            (_, Fit::Possible) => Verdict::Possible,
        };
        (rank(state.verdict) < rank(least)).then(|| sentence(state, &self.names))
    }
}
