//! References between objects that lead nowhere.
use crate::diag::Diagnostics;
use crate::eval::model::Model;
use crate::objects::Object;

pub(super) fn check(_model: &Model, _objects: &[Object]) -> Diagnostics {
    Diagnostics::default()
}
