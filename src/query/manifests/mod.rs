//! The proof of manifests that no source describes: a rendered chart, or whatever lies in a directory.
//!
//! They are read into the same [`Object`]s that the compiler emits, and proved by the same code against hardware that is
//! declared in the language. Nothing is guessed: what cannot be read as the API server reads it is an error.

mod check;
pub(in crate::query) mod dump;
pub(in crate::query) mod operated;
pub mod placed;
pub(crate) mod read;

pub use read::{Contents, Manifest, contents, read};

use crate::View;
use crate::analysis::Analysis;
use crate::eval::model::{Hardware, Instance, Model};
use crate::fit::sums::Unbudgeted;
use crate::fit::sums::nowhere::Nowhere;
use crate::fit::sums::scratch::Promised;
use crate::fit::{self, Reading, Scenario, Sums};
use crate::objects::Object;
use crate::objects::footprint::describe;
use crate::source::Span;
use crate::syntax::ast::InstanceClass;

/// What is known of manifests beside the proof.
#[derive(Debug)]
pub struct Foreign {
    /// The objects with their proof, as if they were the base of a source without environments.
    pub view: View,
    /// Objects of which nothing says whether they make pods: `Kafka.kafka.strimzi.io shop/events`.
    pub unaccounted: Vec<String>,
    /// Containers that do not say what they need, and are counted as needing nothing.
    pub unbudgeted: Vec<Unbudgeted>,
    /// Workloads of which no node takes the pods, or of which nobody knows whether one does.
    pub nowhere: Vec<Nowhere>,
    /// Scratch volumes that can never hold what they may.
    pub promised: Vec<Promised>,
}

/// Proves manifests that [`read`] has read, on hardware, with what known operators make of them.
#[must_use]
pub fn prove(mut objects: Vec<Object>, hardware: Hardware) -> Foreign {
    objects.extend(operated::footprints(&objects));
    let model = Model { hardware: Some(hardware), instances: vec![instance()], ..Model::default() };
    let scenario = Scenario { model: &model, objects: &objects };
    let reading = Reading::of(scenario, &[]);
    let (proof, Sums { pods, unbudgeted, nowhere, promised, .. }) = (fit::prove(&reading), fit::sums::sums(&reading));
    let mut unaccounted: Vec<String> =
        fit::unaccounted(&objects).into_iter().map(|object| describe(&object.key())).collect();
    unaccounted.sort();
    // What takes an entry point down cannot be asked where there is no graph.
    let analysis = Analysis { sums: Sums { pods, has_hardware: true, ..Sums::default() }, ..Analysis::default() };
    Foreign { view: View { model, objects, analysis, proof: Some(proof) }, unaccounted, unbudgeted, nowhere, promised }
}

/// Who emits all of it.
fn instance() -> Instance {
    Instance::bare(InstanceClass::Component, "manifests", Span::NONE)
}
