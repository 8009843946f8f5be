//! Whose line a fault is: the author can change the own sources and never the library.

use super::Object;
use crate::diag::Diagnostic;
use crate::eval::model::Model;
use crate::source::{SourceMap, Span};

/// Finds the author's line for what the library emits.
#[derive(Clone, Copy)]
pub(super) struct Author<'a> {
    pub(super) model: &'a Model,
    pub(super) sources: &'a SourceMap,
}

impl Author<'_> {
    /// The place itself or, where it lies in the library, the declaration of the instance that emits the object.
    pub(super) fn place(&self, object: &Object, span: Span) -> Span {
        let instance = self.model.instances.get(object.instance.0 as usize);
        match instance {
            Some(instance) if self.sources.is_library(span) && !instance.span.is_none() => instance.span,
            _ => span,
        }
    }

    /// Points at the author's line first and at that of the library second.
    pub(super) fn first(&self, object: &Object, mut diagnostic: Diagnostic) -> Diagnostic {
        let place = diagnostic.primary.span;
        let own = self.place(object, place);
        if own == place {
            return diagnostic;
        }
        diagnostic.primary.span = own;
        let words =
            if object.is_footprint() { "by this footprint of the library" } else { "by this line of the library" };
        // It comes before the other places, because it explains why the first one is guilty.
        diagnostic.labels.insert(0, crate::diag::Label { span: place, text: words.to_owned() });
        diagnostic
    }
}
