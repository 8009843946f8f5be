//! Fields that the declared version of Kubernetes does not have: its API server drops them, and nothing says so.

use super::place;
use super::walk::walk;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::Hardware;
use crate::objects::Object;
use crate::objects::pod::POD_LEVEL_SINCE;
use crate::objects::schema::{Catalog, Schema};

/// Where no version is declared nothing is refused; the proof asks for one.
pub(super) fn check(object: &Object, catalog: &Catalog, hardware: Option<&Hardware>) -> Diagnostics {
    let mut found = Diagnostics::default();
    let Some((hardware, version)) = hardware.and_then(|hardware| Some((hardware, hardware.kubernetes?))) else {
        return found;
    };
    if version >= POD_LEVEL_SINCE {
        return found;
    }
    walk(object, catalog, &mut |at| {
        let Schema::Object(schema) = at.schema else { return };
        let Some(resources) = at.node.get("resources").filter(|_| schema.is_builtin() && schema.name == "PodSpec")
        else {
            return;
        };
        let ((major, minor), (least_major, least_minor)) = (version, POD_LEVEL_SINCE);
        let message = format!(
            "pods have no `resources` of their own on Kubernetes {major}.{minor}, which `{}` declares",
            hardware.name
        );
        found.push(
            Diagnostic::error(codes::UNKNOWN_OBJECT_FIELD, place(object, resources), message)
                .at("dropped by its API server")
                .label(hardware.span, "these nodes")
                .help(format!(
                    "state them for the containers, or run and declare `kubernetes = \"{least_major}.{least_minor}\"`"
                )),
        );
    });
    found
}
