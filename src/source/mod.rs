//! Source texts and the places in them.
//!
//! Everything downstream stores byte offsets only; lines and columns are computed at the edge, when a diagnostic is
//! rendered or an editor asks.

mod line_index;
mod map;
mod span;

pub use line_index::{LineColumn, LineIndex};
pub use map::{Source, SourceMap};
pub use span::{SourceId, Span};
