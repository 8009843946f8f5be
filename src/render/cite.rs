//! How generated files cite sources.
//!
//! Messages call a source by the path that the user typed. Generated files must not: the same platform built from
//! another directory, or by an absolute path, has to give the same bytes. They cite relative to the main module.

use crate::source::{SourceMap, Span};

/// Cites places in sources relative to the main module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Citations<'a> {
    sources: &'a SourceMap,
    root: &'a str,
}

impl<'a> Citations<'a> {
    /// Finds the main module: it is read first, so the first source that is not built in lies in it.
    #[must_use]
    pub(crate) fn new(sources: &'a SourceMap) -> Self {
        let first = sources.iter().map(|(_, source)| source.name.as_str()).find(|name| !name.starts_with('<'));
        let root = first.and_then(|name| name.rfind('/').map(|slash| &name[..=slash])).unwrap_or("");
        Self { sources, root }
    }

    /// The name of a source relative to the main module.
    #[must_use]
    pub(crate) fn name(&self, name: &'a str) -> &'a str {
        name.strip_prefix(self.root).unwrap_or(name)
    }

    /// `file:line`, or the empty text for things that no source states.
    #[must_use]
    pub(crate) fn cite(&self, span: Span) -> String {
        let cited = self.sources.cite(span);
        cited.strip_prefix(self.root).map_or(cited.clone(), str::to_owned)
    }

    /// The first of several places that lies in the author's own sources, or else the first that lies anywhere. What the
    /// library writes for an author is not where the author has to look.
    #[must_use]
    pub(crate) fn cite_author(&self, spans: &[Span]) -> String {
        let own = |span: &&Span| self.sources.get(span.source).is_some_and(|source| !source.name.starts_with("<std/"));
        let known = |span: &&Span| !span.is_none();
        let span = spans.iter().find(own).or_else(|| spans.iter().find(known));
        span.map(|span| self.cite(*span)).unwrap_or_default()
    }

    /// The sources that are not built in, by relative name.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.sources
            .iter()
            .filter(|(_, source)| !source.name.starts_with('<') || source.name == "<stdin>")
            .map(|(_, source)| (self.name(&source.name), source.text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_that_the_user_typed_does_not_reach_generated_files() {
        for root in ["", "platform/", "/somewhere/else/platform/"] {
            let mut sources = SourceMap::default();
            let library = sources.add("<std/web.vauban>", "kind");
            let main = sources.add(format!("{root}main.vauban"), "a\nb\n");
            let other = sources.add(format!("{root}../common/names.vauban"), "a\n");
            let citations = Citations::new(&sources);
            assert_eq!(citations.cite(Span::new(main, 2, 3)), "main.vauban:2");
            assert_eq!(citations.cite(Span::new(other, 0, 1)), "../common/names.vauban:1");
            assert_eq!(citations.cite(Span::NONE), "");
            let library = Span::new(library, 0, 4);
            assert_eq!(citations.cite_author(&[Span::NONE, library, Span::new(main, 0, 1)]), "main.vauban:1");
            assert_eq!(citations.cite_author(&[Span::NONE, library]), "<std/web.vauban>:1");
            assert_eq!(citations.inputs().count(), 2);
        }
    }
}
