//! Old pods that lie where the next new one must go, on nodes that were not always as many.

/// A Deployment whose spread counts each revision by itself, while it rolls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rollout {
    /// Its pods of both revisions at most, and those of one.
    pub(crate) number: i128,
    pub(crate) peak: i128,
    pub(crate) surge: i128,
    pub(crate) unavailable: i128,
    pub(crate) skew: i128,
    pub(crate) nodes: i128,
    /// How many of its pods one node has room for.
    pub(crate) fits: i128,
}

impl Rollout {
    /// How many others of it there are at most on one of the nodes with the fewest of its new revision, where the old one may be
    /// anywhere: a `ReplicaSet` takes pods away first where most of its Deployment are, so that old pods do not pile up on one
    /// node while they go from others.
    ///
    /// `getPodsToDelete` of `pkg/controller/replicaset/replica_set.go` in kubernetes/kubernetes ranks ready pods so, once for
    /// all that it takes away at a time. `docs/proof.md` has the argument.
    pub(crate) fn beside(&self) -> i128 {
        const MOST_ROUNDS: i128 = 10_000;
        let rounds = (self.number.min(self.peak) - 1) / self.nodes;
        if rounds > MOST_ROUNDS {
            return self.number - 1;
        }
        let beside = |least: i128| {
            // How many may be left of the old ones when every other node has one new pod more, and how many are gone by then.
            let placed = self.nodes * (least + 1);
            let (old, gone) = (self.number - placed, placed - self.surge);
            let most = old.min(self.fits);
            let apart = (old + self.surge + self.unavailable + least + self.skew) / 2;
            let left = if gone > 0 { most.min(apart.max(self.fits - gone)) } else { most };
            least + left.max(0)
        };
        (0..=rounds).map(beside).max().unwrap_or(self.number).min(self.number - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Rollout;

    /// Numbers without a pattern, the same in every run.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, sides: i128) -> i128 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i128::from(self.0 >> 33) % sides.max(1)
        }
    }

    /// Takes old pods away as a `ReplicaSet` does, of equal ones any.
    fn take(old: &mut [i128], new: &[i128], number: i128, dice: &mut Dice) {
        let mut pods: Vec<(i128, i128, usize)> = Vec::new();
        for (node, count) in old.iter().enumerate() {
            pods.extend((0..*count).map(|_| (-(old[node] + new[node]), 0, node)));
        }
        // Pods of one node mostly go together, which is the worst for the others.
        let turns: Vec<i128> = old.iter().map(|_| dice.below(100)).collect();
        let is_mixed = dice.below(3) == 0;
        for pod in &mut pods {
            pod.1 = if is_mixed { dice.below(100) } else { turns[pod.2] };
        }
        pods.sort_unstable();
        pods.iter().take(usize::try_from(number).unwrap_or(0)).for_each(|(.., node)| old[*node] -= 1);
    }

    /// One rollout, and the most others that were on the emptier of the nodes with the fewest new pods.
    fn roll(one: &Rollout, dice: &mut Dice) -> Option<i128> {
        let nodes = usize::try_from(one.nodes).unwrap_or(0);
        let (mut old, mut new) = (vec![0; nodes], vec![0; nodes]);
        let favourite = usize::try_from(dice.below(one.nodes)).unwrap_or(0);
        for _ in 0..one.peak {
            let free: Vec<usize> = (0..nodes).filter(|node| old[*node] < one.fits).collect();
            let any = free.get(usize::try_from(dice.below(free.len() as i128)).unwrap_or(0))?;
            let node = if old[favourite] < one.fits && dice.below(2) == 0 { favourite } else { *any };
            old[node] += 1;
        }
        let mut worst = 0;
        loop {
            let (gone, come): (i128, i128) = (old.iter().sum(), new.iter().sum());
            let spare = gone + come - (one.peak - one.unavailable);
            if spare > 0 && gone > 0 && dice.below(2) == 0 {
                let number = 1 + dice.below(spare.min(gone));
                take(&mut old, &new, number, dice);
                continue;
            }
            if gone + come >= one.number || come >= one.peak {
                if spare <= 0 || gone == 0 {
                    return Some(worst);
                }
                take(&mut old, &new, spare.min(gone), dice);
                continue;
            }
            let least = new.iter().copied().min().unwrap_or(0);
            let fewest = (0..nodes).filter(|node| new[*node] == least).map(|node| old[node] + new[node]).min();
            worst = worst.max(fewest.unwrap_or(0));
            let open = |node: &usize| new[*node] + 1 - least <= one.skew && old[*node] + new[*node] < one.fits;
            let open: Vec<usize> = (0..nodes).filter(open).collect();
            // Where others lie is anybody's guess, so that the next may miss the favourite as long as something else is open.
            let other: Vec<usize> = open.iter().copied().filter(|node| *node != favourite).collect();
            let choice = if other.is_empty() { &open } else { &other };
            match choice.get(usize::try_from(dice.below(choice.len() as i128)).unwrap_or(0)) {
                Some(node) => new[*node] += 1,
                None if spare > 0 && gone > 0 => take(&mut old, &new, 1, dice),
                None => return Some(worst),
            }
        }
    }

    #[test]
    fn no_rollout_leaves_more_than_the_bound() {
        let mut dice = Dice(7);
        let mut reached = 0;
        for _ in 0..30_000 {
            let (peak, surge, unavailable) = (1 + dice.below(14), dice.below(3), dice.below(3));
            let unavailable = if surge == 0 { unavailable.max(1) } else { unavailable };
            let one = Rollout {
                number: peak + surge,
                peak,
                surge,
                unavailable,
                skew: 1 + dice.below(2),
                nodes: 2 + dice.below(5),
                fits: 1 + dice.below(peak),
            };
            if let Some(worst) = roll(&one, &mut dice) {
                assert!(worst <= one.beside(), "{worst} > {} of {one:?}", one.beside());
                reached += i32::from(worst == one.beside() && one.beside() < one.number - 1);
            }
        }
        // The bound is not idle.
        assert!(reached > 300, "{reached}");
    }

    #[test]
    fn large_numbers_end() {
        let one = Rollout {
            number: i128::from(i64::MAX),
            peak: i128::from(i64::MAX),
            surge: 0,
            unavailable: 1,
            skew: 1,
            nodes: 2,
            fits: 9,
        };
        assert_eq!(one.beside(), one.number - 1);
    }
}
