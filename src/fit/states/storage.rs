//! Claims on the disks under the worst placement that the constraints admit, because no provisioner of local volumes
//! looks at free space.

use crate::fit::evidence::reason::Reason;
use crate::fit::evidence::{ClaimCharge, DiskSum, Evidence};
use crate::fit::read::nodes::ClassDisk;
use crate::fit::read::platform::{ClaimUse, Counts, Platform};
use crate::fit::states::finding::Finding;
use crate::fit::states::verdict::Ground;

/// The verdict over all disks.
pub(crate) fn decide(platform: &Platform, counts: &Counts) -> Finding {
    if let Some(refusal) = refuse(platform) {
        return Finding::refused(refusal);
    }
    let mut charges: Vec<(ClaimCharge, &ClaimUse)> = Vec::new();
    for claim in &platform.claims {
        let per_node = match claim.types.as_slice() {
            // Nothing keeps apart the claims of pods that are about to be gone.
            [owner] if platform.types[*owner].per_node && claim.of_each.is_some() => claim.of_each.unwrap_or(1),
            [_] if claim.of_each.is_some() => claim.count,
            [owner] if !claim.shared => platform.most_claims(*owner, counts),
            _ => 1,
        };
        charges.push((
            ClaimCharge {
                claim: claim.name.clone(),
                storage_class: claim.storage_class.clone().unwrap_or_default(),
                each: claim.each,
                count: claim.count,
                per_node,
            },
            claim,
        ));
    }
    // A claim without a node is served by no disk either, and the sums below would never see it.
    let homeless = |claim: &&ClaimUse| !(0..platform.classes.len()).any(|class| takes(platform, claim, class));
    if let Some(claim) = platform.claims.iter().filter(|claim| claim.count > 0).find(homeless) {
        return Finding::undecided(Reason::HomelessClaim { claim: claim.name.clone() });
    }
    let mut sums = Vec::new();
    for (position, class) in platform.classes.iter().enumerate() {
        let here = |claim: &ClaimUse| !platform.is_on_network(claim) && takes(platform, claim, position);
        for (charge, _) in charges.iter().filter(|(charge, claim)| charge.count > 0 && here(claim)) {
            if !class.disks.iter().any(|disk| disk.storage_class.as_ref() == Some(&charge.storage_class)) {
                return Finding::undecided(Reason::NoDisk {
                    claim: charge.claim.clone(),
                    class: class.name.clone(),
                    storage_class: charge.storage_class.clone(),
                });
            }
        }
        // Evidence is compared as a whole, and whoever reads the nodes from a file has no other order than that of names.
        let mut disks: Vec<&ClassDisk> = class.disks.iter().collect();
        disks.sort_by(|left, right| left.name.cmp(&right.name));
        for disk in disks {
            let on_it = charges
                .iter()
                .filter(|(charge, claim)| disk.storage_class.as_ref() == Some(&charge.storage_class) && here(claim));
            let sum = on_it.map(|(charge, _)| charge.per_node * charge.each).sum();
            if sum > disk.usable {
                return Finding::undecided(Reason::CrowdedDisk {
                    class: class.name.clone(),
                    disk: disk.name.clone(),
                    sum,
                    usable: disk.usable,
                });
            }
            sums.push(DiskSum { class: class.name.clone(), disk: disk.name.clone(), sum, usable: disk.usable });
        }
    }
    let ground = if platform.nodes() <= 1 { Ground::Sums } else { Ground::Balanced };
    let claims = charges.into_iter().map(|(charge, _)| charge).collect();
    Finding::guaranteed(ground, Evidence::Disks { claims, sums })
}

/// Whether a claim may come to lie on a class.
fn takes(platform: &Platform, claim: &ClaimUse, class: usize) -> bool {
    let class = &platform.classes[class];
    claim.types.iter().all(|index| class.eligible[*index])
}

fn refuse(platform: &Platform) -> Option<Evidence> {
    let disks = || {
        platform
            .classes
            .iter()
            .enumerate()
            .flat_map(|(position, class)| class.disks.iter().map(move |disk| (position, class, disk)))
    };
    let on_disks = |claim: &&ClaimUse| claim.count > 0 && !platform.is_on_network(claim);
    for claim in platform.claims.iter().filter(on_disks) {
        let served =
            |storage_class: &String| disks().any(|(_, _, disk)| disk.storage_class.as_ref() == Some(storage_class));
        // A claim of nothing is not larger than no disk: of it nobody can be convinced by numbers.
        if claim.each > 0 && !claim.storage_class.as_ref().is_some_and(served) {
            return Some(Evidence::Unserved {
                claim: claim.name.clone(),
                each: claim.each,
                storage_class: claim.storage_class.clone(),
            });
        }
        let own = disks().filter(|(position, _, disk)| {
            disk.storage_class == claim.storage_class && takes(platform, claim, *position)
        });
        let usable = own.map(|(_, _, disk)| disk.usable).max();
        if let Some(usable) = usable.filter(|usable| *usable < claim.each) {
            return Some(Evidence::ClaimOversize { claim: claim.name.clone(), each: claim.each, usable });
        }
    }
    let claims = platform.claims.iter().filter(on_disks);
    let mut classes: Vec<&String> = claims.filter_map(|claim| claim.storage_class.as_ref()).collect();
    classes.sort();
    classes.dedup();
    classes.into_iter().find_map(|storage_class| {
        // Of claims that come and go nobody is certain how many there are at once.
        let lasting = platform.claims.iter().filter(|claim| claim.of_each.is_none());
        let claims = lasting.filter(|claim| claim.storage_class.as_ref() == Some(storage_class));
        let demand: i128 = claims.map(|claim| claim.count * claim.each).sum();
        let own = disks().filter(|(_, _, disk)| disk.storage_class.as_ref() == Some(storage_class));
        let usable = own.map(|(_, class, disk)| class.size() * disk.usable).sum();
        (demand > usable).then(|| Evidence::ClaimsSum { storage_class: storage_class.clone(), demand, usable })
    })
}
