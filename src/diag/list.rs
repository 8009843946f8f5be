//! Several names in one sentence.

/// `a, b and c`; nothing where there is nothing to name.
#[must_use]
pub fn list<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            format!("{} and {}", first.iter().map(T::as_ref).collect::<Vec<_>>().join(", "), last.as_ref())
        }
    }
}

/// The same of at most so many words, and how many more there are: `a, b and 3 more`.
#[must_use]
pub fn few<T: AsRef<str>>(words: &[T], most: usize) -> String {
    if words.len() <= most {
        return list(words);
    }
    let shown: Vec<&str> = words[..most].iter().map(T::as_ref).collect();
    format!("{} and {} more", shown.join(", "), words.len() - most)
}

#[cfg(test)]
mod tests {
    use super::{few, list};

    #[test]
    fn only_the_last_of_several_words_follows_an_and() {
        let said = [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]].map(list);
        assert_eq!(said, ["", "a", "a and b", "a, b and c"]);
    }
    #[test]
    fn of_many_words_the_first_are_named_and_the_others_counted() {
        assert_eq!(few(&["a", "b"], 2), "a and b");
        assert_eq!(few(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }
}
