//! What an entry point survives, with less.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::failure::{apart, chain, group, platform, separated, spread};
use crate::analysis::degradation::Loss;
use crate::analysis::testing::{Fixture, GIB};
use crate::diag::Diagnostic;
use crate::eval::model::{Alternative, Model, Target};
use crate::syntax::ast::Strength;

/// The losses of an entry point as `shop → api ⇢ search`.
fn ways(fixture: &Fixture, entry: &str) -> Vec<String> {
    let found = fixture.analyse().failure.degraded;
    let losses = found.iter().filter(|one| one.entry == entry).flat_map(|one| &one.losses);
    losses.map(|loss| crate::analysis::diagnostics::way_text(entry, loss)).collect()
}

fn finding(fixture: &Fixture) -> Diagnostic {
    fixture.only("V0505")
}

#[test]
fn a_wanted_single_pod_degrades_and_is_shown_with_the_way() {
    let mut fixture = platform(2, 2, 2).deployment("search", 1, "1", "1Gi");
    fixture.edge("db", "search", Strength::Wants);
    let finding = finding(&fixture);
    assert_eq!(finding.message, "`shop` is degraded by the loss of `search`");
    assert_eq!(finding.subject.as_deref(), Some("shop"));
    assert_eq!(fixture.sources.text(finding.primary.span), "shop");
    let lines: Vec<_> = finding.notes[0].lines().skip(1).collect();
    assert_eq!(lines, ["  shop → api → db ⇢ search"]);
    assert_eq!(finding.help, ["run one more pod of `search`", "or `accept degraded of shop \"why\"`"]);
}

#[test]
fn all_losses_of_an_entry_point_are_one_finding() {
    let mut fixture = platform(2, 2, 2).deployment("search", 1, "1", "1Gi").deployment("index", 1, "1", "1Gi");
    let mail = fixture.instance("mail");
    fixture.model.instances[mail.0 as usize].external = true;
    fixture.edge("api", "search", Strength::Wants);
    fixture.edge("search", "index", Strength::Needs);
    fixture.edge("db", "mail", Strength::Wants);
    // Twice wanted, told once.
    fixture.edge("api", "mail", Strength::Wants);
    assert_eq!(finding(&fixture).message, "`shop` is degraded by the loss of any one of 3 things");
    let expected = ["shop → api ⇢ mail", "shop → api ⇢ search", "shop → api ⇢ search → index"];
    assert_eq!(ways(&fixture, "shop"), expected);
}

#[test]
fn what_takes_the_entry_point_down_is_not_told_again_as_degrading_it() {
    let mut fixture = platform(2, 2, 1);
    fixture.edge("api", "db", Strength::Wants);
    fixture.edge("ingress", "db", Strength::Wants);
    assert_eq!(ways(&fixture, "shop"), Vec::<String>::new());
}

#[test]
fn what_degrades_one_entry_point_may_take_another_one_down() {
    let mut fixture = platform(2, 2, 2).deployment("search", 1, "1", "1Gi");
    fixture.edge("api", "search", Strength::Wants);
    fixture.entry("find", "search", "ingress");
    assert_eq!(ways(&fixture, "shop"), ["shop → api ⇢ search"]);
    assert_eq!(ways(&fixture, "find"), Vec::<String>::new());
}

#[test]
fn what_is_wanted_twice_degrades_nothing_and_neither_does_a_choice_with_enough_left() {
    let mut fixture = platform(2, 2, 2).deployment("search", 2, "1", "1Gi");
    for name in ["mail", "sms"] {
        let id = fixture.instance(name);
        fixture.model.instances[id.0 as usize].external = true;
        fixture.edge("api", name, Strength::Wants);
    }
    fixture.edge("api", "search", Strength::Wants);
    assert_eq!(ways(&fixture, "shop"), ["shop → api ⇢ mail", "shop → api ⇢ sms"]);
    for edge in fixture.model.edges.iter_mut().filter(|edge| matches!(edge.to, Target::Instance(id) if id.0 >= 4)) {
        edge.alternative = Some(Alternative { group: 7, needed: 1 });
    }
    assert_eq!(ways(&fixture, "shop"), Vec::<String>::new());
}

#[test]
fn a_choice_behind_a_wish_is_not_missed_while_the_wished_one_runs() {
    let mut fixture = platform(2, 2, 2).deployment("search", 2, "1", "1Gi");
    fixture.edge("api", "search", Strength::Wants);
    for name in ["east", "west"] {
        let id = fixture.instance(name);
        fixture.model.instances[id.0 as usize].external = true;
        fixture.edge("search", name, Strength::Needs);
        fixture.model.edges.last_mut().unwrap().alternative = Some(Alternative { group: 7, needed: 1 });
    }
    assert_eq!(ways(&fixture, "shop"), Vec::<String>::new());
}

#[test]
fn a_disk_degrades_where_only_the_wanted_lives_on_it() {
    let yaml = "kind: StatefulSet\nspec:\n  replicas: 2\n  template: {spec: {containers: [{name: a, resources: {requests: {cpu: 1, memory: \
         1Gi}}}]}}\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: 1Gi}}}}]\n";
    let mut fixture = platform(2, 2, 2).object("store", yaml);
    fixture.edge("api", "store", Strength::Wants);
    assert_eq!(ways(&fixture, "shop"), ["shop → api ⇢ store, on `datacenter.host.nvme`"]);
    // A pod more would still be on the same disk.
    assert_eq!(finding(&fixture).help, ["or `accept degraded of shop \"why\"`"]);
}

#[test]
fn a_host_that_is_no_chain_of_words_is_accepted_as_a_string() {
    let mut fixture = Fixture::on(64_000, 64 * GIB).deployment("api", 2, "1", "1Gi").deployment("s", 1, "1", "1Gi");
    fixture.entry("3d.example.com", "api", "api");
    fixture.edge("api", "s", Strength::Wants);
    assert_eq!(finding(&fixture).help[1], "or `accept degraded of \"3d.example.com\" \"why\"`");
}

/// What is up when some are dead, the slow and obvious way: drop what cannot stand until nothing changes.
fn standing(model: &Model, dead: &BTreeSet<usize>) -> Vec<bool> {
    let mut up: Vec<bool> = (0..model.instances.len()).map(|index| !dead.contains(&index)).collect();
    for _ in 0..model.instances.len() {
        for index in 0..up.len() {
            let needs =
                model.edges.iter().filter(|edge| edge.strength == Strength::Needs && edge.from.0 as usize == index);
            up[index] = up[index] && needs.clone().all(|edge| holds(model, edge, &up));
        }
    }
    up
}

/// Whether the target of an edge is up, or enough of the choice that it belongs to are.
fn holds(model: &Model, edge: &crate::eval::model::Edge, up: &[bool]) -> bool {
    let Some(choice) = edge.alternative else { return up[end(edge)] };
    let same = model.edges.iter().filter(|other| {
        other.from == edge.from
            && other.strength == edge.strength
            && other.alternative.is_some_and(|one| one.group == choice.group)
    });
    let alive = same.clone().filter(|other| up[end(other)]).count();
    alive >= usize::try_from(choice.needed).unwrap().min(same.count())
}

fn end(edge: &crate::eval::model::Edge) -> usize {
    match edge.to {
        Target::Instance(id) => id.0 as usize,
        _ => unreachable!("the generator draws edges between instances only"),
    }
}

/// Whether an entry point stands and misses something: the closure of what runs, and then every wish of it.
fn is_degraded(model: &Model, dead: &BTreeSet<usize>) -> bool {
    let up = standing(model, dead);
    let entry = &model.entries[0];
    let roots = [entry.instance, entry.to, entry.via].map(|id| id.0 as usize);
    if !roots.iter().all(|root| up[*root]) {
        return false;
    }
    let mut running: BTreeSet<usize> = roots.into();
    for _ in 0..model.instances.len() {
        for edge in model.edges.iter().filter(|edge| edge.strength != Strength::Reaches) {
            if running.contains(&(edge.from.0 as usize)) && up[end(edge)] {
                running.insert(end(edge));
            }
        }
    }
    let wishes = model.edges.iter().filter(|edge| edge.strength == Strength::Wants);
    wishes.filter(|edge| running.contains(&(edge.from.0 as usize))).any(|edge| !holds(model, edge, &up))
}

/// A way must be one: connected, over edges that exist, up before its wish and down behind it.
fn is_a_way(model: &Model, loss: &Loss, dead: &BTreeSet<usize>) -> bool {
    let up = standing(model, dead);
    let position = |name: &str| model.instances.iter().position(|instance| instance.name == name).unwrap();
    let drawn = |from: usize, to: usize, strength| {
        let entry = &model.entries[0];
        let beside = from == entry.instance.0 as usize && [entry.to, entry.via].iter().any(|id| id.0 as usize == to);
        let own = |edge: &&crate::eval::model::Edge| {
            edge.from.0 as usize == from && end(edge) == to && edge.strength == strength
        };
        beside || model.edges.iter().any(|edge| own(&edge))
    };
    let mut at = position("entry");
    for step in &loss.path {
        let (from, to) = (position(&step.from), position(&step.to));
        let crosses = up[from] && !up[to];
        if from != at
            || !drawn(from, to, step.strength)
            || (crosses && step.strength != Strength::Wants)
            || (!up[from] && up[to])
        {
            return false;
        }
        at = to;
    }
    dead.contains(&at)
}

proptest! {
    #[test]
    fn degradations_are_those_of_the_slow_evaluation(
        services in prop::collection::vec((1_i128..4, 1_u64..3, 0_u8..3, prop::bool::weighted(0.2)), 2..7),
        edges in prop::collection::vec((0_usize..7, 0_usize..7, 0_u8..6), 0..16),
        nodes in 1_u64..4,
    ) {
        let mut fixture = Fixture::on(64_000, 64 * GIB);
        fixture.host().count = nodes;
        for (index, (pods, needed, rule, external)) in services.iter().enumerate() {
            let name = format!("s{index}");
            let id = fixture.instance(&name).0 as usize;
            fixture.model.instances[id].external = *external;
            if !external {
                let rule = match rule {
                    0 => String::new(),
                    1 => apart(&name),
                    _ => spread(&name, 1),
                };
                fixture.push(&name, &separated(&name, *pods, &rule));
                fixture.model.instances[id].groups = vec![group("main", &name, Some(*needed))];
            }
        }
        for (from, to, kind) in edges {
            let (from, to) = (from % services.len(), to % services.len());
            let mut edge = chain(u32::try_from(from).unwrap(), u32::try_from(to).unwrap());
            let group = u32::try_from(from).unwrap();
            match kind {
                0 | 1 => edge.strength = Strength::Wants,
                2 => {
                    edge.strength = Strength::Wants;
                    edge.alternative = Some(Alternative { group: 100 + group, needed: 1 });
                }
                3 => edge.alternative = Some(Alternative { group, needed: 1 }),
                4 => edge.strength = Strength::Reaches,
                _ => {}
            }
            fixture.model.edges.push(edge);
        }
        fixture.entry("entry", "s0", "s1");
        let model = &fixture.model;

        // Every single pod and every external alone; nodes are the matter of the test of single points of failure.
        let mut expected: BTreeSet<String> = BTreeSet::new();
        for (index, (pods, needed, _, external)) in services.iter().enumerate() {
            let serves = !external && *pods >= i128::from(*needed);
            let critical = *external || (serves && *pods - 1 < i128::from(*needed));
            if critical && is_degraded(model, &BTreeSet::from([index])) {
                expected.insert(format!("s{index}"));
            }
        }
        let failure = fixture.analyse().failure;
        let losses: Vec<&Loss> = failure.degraded.iter().flat_map(|one| &one.losses).collect();
        let of_one: Vec<&Loss> = losses.iter().copied().filter(|loss| loss.subject.starts_with('s')).collect();
        let found: BTreeSet<String> = of_one.iter().map(|loss| loss.subject.clone()).collect();
        prop_assert_eq!(found.len(), of_one.len());
        prop_assert_eq!(found, expected);
        for loss in of_one {
            let dead = model.instances.iter().position(|instance| instance.name == loss.subject).unwrap();
            prop_assert!(is_a_way(model, loss, &BTreeSet::from([dead])), "{:?}", loss.path);
        }
        // Nothing both degrades an entry point and takes it down.
        for loss in losses {
            prop_assert!(failure.spofs.iter().all(|spof| spof.subject != loss.subject));
        }
    }
}
