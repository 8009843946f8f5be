//! From trees to a model: evaluation, lazily and by reference, for one environment at a time.
//!
//! The order of phases is that of `docs/language.md`: `declare` patches the items and fixes the set of instances,
//! `parameter` forces what they are made of, `edges` runs the edge statements, and [`crate::objects::emit`] comes back
//! for the bodies of emissions. Nothing here reads a file except `read("…")`, through the [`World`](crate::world::World).

mod acceptance;
mod arguments;
mod budget;
mod builtin;
mod coerce;
mod context;
mod declare;
mod describe;
mod domains;
mod edges;
mod expression;
mod flows;
mod hardware;
mod list;
mod machine;
mod member;
pub mod model;
mod name;
mod natural;
mod network;
mod number;
mod operators;
mod parameter;
mod plausible;
mod policy;
mod preset;
mod record;
mod string;
mod text;
mod value;

pub use budget::dotted;
pub use builtin::slug;
pub use context::{Evaluator, Phase, Scope};
pub use declare::{Layer, View};
pub use natural::natural;
pub use text::credential;
pub use value::{Read, Record, SecretPart, Value, ValueKind, display, merge, template, unit_name};

use crate::diag::Diagnostics;
use model::Model;

impl<'a> Evaluator<'a> {
    /// Runs the first three phases: everything up to the frozen graph. The evaluator stays alive for the emissions.
    pub fn model(&mut self) -> Model {
        self.force_everything();
        let mut model = self.describe();
        self.phase = Phase::Edges;
        self.run_edges(&mut model);
        self.run_policies(&mut model);
        model
    }

    /// The layers of an instance, from the most general kind to the last patch.
    pub fn layers(&self, id: model::InstanceId) -> Vec<Layer<'a>> {
        self.instances[id.0 as usize].layers.clone()
    }

    /// What an instance says under `secrets`.
    pub fn secrets(&mut self, id: model::InstanceId) -> Option<Value> {
        self.attribute(id, "secrets")
    }

    /// What has been found so far.
    pub fn take_diagnostics(&mut self) -> Diagnostics {
        std::mem::take(&mut self.diagnostics)
    }
}
