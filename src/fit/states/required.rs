//! Whether the required states of a platform that is only thought of are met, without evidence and without a long search.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::eval::model::Fit;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::search;
use crate::fit::states::counts::{counts, rollouts_hold};
use crate::fit::states::loss::{self, Survival};
use crate::fit::states::openness::{either_way, unknown_nodes};
use crate::fit::states::state::{Rolling, State};
use crate::fit::states::{admission, limits, placing, storage};
use crate::objects::Object;
use crate::objects::footprint::describe;

/// The required states, those that are proved fast first.
pub(crate) const STATES: [State; 8] =
    [State::S5, State::S6, State::S7, State::S1, State::S0, State::S2, State::S3, State::S4];

/// What is demanded, and what stays the same whatever is thought of.
pub(crate) struct Required<'a> {
    pub(crate) objects: &'a [Object],
    pub(crate) quotas: &'a [&'a Object],
    /// The names of the objects of the environment itself.
    pub(crate) own: &'a BTreeSet<String>,
    pub(crate) demand: Fit,
}

impl Required<'_> {
    /// The quotas of the environment itself among some objects.
    pub(crate) fn quotas_among<'o>(&self, objects: &'o [Object]) -> Vec<&'o Object> {
        let is_own = |object: &&Object| {
            object.kind == "ResourceQuota" && !object.is_footprint() && self.own.contains(&describe(&object.key()))
        };
        objects.iter().filter(is_own).collect()
    }

    /// Those of the states that are not what is demanded, one after the other.
    pub(crate) fn unmet<'p>(&'p self, platform: &'p Platform, states: &'p [State]) -> impl Iterator<Item = State> + 'p {
        let (steady, peak) = (counts(platform, false, None), counts(platform, true, None));
        // The loss and the drain of a node have the same cases.
        let survival: OnceCell<Survival> = OnceCell::new();
        states.iter().copied().filter(move |state| {
            let survival = || survival.get_or_init(|| loss::decide(platform, &steady, self.objects, true));
            let is_met = match *state {
                State::S0 => self.places(platform, &steady),
                State::S1 => self.places(platform, &peak),
                State::S2 => rollouts_hold(platform, |counts| self.places(platform, counts)),
                State::S3 => survival().loss.verdict.meets(self.demand),
                State::S4 => survival().drain.verdict.meets(self.demand),
                State::S5 => {
                    let decide = |platform: &Platform| limits::decide(platform, &peak);
                    !limits::is_capped(platform) || either_way(platform, Some(&peak), decide).verdict.meets(self.demand)
                }
                State::S6 => {
                    let decide = |platform: &Platform| storage::decide(platform, &peak);
                    either_way(platform, Some(&peak), decide).verdict.meets(self.demand)
                }
                State::S7 => self.admits(platform),
            };
            !is_met
        })
    }

    /// Whether all of the states are what is demanded.
    pub(crate) fn meets(&self, platform: &Platform, states: &[State]) -> bool {
        self.unmet(platform, states).next().is_none()
    }

    fn places(&self, platform: &Platform, counts: &Counts) -> bool {
        placing::guarantee(platform, counts).is_ok()
            || self.demand == Fit::Possible
                && unknown_nodes(platform, counts).is_none()
                && search::place_quickly(platform, counts)
    }

    /// Whether nothing is refused while everything rolls, or else wave by wave where there are several.
    fn admits(&self, platform: &Platform) -> bool {
        let admits = |rolling: Rolling| {
            let counts = counts(platform, true, Some(rolling));
            let decide =
                |platform: &Platform| admission::decide(platform, &counts, self.quotas, self.objects, self.own);
            let found = either_way(platform, None, decide);
            found.verdict.meets(self.demand)
        };
        let waves = platform.surging_waves();
        admits(Rolling::All) || waves.len() > 1 && waves.into_iter().all(|wave| admits(Rolling::Wave(wave)))
    }
}
