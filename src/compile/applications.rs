//! Every component in exactly one application: what two of them apply they fight over, what none applies never comes.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::{InstanceId, Model};
use crate::objects::Object;
use crate::source::Span;
use crate::syntax::ast::InstanceClass;

/// Components and namespaces that belong to several applications or, where there are applications at all, to none.
/// Entry points go with what they lead to, and what emits nothing needs nobody to apply it.
pub(super) fn check(model: &Model, objects: &[Object]) -> Diagnostics {
    let mut found = Diagnostics::default();
    let mut owners: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    let applications = model.instances.iter().filter(|instance| instance.class == InstanceClass::Application);
    for application in applications.clone() {
        for (member, span) in &application.members {
            match owners.get(member.as_str()) {
                Some((first, place)) => found.push(
                    Diagnostic::error(codes::APPLICATION, *span, format!("`{member}` belongs to two applications"))
                        .at(format!("`{}` claims it again", application.name))
                        .label(*place, format!("`{first}` claims it first"))
                        .help("ArgoCD would let the two undo each other's changes; take it out of one"),
                ),
                None => {
                    owners.insert(member, (&application.name, *span));
                }
            }
        }
    }
    let Some(first) = applications.clone().next() else { return found };
    for (id, instance) in model.ids() {
        let counts = matches!(instance.class, InstanceClass::Component | InstanceClass::Namespace);
        if counts && !owners.contains_key(instance.name.as_str()) && applies_something(id, objects) {
            let class = instance.class.word();
            found.push(
                Diagnostic::error(
                    codes::APPLICATION,
                    instance.span,
                    format!("the {class} `{}` belongs to no application", instance.name),
                )
                .at("ArgoCD would never apply it")
                .help(format!("add it to the `components` of an application, such as `{}`", first.name)),
            );
        }
    }
    found
}

fn applies_something(id: InstanceId, objects: &[Object]) -> bool {
    objects.iter().any(|object| object.instance == id && !object.is_footprint())
}
