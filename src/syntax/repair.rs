//! A text in which brackets balance and strings end, and the way back to the places of the original.

use std::borrow::Cow;
use std::ops::Range;

use super::scan::{Edit, Mode, Scan, scan};
use crate::diag::Diagnostic;
use crate::source::{SourceId, Span};

/// One edit, in the offsets of both texts.
struct Patch {
    original: Range<usize>,
    repaired: Range<usize>,
    silences: bool,
}

/// The text that the grammar gets to see.
pub(super) struct Repaired<'t> {
    pub(super) text: Cow<'t, str>,
    /// What somebody wrote.
    original: &'t str,
    /// What had to be repaired.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How deep its brackets nest.
    pub(super) depth: usize,
    /// An item keyword stands in column 0 inside brackets, so that a mistake may belong to another item.
    pub(super) suspicious: bool,
    patches: Vec<Patch>,
    /// Items around a stray bracket, in the offsets of the repaired text: what follows the bracket has lost its place.
    strayed: Vec<Range<usize>>,
}

/// Repairs a text. `by_column` takes every item keyword in column 0 for the beginning of an item even when all
/// brackets match.
pub(super) fn repair(source: SourceId, text: &str, by_column: bool) -> Repaired<'_> {
    let whole = scan(source, text, 0, Mode::Whole);
    let suspicious = whole.suspicious;
    if !whole.broken && !by_column {
        return apply(text, vec![whole], suspicious);
    }
    let mut regions = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let plain = scan(source, text, start, Mode::Region);
        let region = if plain.broken { better(plain, scan(source, text, start, Mode::Indentation)) } else { plain };
        // Every scan ends behind its start; should one not, the rest is taken as it is.
        let end = region.end;
        regions.push(region);
        if end <= start {
            break;
        }
        start = end;
    }
    apply(text, regions, suspicious)
}

/// Indentation tells best what was meant, unless it makes more mistakes of it than the brackets alone do.
fn better(plain: Scan, indented: Scan) -> Scan {
    if indented.diagnostics.len() <= plain.diagnostics.len() { indented } else { plain }
}

fn apply(text: &str, scans: Vec<Scan>, suspicious: bool) -> Repaired<'_> {
    let depth = scans.iter().map(|scan| scan.depth).max().unwrap_or(0);
    let mut repaired = String::new();
    let (mut patches, mut strayed, mut diagnostics) = (Vec::new(), Vec::new(), Vec::new());
    let mut copied = 0;
    let untouched = scans.iter().all(|scan| scan.edits.is_empty());
    for scan in scans {
        let region_start = repaired.len();
        for Edit { range, text: replacement, silences } in scan.edits {
            repaired.push_str(text.get(copied..range.start).unwrap_or(""));
            let at = repaired.len();
            repaired.push_str(&replacement);
            copied = copied.max(range.end);
            patches.push(Patch { original: range, repaired: at..repaired.len(), silences });
        }
        if !untouched {
            repaired.push_str(text.get(copied..scan.end).unwrap_or(""));
            copied = copied.max(scan.end);
        }
        if scan.strays > 0 {
            strayed.push(region_start..repaired.len());
        }
        diagnostics.extend(scan.diagnostics);
    }
    let (original, text) = (text, if untouched { Cow::Borrowed(text) } else { Cow::Owned(repaired) });
    Repaired { text, original, diagnostics, depth, suspicious, patches, strayed }
}

impl Repaired<'_> {
    /// The place in the original of a range of the repaired text.
    pub(super) fn span(&self, source: SourceId, range: Range<usize>) -> Span {
        let (start, end) = (self.original(range.start, false), self.original(range.end, true));
        Span::new(source, start, end.max(start))
    }

    fn original(&self, offset: usize, is_end: bool) -> usize {
        // An end that touches an insertion lies before it; a start lies behind it.
        let before = self
            .patches
            .partition_point(|patch| patch.repaired.start < offset || (!is_end && patch.repaired.start == offset));
        let Some(patch) = before.checked_sub(1).and_then(|index| self.patches.get(index)) else { return offset };
        if offset >= patch.repaired.end {
            return patch.original.end + (offset - patch.repaired.end);
        }
        let mut at = (patch.original.start + (offset - patch.repaired.start)).min(patch.original.end);
        // What stands in the place of other characters may be shorter than they are: a place is never inside of one.
        while !self.original.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// Whether what is wrong with a range of the repaired text follows from something that was reported before.
    pub(super) fn is_silent(&self, range: &Range<usize>, is_item: bool) -> bool {
        let touches =
            |patch: &Patch| patch.silences && range.start < patch.repaired.end && patch.repaired.start <= range.end;
        self.patches.iter().any(touches)
            || is_item && self.strayed.iter().any(|region| region.start <= range.start && range.end <= region.end)
    }
}
