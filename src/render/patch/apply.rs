//! Applies a JSON patch in memory, so that every overlay can be checked before it is written.

use super::operation::{Action, Operation, unescape};
use crate::data::{Node, NodeValue};

/// Applies the operations in order.
///
/// # Errors
///
/// When a path does not exist or a test fails; the text says which. The tree is then changed up to that operation.
pub(crate) fn apply(tree: &mut Node, operations: &[Operation]) -> Result<(), String> {
    operations.iter().try_for_each(|operation| apply_one(tree, operation))
}

fn apply_one(tree: &mut Node, operation: &Operation) -> Result<(), String> {
    let path = operation.path.as_str();
    let missing = || format!("`{path}` does not exist");
    if let Action::Test(expected) = &operation.action {
        let found = find(tree, path).ok_or_else(missing)?;
        return if *found == *expected { Ok(()) } else { Err(format!("the value at `{path}` is another one")) };
    }
    let Some((parent, step)) = path.rsplit_once('/') else {
        return match &operation.action {
            Action::Add(value) | Action::Replace(value) => {
                *tree = value.clone();
                Ok(())
            }
            _ => Err("the whole document cannot be removed".to_owned()),
        };
    };
    let parent = find(tree, parent).ok_or_else(missing)?;
    match &mut parent.value {
        NodeValue::Map(map) => {
            let key = unescape(step);
            match &operation.action {
                Action::Add(value) => {
                    map.insert(key.into(), value.clone());
                }
                Action::Replace(value) => *map.get_mut(key.as_str()).ok_or_else(missing)? = value.clone(),
                _ => {
                    map.shift_remove(key.as_str()).ok_or_else(missing)?;
                }
            }
        }
        NodeValue::List(items) => {
            let index = if step == "-" { items.len() } else { step.parse().map_err(|_| missing())? };
            let inserts = matches!(operation.action, Action::Add(_));
            if index > items.len() || (!inserts && index == items.len()) {
                return Err(missing());
            }
            match &operation.action {
                Action::Add(value) => items.insert(index, value.clone()),
                Action::Replace(value) => items[index] = value.clone(),
                _ => {
                    items.remove(index);
                }
            }
        }
        _ => return Err(missing()),
    }
    Ok(())
}

fn find<'a>(tree: &'a mut Node, path: &str) -> Option<&'a mut Node> {
    path.split('/').skip(1).try_fold(tree, |node, step| match &mut node.value {
        NodeValue::Map(map) => map.get_mut(unescape(step).as_str()),
        NodeValue::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}
