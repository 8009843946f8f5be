//! An environment on other numbers of nodes, and what is wrong with it there.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::failure::Event;
use crate::analysis::{self, Analysis};
use crate::eval::model::{Fit, Model};
use crate::fit::{self, At, EnvironmentProof, Evidence, Names, Reading, Scenario, State, StateProof, Verdict, words};
use crate::objects::node_labels::{NodeLabels, ZONE};
use crate::objects::selector::label;
use crate::query::reason::{name, names, rank, sentence};
use crate::query::what_if::{is_like, neighbours, worst};
use crate::{Compilation, View};

/// What must be as it is on the declared nodes, or become what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matter {
    State(State, At),
    /// That the entry points survive the loss of a node, a zone or a disk.
    Failure,
}

/// Something that is not what it must be, and why in a sentence.
#[derive(Debug, Clone)]
pub(super) struct Unmet {
    pub(super) matter: Matter,
    pub(super) why: String,
    /// Whether it is so however many nodes there are.
    pub(super) is_certain: bool,
}

/// What takes down which entry points.
type Failures = BTreeSet<(String, String)>;

/// Proves, and remembers what it has proved.
pub(super) struct Trial<'a> {
    view: &'a View,
    neighbours: Vec<Scenario<'a>>,
    /// The required states on the declared nodes, which say what each must be.
    declared: Vec<StateProof>,
    demand: Fit,
    /// The losses that take an entry point down on the declared nodes as well.
    failures: Failures,
    zones: usize,
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
            failures: failures(&view.analysis),
            zones: zones(&view.model),
            names: names(view, compilation),
            known: RefCell::default(),
        };
        let counts = view.model.hardware.iter().flat_map(|hardware| &hardware.nodes).map(|node| node.count).collect();
        let unmet = trial.judge(proof, trial.zones);
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
        let reading = self.reading(&model);
        let mut unmet = self.judge(&fit::verdicts(&reading), zones(&model));
        unmet.extend(self.failure(&model, &reading));
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

    fn judge(&self, proof: &EnvironmentProof, zones: usize) -> Vec<Unmet> {
        let states = worst(&proof.states);
        let found = self.declared.iter().filter_map(|declared| {
            let state = states.iter().find(|state| is_like(state, declared))?;
            let why = self.problem(declared, state, zones)?;
            let is_certain = is_certain(state);
            Some(Unmet { matter: Matter::State(state.state, state.at), why, is_certain })
        });
        found.collect()
    }

    /// A loss that takes an entry point down, and does not on the declared nodes.
    fn failure(&self, model: &Model, reading: &Reading<'_>) -> Option<Unmet> {
        if model.entries.is_empty() {
            return None;
        }
        let (subject, entry) =
            failures(&analysis::analyse(reading)).into_iter().find(|one| !self.failures.contains(one))?;
        let why = format!("`{entry}` does not survive the loss of `{subject}`, which it does on the declared nodes");
        Some(Unmet { matter: Matter::Failure, why, is_certain: false })
    }

    /// What is wrong with a state, compared with what it is on the declared nodes.
    fn problem(&self, declared: &StateProof, state: &StateProof, zones: usize) -> Option<String> {
        // On one node there is no loss to be survived; whoever declared several wants to survive it.
        if state.verdict == Verdict::Empty && declared.verdict != Verdict::Empty {
            let reason = state.reason.as_ref().map(|reason| words::reason(reason, &self.names));
            let reason = reason.unwrap_or_else(|| "it cannot occur".to_owned());
            return Some(format!("{} is not survived: {reason}", name(state.state)));
        }
        // Nor is there a loss of a zone where there is one; whoever declared several wants to survive that, too.
        if state.state == State::S3 && zones <= 1 && self.zones > 1 {
            return Some("the loss of a zone (S3) is not survived: nothing is left without the only one".to_owned());
        }
        let least = match (declared.verdict, self.demand) {
            (Verdict::Guaranteed, _) | (_, Fit::Guaranteed) => Verdict::Guaranteed,
            (_, Fit::Possible) => Verdict::Possible,
        };
        (rank(state.verdict) < rank(least)).then(|| sentence(state, &self.names))
    }
}

/// The losses of nodes, zones and disks that take an entry point down.
fn failures(analysis: &Analysis) -> Failures {
    let spofs = analysis.failure.spofs.iter();
    let of_hardware = spofs.filter(|one| match one.event {
        Event::Node { .. } | Event::Zone { .. } | Event::Disk { .. } => true,
        Event::External | Event::Replica { .. } => false,
    });
    of_hardware.flat_map(|one| one.entries.iter().map(|entry| (one.subject.clone(), entry.clone()))).collect()
}

/// How many zones the nodes are in.
fn zones(model: &Model) -> usize {
    let nodes = model.hardware.iter().flat_map(|hardware| &hardware.nodes);
    let machines = nodes.flat_map(|node| (0..node.count).map(|number| NodeLabels::of(node, number)));
    let zones = machines.filter_map(|labels| label(labels.known(), ZONE).map(str::to_owned));
    zones.collect::<BTreeSet<String>>().len()
}

/// Whether a state is refused however many nodes of these types there are.
fn is_certain(state: &StateProof) -> bool {
    state.verdict == Verdict::DoesNotFit
        && matches!(
            state.evidence,
            Some(
                Evidence::NoNode { .. }
                    | Evidence::Undeclared { .. }
                    | Evidence::Oversize { .. }
                    | Evidence::Alone { .. }
                    | Evidence::Locked { .. }
                    | Evidence::Unserved { .. }
                    | Evidence::ClaimOversize { .. }
                    | Evidence::MissingKey { .. }
                    | Evidence::Misfit { .. }
                    | Evidence::InvalidPod { .. }
            )
        )
}
