//! Circles of hard dependencies: a platform that can never start.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use super::{components, target};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::Model;
use crate::syntax::ast::Strength;

/// The circles of hard dependencies that no start-up order can break: for each knot of instances its shortest circle, as
/// positions in [`Model::edges`], from the instance that is declared first. A choice (`needs 1 of […]`) breaks a circle
/// when enough of the others can start.
#[must_use]
pub fn hard_cycles(model: &Model) -> Vec<Vec<usize>> {
    let started = started(model);
    let stuck = |index: usize| !started[index];
    let hard = |edge: &crate::eval::model::Edge| {
        edge.strength == Strength::Needs
            && stuck(edge.from.0 as usize)
            && target(edge).is_some_and(|to| stuck(to.0 as usize))
    };
    let component = components(model, hard);
    let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); model.instances.len()];
    let mut closed = vec![false; model.instances.len()];
    for (position, edge) in model.edges.iter().enumerate().filter(|(_, edge)| hard(edge)) {
        let Some(to) = target(edge) else { continue };
        if component[edge.from.0 as usize] == component[to.0 as usize] {
            outgoing[edge.from.0 as usize].push(position);
            closed[component[to.0 as usize]] = true;
        }
    }
    let mut cycles = Vec::new();
    for start in 0..model.instances.len() {
        if std::mem::take(&mut closed[component[start]]) {
            cycles.extend(shortest(model, &outgoing, start));
        }
    }
    cycles
}

/// What can start when everything starts as soon as what it needs has started.
fn started(model: &Model) -> Vec<bool> {
    let count = model.instances.len();
    let mut started = vec![false; count];
    // What an instance still waits for: each hard edge by itself, and each choice until enough of it are there.
    let mut waiting = vec![0_usize; count];
    let mut choices: BTreeMap<u32, u64> = BTreeMap::new();
    let mut incoming: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (position, edge) in model.edges.iter().enumerate().filter(|(_, edge)| edge.strength == Strength::Needs) {
        let outside = target(edge).is_none();
        match edge.alternative {
            None if outside => {}
            None => waiting[edge.from.0 as usize] += 1,
            Some(choice) => {
                let left = choices.entry(choice.group).or_insert_with(|| {
                    waiting[edge.from.0 as usize] += usize::from(choice.needed > 0);
                    choice.needed
                });
                if outside && *left > 0 {
                    *left -= 1;
                    waiting[edge.from.0 as usize] -= usize::from(*left == 0);
                }
            }
        }
        if let Some(to) = target(edge) {
            incoming[to.0 as usize].push(position);
        }
    }
    let mut ready: VecDeque<usize> = (0..count).filter(|index| waiting[*index] == 0).collect();
    while let Some(index) = ready.pop_front() {
        if std::mem::replace(&mut started[index], true) {
            continue;
        }
        for position in &incoming[index] {
            let edge = &model.edges[*position];
            let from = edge.from.0 as usize;
            let settled = match edge.alternative {
                None => true,
                Some(choice) => choices.get_mut(&choice.group).is_some_and(|left| {
                    let last = *left == 1;
                    *left = left.saturating_sub(1);
                    last
                }),
            };
            if settled {
                waiting[from] -= 1;
                if waiting[from] == 0 {
                    ready.push_back(from);
                }
            }
        }
    }
    started
}

/// The shortest way from an instance back to itself.
fn shortest(model: &Model, outgoing: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut reached_by: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(index) = queue.pop_front() {
        for position in &outgoing[index] {
            let Some(to) = target(&model.edges[*position]) else { continue };
            let to = to.0 as usize;
            if to == start {
                let mut path = vec![*position];
                let mut at = index;
                while at != start {
                    let edge = *reached_by.get(&at)?;
                    path.push(edge);
                    at = model.edges[edge].from.0 as usize;
                }
                path.reverse();
                return Some(path);
            }
            if let Entry::Vacant(vacant) = reached_by.entry(to) {
                vacant.insert(*position);
                queue.push_back(to);
            }
        }
    }
    None
}

/// One message for each circle, with every edge of it.
#[must_use]
pub fn diagnose_cycles(model: &Model) -> Diagnostics {
    let mut found = Diagnostics::default();
    for cycle in hard_cycles(model) {
        let names: Vec<&str> = cycle.iter().map(|edge| name(model, model.edges[*edge].from.0)).collect();
        let Some((first, rest)) = cycle.split_first() else { continue };
        let text = |position: &usize| {
            let edge = &model.edges[*position];
            let to = target(edge).map_or("", |to| name(model, to.0));
            let how = if edge.implied { "reads a value of" } else { "needs" };
            format!("`{}` {how} `{to}`", name(model, edge.from.0))
        };
        let circle = [names.as_slice(), &names[..1]].concat().join(" → ");
        let message = match names.as_slice() {
            [only] => format!("`{only}` needs itself"),
            _ => format!("`{}` can never start: {circle}", names[0]),
        };
        let mut diagnostic =
            Diagnostic::error(codes::DEPENDENCY_CYCLE, model.edges[*first].span, message).at(text(first));
        for position in rest {
            diagnostic = diagnostic.label(model.edges[*position].span, text(position));
        }
        found.push(
            diagnostic
                .note("each waits for the next to be up, so that none ever comes up")
                .help("write `wants` where one can start without the other")
                .of(names[0])
                .in_environment(model.environment.as_deref()),
        );
    }
    found
}

fn name(model: &Model, index: u32) -> &str {
    &model.instances[index as usize].name
}
