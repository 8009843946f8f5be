//! Stand-ins until the branches of the driver and the analyses land.
use crate::diag::{Diagnostic, Diagnostics};
use crate::eval::model::{Acceptance, Model};
use crate::objects::Object;
use crate::source::SourceMap;

#[derive(Debug, Clone, Default)]
pub struct Analysis;

#[derive(Debug, Default)]
pub struct Compilation {
    pub sources: SourceMap,
    pub diagnostics: Diagnostics,
    pub accepted: Vec<Accepted>,
    pub views: Vec<View>,
}
#[derive(Debug)]
pub struct Accepted {
    pub acceptance: Acceptance,
    pub finding: Diagnostic,
}
#[derive(Debug, Default)]
pub struct View {
    pub model: Model,
    pub objects: Vec<Object>,
    pub analysis: Analysis,
}
