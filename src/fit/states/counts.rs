//! How many pods of each type there are in each state, and which surges may be left out.

use crate::fit::evidence::Layers;
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::states::placing::{self, present};
use crate::fit::states::state::Rolling;
use crate::fit::states::verdict::Ground;

/// Of more Deployments than this, all that may wait are named, not as few as possible.
const MOST_TRIED: usize = 64;

/// The counts of a state.
pub(crate) fn counts(platform: &Platform, peak: bool, rolling: Option<Rolling>) -> Counts {
    let rolls: Vec<bool> =
        platform.types.iter().map(|one| rolling.is_some_and(|rolling| rolling.includes(one.wave))).collect();
    let terminating = rolling == Some(Rolling::Terminating);
    let number = platform.types.iter().zip(&rolls).map(|(one, rolls)| {
        let count = if peak { one.peak } else { one.steady };
        match *rolls && count > 0 {
            true if terminating => one.greatest(),
            true => count + one.surge,
            // What has no pods has none to roll.
            false => count,
        }
    });
    Counts { number: number.collect(), waits: vec![false; rolls.len()], rolls, terminating }
}

/// Whether every rollout is placed that must be: everything at once, or else wave by wave where there are several. `placed`
/// says whether the pods of some counts are; a guarantee in which surges wait is always enough.
pub(crate) fn rollouts_hold(platform: &Platform, placed: impl Fn(&Counts) -> bool) -> bool {
    let rolls = |rolling: Rolling| {
        let counts = counts(platform, true, Some(rolling));
        placed(&counts) || waiting(platform, &counts).is_some()
    };
    let waves = platform.surging_waves();
    rolls(Rolling::All) || waves.len() > 1 && waves.into_iter().all(|wave| rolls(Rolling::Wave(wave)))
}

/// A guarantee of a rollout in which some surges are left out: a Deployment that may take down an old pod makes its own
/// room, whatever the others do.
pub(crate) fn waiting(platform: &Platform, counts: &Counts) -> Option<(Ground, Layers)> {
    let may_wait = |index: &usize| {
        let one = &platform.types[*index];
        counts.rolls[*index] && one.is_deployment && one.unavailable > 0 && counts.number[*index] > one.peak
    };
    let candidates: Vec<usize> = present(counts).filter(may_wait).collect();
    let mut fewer = counts.clone();
    for index in &candidates {
        wait(platform, &mut fewer, *index, true);
    }
    if candidates.is_empty() {
        return None;
    }
    let mut found = placing::guarantee(platform, &fewer).ok()?;
    for index in candidates.iter().take(if candidates.len() > MOST_TRIED { 0 } else { MOST_TRIED }) {
        wait(platform, &mut fewer, *index, false);
        match placing::guarantee(platform, &fewer) {
            Ok(better) => found = better,
            Err(_) => wait(platform, &mut fewer, *index, true),
        }
    }
    Some(found)
}

fn wait(platform: &Platform, counts: &mut Counts, index: usize, waits: bool) {
    let one = &platform.types[index];
    counts.waits[index] = waits;
    counts.number[index] = if waits { one.peak } else { one.peak + one.surge };
}
