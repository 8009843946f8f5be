//! Single points of failure.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::analysis::testing::{Fixture, GIB};
use crate::eval::model::{Alternative, InstanceId, Model, Needed, PodGroup};
use crate::source::Span;
use crate::syntax::ast::Strength;

fn subjects(fixture: &Fixture) -> Vec<String> {
    fixture.analyse().failure.spofs.into_iter().map(|spof| spof.subject).collect()
}

/// `ingress` and `api` needing `db`, each on its own number of pods.
pub(super) fn platform(ingress: i128, api: i128, db: i128) -> Fixture {
    let mut fixture = Fixture::on(64_000, 64 * GIB)
        .deployment("ingress", ingress, "1", "1Gi")
        .deployment("api", api, "1", "1Gi")
        .deployment("db", db, "1", "1Gi");
    fixture.entry("shop", "api", "ingress");
    fixture.edge("api", "db", Strength::Needs);
    fixture
}

pub(super) fn separated(name: &str, replicas: i128, rule: &str) -> String {
    format!(
        "kind: Deployment\nspec:\n  replicas: {replicas}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      \
         {rule}\n      containers: [{{name: a, resources: {{requests: {{cpu: 1m, memory: 1Mi}}}}}}]\n"
    )
}

pub(super) fn spread(name: &str, skew: i128) -> String {
    format!(
        "topologySpreadConstraints: [{{maxSkew: {skew}, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, \
         labelSelector: {{matchLabels: {{app: {name}}}}}}}]"
    )
}

pub(super) fn apart(name: &str) -> String {
    format!(
        "affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: kubernetes.io/hostname, \
         labelSelector: {{matchLabels: {{app: {name}}}}}}}]}}}}"
    )
}

#[test]
fn the_only_node_is_always_a_single_point_of_failure() {
    assert_eq!(subjects(&platform(2, 2, 2)), ["datacenter.host"]);
}

#[test]
fn a_single_pod_behind_a_hard_edge_is_found_with_the_way_to_it() {
    let fixture = platform(2, 2, 1);
    let finding = fixture.diagnose().into_iter().find(|one| one.subject.as_deref() == Some("db")).unwrap();
    assert_eq!(finding.message, "losing the only pod of `db` takes `shop` down");
    // The number of replicas is the guilty value.
    assert_eq!(fixture.sources.text(finding.primary.span), "1");
    assert_eq!(finding.notes[0], "the way there: `shop` → `api` → `db`");
    assert_eq!(finding.notes[1], "it takes down 2 of 3 components: `api`, `db`");
}

#[test]
fn a_soft_edge_only_degrades() {
    let mut fixture = platform(2, 2, 2).deployment("search", 1, "1", "1Gi");
    fixture.edge("api", "search", Strength::Wants);
    assert_eq!(subjects(&fixture), ["datacenter.host"]);
}

#[test]
fn without_an_entry_point_nothing_is_said() {
    let fixture = Fixture::on(8000, 8 * GIB).deployment("db", 1, "1", "1Gi");
    assert_eq!(subjects(&fixture), Vec::<String>::new());
}

#[test]
fn replicas_on_several_nodes_help_only_when_they_are_kept_apart() {
    let build = |rule: &dyn Fn(&str) -> String| {
        let mut fixture = Fixture::on(8000, 8 * GIB);
        fixture.host().count = 2;
        for name in ["ingress", "api"] {
            fixture.push(name, &separated(name, 2, &rule(name)));
        }
        fixture.entry("shop", "api", "ingress");
        subjects(&fixture)
    };
    assert_eq!(build(&|_| String::new()), ["datacenter.host"]);
    assert_eq!(build(&|name| spread(name, 1)), Vec::<String>::new());
    assert_eq!(build(&|name| apart(name)), Vec::<String>::new());
    assert_eq!(build(&|name| spread(name, 2)), ["datacenter.host"]);
}

#[test]
fn a_disk_takes_down_what_has_claims_on_it() {
    let yaml = "kind: StatefulSet\nspec:\n  replicas: 2\n  template: {spec: {containers: [{name: a, resources: {requests: {cpu: 1, memory: \
         1Gi}}}]}}\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: 1Gi}}}}]\n";
    let mut fixture = platform(2, 2, 2).object("store", yaml);
    assert_eq!(subjects(&fixture), ["datacenter.host"]);
    fixture.edge("db", "store", Strength::Needs);
    assert_eq!(subjects(&fixture), ["datacenter.host", "datacenter.host.nvme"]);
}

#[test]
fn what_is_outside_fails_too_unless_there_is_a_choice() {
    let mut fixture = platform(2, 2, 2);
    for name in ["mail", "sms"] {
        let id = fixture.instance(name);
        fixture.model.instances[id.0 as usize].external = true;
    }
    fixture.edge("db", "mail", Strength::Needs);
    assert_eq!(subjects(&fixture), ["datacenter.host", "mail"]);
    fixture.edge("db", "sms", Strength::Needs);
    for edge in fixture.model.edges.iter_mut().skip(1) {
        edge.alternative = Some(Alternative { group: 7, needed: 1 });
    }
    assert_eq!(subjects(&fixture), ["datacenter.host"]);
}

pub(super) fn group(name: &str, label: &str, needed: Option<u64>) -> PodGroup {
    PodGroup {
        name: name.to_owned(),
        labels: vec![("app".to_owned(), label.to_owned())],
        needed: needed.map(|count| Needed { count, of: 3, span: Span::NONE }),
        span: Span::NONE,
    }
}

#[test]
fn a_quorum_of_all_makes_every_pod_a_single_point_of_failure() {
    let build = |needed| {
        let mut fixture = platform(2, 2, 3);
        let db = fixture.instance("db");
        fixture.model.instances[db.0 as usize].groups = vec![group("main", "db", Some(needed))];
        fixture
    };
    assert_eq!(subjects(&build(2)), ["datacenter.host"]);
    assert_eq!(subjects(&build(3)), ["datacenter.host", "db"]);
    assert_eq!(subjects(&build(4)), ["datacenter.host"]);
    let finding = build(4).only("V0504");
    assert_eq!(finding.message, "`main` of `db` needs 4 pods to serve and has 3 pods with the least replicas");
}

#[test]
fn of_several_groups_the_failing_one_is_named() {
    let mut fixture = platform(2, 2, 2);
    let master = separated("search-master", 1, "")
        .replace("spec:\n  replicas", "metadata: {name: search-master}\nspec:\n  replicas");
    fixture.push("search", &master);
    fixture.push("search", &separated("search-data", 2, ""));
    let search = fixture.instance("search");
    fixture.model.instances[search.0 as usize].groups =
        vec![group("master", "search-master", None), group("data", "search-data", None)];
    fixture.edge("api", "search", Strength::Needs);
    assert_eq!(subjects(&fixture), ["datacenter.host", "search.master"]);
}

#[test]
fn what_no_entry_point_needs_is_listed_and_harmless() {
    let fixture = platform(2, 2, 2).deployment("prometheus", 1, "1", "1Gi");
    assert_eq!(subjects(&fixture), ["datacenter.host"]);
    assert_eq!(fixture.analyse().failure.unreached, ["prometheus"]);
}

#[test]
fn a_thousand_services_are_judged_at_once() {
    let mut fixture = Fixture::bare();
    for index in 0..1000 {
        fixture.model.instances.push(crate::eval::model::Instance {
            name: format!("c{index}"),
            external: true,
            ..fixture_instance()
        });
    }
    for index in 0..999_u32 {
        let mut edge = chain(index, index + 1);
        edge.strength = Strength::Needs;
        fixture.model.edges.push(edge);
    }
    let (entry, last) = (InstanceId(0), InstanceId(1));
    fixture.model.entries.push(crate::eval::model::Entry {
        instance: entry,
        host: "h".to_owned(),
        to: last,
        via: last,
    });
    assert_eq!(fixture.analyse().failure.spofs.len(), 1000);
}

fn fixture_instance() -> crate::eval::model::Instance {
    let mut fixture = Fixture::bare();
    fixture.instance("x");
    fixture.model.instances.remove(0)
}

pub(super) fn chain(from: u32, to: u32) -> crate::eval::model::Edge {
    let mut fixture = Fixture::bare();
    fixture.edge("a", "b", Strength::Needs);
    let mut edge = fixture.model.edges.remove(0);
    edge.from = InstanceId(from);
    edge.to = crate::eval::model::Target::Instance(InstanceId(to));
    edge
}

/// Whether everything that an entry point needs is up, computed the slow and obvious way: drop what cannot stand until
/// nothing changes.
fn entry_stands(model: &Model, dead: &BTreeSet<usize>) -> bool {
    let mut up: Vec<bool> = (0..model.instances.len()).map(|index| !dead.contains(&index)).collect();
    let target = |edge: &crate::eval::model::Edge| match edge.to {
        crate::eval::model::Target::Instance(id) => id.0 as usize,
        _ => unreachable!("the generator draws edges between instances only"),
    };
    for _ in 0..model.instances.len() {
        for index in 0..model.instances.len() {
            let own =
                model.edges.iter().filter(|edge| edge.from.0 as usize == index && edge.strength == Strength::Needs);
            let (plain, choices): (Vec<_>, Vec<_>) = own.partition(|edge| edge.alternative.is_none());
            let groups: BTreeSet<u32> =
                choices.iter().filter_map(|edge| edge.alternative).map(|one| one.group).collect();
            let chosen = groups.iter().all(|group| {
                let members: Vec<_> =
                    choices.iter().filter(|edge| edge.alternative.is_some_and(|one| one.group == *group)).collect();
                let needed =
                    members.iter().filter_map(|edge| edge.alternative).map(|one| one.needed).max().unwrap_or(0);
                let alive = members.iter().filter(|edge| up[target(edge)]).count();
                alive >= usize::try_from(needed).unwrap().min(members.len())
            });
            up[index] = up[index] && chosen && plain.iter().all(|edge| up[target(edge)]);
        }
    }
    let entry = &model.entries[0];
    [entry.instance, entry.to, entry.via].iter().all(|id| up[id.0 as usize])
}

/// The most pods on one node over every way to distribute them that keeps the rule.
fn most_by_trying(pods: i128, nodes: usize, rule: u8) -> Option<i128> {
    fn distribute(left: i128, nodes: usize, counts: &mut Vec<i128>, visit: &mut dyn FnMut(&[i128])) {
        if nodes == 0 {
            if left == 0 {
                visit(counts);
            }
            return;
        }
        for here in 0..=left {
            counts.push(here);
            distribute(left - here, nodes - 1, counts, visit);
            counts.pop();
        }
    }
    let mut most = None;
    distribute(pods, nodes, &mut Vec::new(), &mut |counts| {
        let (least, largest) = (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0));
        let admitted = match rule {
            0 => true,
            1 => largest <= 1,
            skew => largest - least < i128::from(skew),
        };
        if admitted {
            most = most.max(Some(counts[0]));
        }
    });
    most
}

#[derive(Debug, Clone)]
struct Service {
    pods: i128,
    needed: u64,
    rule: u8,
    external: bool,
}

fn service() -> impl Strategy<Value = Service> {
    (1_i128..5, 1_u64..4, 0_u8..4, prop::bool::weighted(0.2)).prop_map(|(pods, needed, rule, external)| Service {
        pods,
        needed,
        rule,
        external,
    })
}

proptest! {
    #[test]
    fn single_points_of_failure_are_those_of_the_slow_evaluation(
        services in prop::collection::vec(service(), 2..7),
        edges in prop::collection::vec((0_usize..7, 0_usize..7, 0_u8..4), 0..14),
        nodes in 1_u64..4,
    ) {
        let mut fixture = Fixture::on(64_000, 64 * GIB);
        fixture.host().count = nodes;
        for (index, service) in services.iter().enumerate() {
            let name = format!("s{index}");
            let id = fixture.instance(&name).0 as usize;
            fixture.model.instances[id].external = service.external;
            if !service.external {
                let rule = match service.rule {
                    0 => String::new(),
                    1 => apart(&name),
                    skew => spread(&name, i128::from(skew) - 1),
                };
                fixture.push(&name, &separated(&name, service.pods, &rule));
                fixture.model.instances[id].groups = vec![group("main", &name, Some(service.needed))];
            }
        }
        for (from, to, kind) in edges {
            let (from, to) = (from % services.len(), to % services.len());
            let mut edge = chain(u32::try_from(from).unwrap(), u32::try_from(to).unwrap());
            match kind {
                0 => edge.strength = Strength::Wants,
                // One choice for each instance: two of the members, or as many as there are.
                1 => edge.alternative = Some(Alternative { group: u32::try_from(from).unwrap(), needed: 2 }),
                _ => {}
            }
            fixture.model.edges.push(edge);
        }
        fixture.entry("entry", "s0", "s1");
        let model = &fixture.model;

        let mut expected: BTreeSet<String> = BTreeSet::new();
        let (mut on_node, mut admitted) = (BTreeSet::new(), true);
        for (index, service) in services.iter().enumerate() {
            let serves = !service.external && service.pods >= i128::from(service.needed);
            let alone = BTreeSet::from([index]);
            let critical = service.external || (serves && service.pods - 1 < i128::from(service.needed));
            if critical && !entry_stands(model, &alone) {
                expected.insert(format!("s{index}"));
            }
            if serves {
                match most_by_trying(service.pods, usize::try_from(nodes).unwrap(), service.rule) {
                    Some(lost) if service.pods - lost < i128::from(service.needed) => { on_node.insert(index); }
                    Some(_) => {}
                    None => admitted = false,
                }
            }
        }
        // Where no placement exists at all, that is the finding, and the rest is moot.
        prop_assume!(admitted);
        if !entry_stands(model, &on_node) {
            expected.insert("datacenter.host".to_owned());
        }
        let found: BTreeSet<String> = subjects(&fixture).into_iter().collect();
        prop_assert_eq!(found, expected);
        // Each comes with a way that starts at the entry point and is connected.
        for spof in fixture.analyse().failure.spofs {
            prop_assert!(spof.hit.is_some());
            let mut at = "entry".to_owned();
            for step in spof.path {
                prop_assert_eq!(&step.from, &at);
                prop_assert!(spof.takes_down.contains(&step.to));
                at = step.to;
            }
        }
    }
}
