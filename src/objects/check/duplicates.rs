//! Two objects with one identity: the second would silently overwrite the first.

use std::collections::BTreeMap;

use super::title;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::objects::{Object, ObjectKey};

pub(super) fn check(objects: &[Object]) -> Diagnostics {
    let mut found = Diagnostics::default();
    let mut seen: BTreeMap<ObjectKey, &Object> = BTreeMap::new();
    for object in objects {
        let Some(first) = seen.get(&object.key()) else {
            seen.insert(object.key(), object);
            continue;
        };
        let scope = object.namespace.as_ref().map_or_else(String::new, |name| format!(" in namespace `{name}`"));
        let diagnostic = Diagnostic::error(
            codes::DUPLICATE_OBJECT,
            object.span,
            format!("there are two objects {}{scope}", title(object)),
        )
        .at(role(object, "again here"))
        .label(first.span, role(first, "first here"));
        found.push(if object.is_footprint() || first.is_footprint() {
            diagnostic.help("an operator creates what a footprint stands for: emit it or leave it to the operator, not both")
        } else {
            diagnostic.help("give one of them a label behind the kind, such as `emit API KIND second { … }`, or another `metadata.name`")
        });
    }
    found
}

fn role(object: &Object, words: &str) -> String {
    if object.is_footprint() { format!("{words}, as a footprint") } else { words.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::objects::check::testing::objects;

    #[test]
    fn the_same_name_twice_is_found_but_not_across_namespaces_and_kinds() {
        let one = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: x } }";
        let other = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: y } }";
        let kind = "{ apiVersion: v1, kind: Secret, metadata: { name: a, namespace: x } }";
        assert!(check(&objects(&[one, other, kind])).is_empty());
        let found: Vec<_> = check(&objects(&[one, other, one])).into_iter().collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "there are two objects ConfigMap `a` in namespace `x`");
        assert_eq!(found[0].labels.len(), 1);
        assert_ne!(found[0].labels[0].span, found[0].primary.span);
    }
}
