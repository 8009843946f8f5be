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

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn only_the_last_of_several_words_follows_an_and() {
        let said = [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]].map(list);
        assert_eq!(said, ["", "a", "a and b", "a, b and c"]);
    }
}
