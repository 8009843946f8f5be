//! Memory limits against what nodes have: what may come together on any node when every container uses all that it may.

use crate::fit::evidence::{Evidence, LimitSum};
use crate::fit::read::platform::{Counts, Platform};
use crate::fit::read::pods::MEMORY;
use crate::fit::states::finding::Finding;
use crate::fit::states::verdict::Ground;

/// Whether every node has a declared cap on memory limits.
pub(crate) fn is_capped(platform: &Platform) -> bool {
    let classes = &platform.classes;
    !classes.is_empty() && classes.iter().all(|class| class.memory_cap.is_some())
}

/// The verdict over all classes; where no cap is declared, against the memory itself.
pub(crate) fn decide(platform: &Platform, counts: &Counts) -> Finding {
    let mut sums = Vec::new();
    let mut over = false;
    for class in &platform.classes {
        let allocatable = class.allocatable[MEMORY];
        let cap = class.memory_cap.unwrap_or(100);
        let (mut stated, mut whole, mut unlimited) = (0, 0, Vec::new());
        for (index, one) in platform.types.iter().enumerate().filter(|(index, _)| class.eligible[*index]) {
            let most = platform.most(index, counts, platform.nodes_of(index));
            let (limit, is_unlimited) = one.memory_limit();
            if !is_unlimited {
                stated += most * limit;
            } else if most > 0 {
                unlimited.push(one.name.clone());
                whole += most * allocatable;
            }
        }
        let sum = stated + whole;
        over |= sum * 100 > cap * allocatable;
        sums.push(LimitSum { class: class.name.clone(), sum, stated, cap, allocatable, unlimited });
    }
    if over {
        return Finding::refused(Evidence::Limits(sums));
    }
    let ground = if platform.nodes() <= 1 { Ground::Sums } else { Ground::Balanced };
    Finding::guaranteed(ground, Evidence::Limits(sums))
}
