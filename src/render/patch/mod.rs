//! JSON patches (RFC 6902): how an overlay says what differs from the base.

mod apply;
mod diff;
mod operation;

pub(crate) use apply::apply;
pub(crate) use diff::diff;
pub(crate) use operation::{Operation, to_document};
