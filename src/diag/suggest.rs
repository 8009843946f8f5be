//! Did-you-mean.

/// The candidate that the author most likely meant, if one is close enough: the closest by Damerau-Levenshtein
/// distance, at most a third of the word's length (and at least one edit), case ignored. Ties go to the first.
#[must_use]
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let reach = (word.chars().count() / 3).max(1);
    let scored = candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate));
    let mut best: Option<(usize, &str)> = None;
    for (distance, candidate) in scored {
        if distance <= reach && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_typo_finds_its_word_and_a_stranger_finds_none() {
        let fields = ["replicas", "memory", "image"];
        assert_eq!(closest("replica", fields), Some("replicas"));
        assert_eq!(closest("memroy", fields), Some("memory"));
        assert_eq!(closest("Image", fields), Some("image"));
        assert_eq!(closest("volume", fields), None);
    }
}
