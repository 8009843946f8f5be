//! Cycles and the start-up order.

use proptest::prelude::*;

use super::{diagnose_cycles, hard_cycles, waves};
use crate::analysis::testing::Fixture;
use crate::eval::model::{Alternative, Edge, InstanceId, Model, Target};
use crate::source::Span;
use crate::syntax::ast::Strength::{self, Needs, Reaches, Wants};

fn fixture(edges: &[(&str, &str, Strength)]) -> Fixture {
    let mut fixture = Fixture::bare();
    for (from, to, strength) in edges {
        fixture.edge(from, to, *strength);
    }
    fixture
}

fn messages(fixture: &Fixture) -> Vec<String> {
    diagnose_cycles(&fixture.model).iter().map(|one| one.message.clone()).collect()
}

#[test]
fn a_circle_of_hard_edges_is_shown_with_every_edge() {
    let fixture =
        fixture(&[("x", "a", Needs), ("a", "b", Needs), ("b", "c", Needs), ("c", "a", Needs), ("c", "x", Wants)]);
    assert_eq!(messages(&fixture), ["`a` can never start: a → b → c → a"]);
    let diagnostic = diagnose_cycles(&fixture.model).into_iter().next().unwrap();
    let texts: Vec<&str> = diagnostic.labels.iter().map(|label| label.text.as_str()).collect();
    assert_eq!((diagnostic.primary.text.as_str(), texts), ("`a` needs `b`", vec!["`b` needs `c`", "`c` needs `a`"]));
}

#[test]
fn soft_edges_break_circles() {
    assert_eq!(messages(&fixture(&[("a", "b", Needs), ("b", "a", Wants)])), Vec::<String>::new());
    assert_eq!(messages(&fixture(&[("a", "a", Reaches)])), Vec::<String>::new());
    assert_eq!(messages(&fixture(&[("a", "a", Needs)])), ["`a` needs itself"]);
}

#[test]
fn a_choice_breaks_a_circle_when_another_can_start() {
    let choice = |needed| {
        let mut fixture = fixture(&[("a", "b", Needs), ("a", "c", Needs), ("b", "a", Needs)]);
        for edge in &mut fixture.model.edges[..2] {
            edge.alternative = Some(Alternative { group: 1, needed });
        }
        messages(&fixture)
    };
    assert_eq!(choice(1), Vec::<String>::new());
    assert_eq!(choice(2), ["`a` can never start: a → b → a"]);
}

#[test]
fn the_order_follows_needs_and_wants_and_ignores_what_would_close_a_circle() {
    // c needs nothing; b needs c; a wants b; d reaches a. c wants a closes a circle of wants through a.
    let fixture =
        fixture(&[("a", "b", Needs), ("b", "c", Needs), ("d", "a", Reaches), ("e", "a", Wants), ("c", "a", Wants)]);
    let names: Vec<&str> = fixture.model.instances.iter().map(|instance| instance.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    assert_eq!(waves(&fixture.model), [2, 1, 0, 0, 3]);
}

#[test]
fn a_long_chain_is_no_problem() {
    let mut model = Model::default();
    let mut one = Fixture::bare();
    one.instance("x");
    model.instances = vec![one.model.instances[0].clone(); 50_000];
    for index in 0..49_999 {
        model.edges.push(edge(index, index + 1, Needs));
    }
    assert_eq!(waves(&model)[0], 49_999);
    assert_eq!(hard_cycles(&model), Vec::<Vec<usize>>::new());
    model.edges.push(edge(49_999, 0, Needs));
    assert_eq!(hard_cycles(&model)[0].len(), 50_000);
}

fn edge(from: u32, to: u32, strength: Strength) -> Edge {
    let (listener, ports, alternative, span, implied) = (None, Vec::new(), None, Span::NONE, false);
    let (from, to) = (InstanceId(from), Target::Instance(InstanceId(to)));
    Edge { from, to, strength, listener, ports, alternative, span, implied }
}

proptest! {
    #[test]
    fn everything_starts_after_what_it_needs_and_circles_are_circles(
        count in 1_u32..12,
        drawn in prop::collection::vec((0_u32..12, 0_u32..12, any::<bool>()), 0..30),
    ) {
        let mut fixture = Fixture::bare();
        for index in 0..count {
            fixture.instance(&format!("i{index}"));
        }
        for (from, to, hard) in drawn {
            fixture.model.edges.push(edge(from % count, to % count, if hard { Needs } else { Wants }));
        }
        let cycles = hard_cycles(&fixture.model);
        for cycle in &cycles {
            for (position, next) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
                let (this, next) = (&fixture.model.edges[*position], &fixture.model.edges[*next]);
                prop_assert_eq!(this.strength, Needs);
                prop_assert_eq!(&this.to, &Target::Instance(next.from));
            }
        }
        if cycles.is_empty() {
            let waves = waves(&fixture.model);
            for edge in fixture.model.edges.iter().filter(|edge| edge.strength == Needs) {
                let Target::Instance(to) = edge.to else { continue };
                prop_assert!(waves[edge.from.0 as usize] > waves[to.0 as usize]);
            }
        }
    }
}
