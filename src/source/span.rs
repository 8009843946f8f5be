//! A region of one source text.

/// Identifies one text of a [`SourceMap`](super::SourceMap). Ids are handed out in the order of addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(crate) u32);

impl SourceId {
    /// The text of things that no source states, such as the built-in `cluster.api`.
    pub const NONE: Self = Self(u32::MAX);
}

/// A half-open range of bytes in one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text that the offsets count in.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Whether another place lies within this one.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }

    /// The place of things that no source states.
    pub const NONE: Self = Self { source: SourceId::NONE, start: 0, end: 0 };

    /// The bytes `start..end` of `source`.
    #[must_use]
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        // Sources are refused above 16 MiB, long before a u32 overflows; saturate so that a broken invariant
        // shows as an odd label and not as a crash.
        let clip = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { source, start: clip(start), end: clip(end) }
    }

    /// The smallest span that covers both, or `self` when they lie in different sources.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.source != other.source {
            return self;
        }
        Self { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether this span points nowhere.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.source == SourceId::NONE
    }

    /// The bytes as a range, to slice the source's text with.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}
