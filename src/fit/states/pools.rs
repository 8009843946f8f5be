//! How many nodes of a pool are needed: the provider may deliver more, and nobody should pay for them unasked.

/// The least number of a range with which something holds. It holds for the most. Where more nodes do not always help
/// (each brings its DaemonSets, not its room, to a claim of a spread), the result holds and one less does not.
pub(crate) fn fewest(least: u64, most: u64, holds: impl Fn(u64) -> bool) -> u64 {
    if holds(least) {
        return least;
    }
    let (mut fails, mut held) = (least, most);
    while held - fails > 1 {
        let middle = fails.midpoint(held);
        if holds(middle) {
            held = middle;
        } else {
            fails = middle;
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::fewest;

    #[test]
    fn the_fewest_is_found_wherever_it_is() {
        for needed in 2..=9 {
            assert_eq!(fewest(2, 9, |number| number >= needed), needed);
        }
        assert_eq!(fewest(0, 1, |number| number >= 1), 1);
        assert_eq!(fewest(3, 3, |_| true), 3);
    }
}
