//! Values of another type than their API wants, in objects that somebody else wrote: those of the compiler are
//! converted by schema and have none.
//!
//! A number in quotes where an integer is due would be read as no number at all, and a proof about it would be about
//! another object than the API server sees.

use super::walk::{Place, walk};
use super::{enumerations, place, quantities, title};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::objects::schema::{Catalog, Schema};
use crate::objects::{NodeValue, Object};

pub(super) fn check(object: &Object, catalog: &Catalog) -> Diagnostics {
    let mut found = Diagnostics::default();
    walk(object, catalog, &mut |at| {
        if is_of(at.schema, &at.node.value) {
            found.extend(quantities::check(at));
            found.extend(enumerations::check(at));
        } else {
            found.push(mismatch(at));
        }
    });
    found
}

fn is_of(schema: &Schema, value: &NodeValue) -> bool {
    match (schema, value) {
        // A `null` is the same as nothing to Kubernetes.
        (_, NodeValue::Null) | (Schema::Any | Schema::DateTime | Schema::Choice(_), _) => true,
        (Schema::String, value) => matches!(value, NodeValue::String(_)),
        (Schema::Integer, value) => matches!(value, NodeValue::Integer(_)),
        (Schema::Number, value) => matches!(value, NodeValue::Integer(_) | NodeValue::Decimal(_)),
        (Schema::Boolean, value) => matches!(value, NodeValue::Bool(_)),
        (Schema::Quantity, value) => {
            matches!(value, NodeValue::String(_) | NodeValue::Integer(_) | NodeValue::Decimal(_))
        }
        (Schema::IntOrString, value) => matches!(value, NodeValue::Integer(_) | NodeValue::String(_)),
        (Schema::List(_), value) => matches!(value, NodeValue::List(_)),
        (Schema::Map(_) | Schema::Object(_), value) => matches!(value, NodeValue::Map(_)),
    }
}

fn mismatch(at: &Place<'_>) -> Diagnostic {
    let found = match &at.node.value {
        NodeValue::Null => "nothing".to_owned(),
        NodeValue::Bool(flag) => format!("`{flag}`"),
        NodeValue::Integer(number) => format!("the number `{number}`"),
        NodeValue::Decimal(number) => format!("the number `{number}`"),
        NodeValue::String(text) => format!("the text {text:?}"),
        NodeValue::List(_) => "a list".to_owned(),
        NodeValue::Map(_) => "a map".to_owned(),
    };
    let message = format!("`{}` of {} is {found}, not {}", at.path, title(at.object), at.schema.describe());
    Diagnostic::error(codes::OBJECT_FIELD_TYPE, place(at.object, at.node), message).at("in this object")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::objects::check::testing::{messages, objects};
    use crate::objects::schema::Catalog;

    #[test]
    fn numbers_in_quotes_and_texts_that_are_no_quantities_are_found() {
        let text = "{ apiVersion: apps/v1, kind: Deployment, metadata: { name: a, namespace: x }, spec: { replicas: \"3\", \
            template: { spec: { containers: [ { name: main, resources: { requests: { cpu: lots, memory: null } } } ] } } } }";
        let objects = objects(&[text]);
        assert_eq!(
            messages(check(&objects[0], &Catalog::kubernetes())),
            [
                "`spec.replicas` of Deployment `a` is the text \"3\", not an integer",
                "Kubernetes refuses the cpu `lots` of Deployment `a`"
            ]
        );
    }

    #[test]
    fn what_is_right_or_unknown_is_left_alone() {
        let texts = [
            "{ apiVersion: v1, kind: Service, metadata: { name: a, creationTimestamp: null }, spec: { ports: [ { port: 80, targetPort: http } ] } }",
            "{ apiVersion: example.com/v1, kind: Widget, metadata: { name: a }, spec: { replicas: \"3\" } }",
        ];
        for object in objects(&texts) {
            assert!(check(&object, &Catalog::kubernetes()).is_empty(), "{}", object.kind);
        }
    }
}
