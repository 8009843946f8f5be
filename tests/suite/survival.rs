//! What one loss takes down, and what fits without it: pools, zones and single replicas, whole modules at a time.

use vaubanc::fit::Verdict;
use vaubanc::world::MemoryWorld;
use vaubanc::{Compilation, Options, compile};

/// An entry point through a gate to an application, both with these settings, on this hardware.
fn shop(hardware: &str, gate: &str, api: &str) -> String {
    format!(
        "use std {{ web, ingress-nginx }}\nhardware h {{ kubernetes = \"1.31\", {hardware} }}\nsystem s on h {{}}\nnamespace n {{}}\n\
         component gate : ingress-nginx {{ namespace = n, cpu = 100m.., memory = 64Mi..128Mi, {gate} }}\n\
         component api : web {{ namespace = n, image = \"a/b:1\", port = 8080, cpu = 100m..200m, memory = 64Mi..128Mi, {api} }}\n\
         expose \"a.example\" {{ to = api, via = gate }}\n"
    )
}

fn compiled(text: &str) -> Compilation {
    compile(&MemoryWorld::new().with("a.vauban", text), &Options::default())
}

/// The errors, each as its code and its subject.
fn errors(text: &str) -> Vec<String> {
    let errors = compiled(text).diagnostics.into_iter().filter(|one| one.severity == vaubanc::diag::Severity::Error);
    errors.map(|one| format!("{} {}", one.code.number(), one.subject.unwrap_or(one.message))).collect()
}

/// What is said of the first single point of failure.
fn spof(text: &str) -> String {
    let found = compiled(text).diagnostics.into_iter().find(|one| one.code.number() == "V0503");
    found.map(|one| format!("{}\n{}\n{}", one.message, one.notes.join("\n"), one.help.join("\n"))).unwrap_or_default()
}

fn is_guaranteed(text: &str, name: &str) -> bool {
    let compilation = compiled(text);
    let proof = compilation.views[0].proof.as_ref().expect("it is proved");
    proof
        .states
        .iter()
        .filter(|one| one.required && one.state.key() == name)
        .all(|one| one.verdict == Verdict::Guaranteed)
}

const TWO_ZONES: &str = "node a { count = 3, cpu = 8, memory = 32GB, zone = \"a\" }, node b { count = 1, cpu = 8, memory = 32GB, zone = \"b\" }";
const THREE_ZONES: &str = "node n { count = 3, cpu = 8, memory = 32GB, zones = [\"a\", \"b\", \"c\"] }";

#[test]
fn a_pool_is_judged_at_its_least() {
    let two = "replicas = 2";
    for pool in ["1..5", "0..5"] {
        let text = shop(&format!("node n {{ count = {pool}, cpu = 8, memory = 32GB }}"), two, two);
        assert_eq!(errors(&text), ["V0503 h.n"], "{pool}");
        assert!(spof(&text).contains("losing the only node, `h.n`,"), "{}", spof(&text));
    }
    let kept =
        |pool: &str, more: &str| shop(&format!("node n {{ count = {pool}, cpu = 8, memory = 32GB }}{more}"), two, two);
    assert_eq!(errors(&kept("2..5", "")), Vec::<String>::new());
    // Together with what is always there, one node more is enough.
    assert_eq!(errors(&kept("0..5", ", node fix { count = 2, cpu = 8, memory = 32GB }")), Vec::<String>::new());
    assert_eq!(errors(&kept("1..5", ", node fix { count = 1, cpu = 8, memory = 32GB }")), Vec::<String>::new());
    assert_eq!(errors(&kept("0..5", ", node fix { count = 1, cpu = 8, memory = 32GB }")).len(), 2);
}

#[test]
fn what_is_only_preferred_keeps_nothing_apart_and_what_is_advised_does() {
    for [pool, gate, api] in [
        ["2..10", "replicas = 3", "replicas = 3..6"],
        ["3..10", "replicas = 3, serve = 2", "replicas = 3..6"],
        ["2..10", "replicas = 2", "replicas = 2"],
    ] {
        let on = |how: &str| {
            let [gate, api] = [gate, api].map(|settings| format!("{settings}, spread = \"{how}\""));
            shop(&format!("node n {{ cpu = 4, memory = 15GB, count = {pool} }}"), &gate, &api)
        };
        assert_eq!(errors(&on("soft")), ["V0503 h.n"], "{pool}");
        assert!(
            spof(&on("soft")).contains("it would take a hard spread of `gate` and `api` over `kubernetes.io/hostname`"),
            "{}",
            spof(&on("soft"))
        );
        assert_eq!(errors(&on("hard")), Vec::<String>::new(), "{pool}");
    }
}

#[test]
fn a_hard_spread_is_guaranteed_on_a_pool_with_more_pods_than_nodes() {
    let on = |pool: &str, cpu: u64, api: &str| {
        let hardware = format!("node n {{ count = {pool}, cpu = {cpu}, memory = 16GB }}");
        shop(&hardware, "replicas = 3", api).replace("cpu = 100m..200m", "cpu = 500m..1")
    };
    // Old pods do not pile up on one node: of the 21 of a rollout six others are at most where the next new one must go.
    for pool in ["2..10", "3..10"] {
        assert_eq!(errors(&on(pool, 4, "replicas = 3..20")), Vec::<String>::new(), "{pool}");
        assert_eq!(errors(&on(pool, 4, "replicas = 3..20, spread = \"soft\"")), ["V0503 h.n"], "{pool}");
        assert!(is_guaranteed(&on(pool, 4, "replicas = 3..20"), "S2"));
    }
    assert_eq!(errors(&on("3..10", 3, "replicas = 3..20")).len(), 1);
}

#[test]
fn a_hard_spread_is_not_advised_where_it_is() {
    // Two of three must live, and two nodes hold two and one.
    let on = |replicas: u64| {
        let settings = format!("replicas = {replicas}, serve = 2");
        shop("node n { count = 2, cpu = 8, memory = 32GB }", &settings, "replicas = 2")
    };
    assert!(
        spof(&on(3)).contains("a hard spread of `gate` over `kubernetes.io/hostname`, with so many pods"),
        "{}",
        spof(&on(3))
    );
    assert_eq!(errors(&on(4)), Vec::<String>::new());
}

#[test]
fn a_zone_is_a_single_point_of_failure_where_it_may_hold_all() {
    let two = "replicas = 2";
    let text = shop(TWO_ZONES, two, two);
    assert_eq!(errors(&text), ["V0503 h.zone.a"]);
    let said = spof(&text);
    assert!(said.starts_with("losing the zone `a` takes `a.example` down"), "{said}");
    assert!(
        said.contains("may lose 2 of 2 pods at once") && said.contains("`accept spof of h.zone.a \"why\"`"),
        "{said}"
    );
    // What is advised is what helps, and what may be accepted can be.
    assert!(
        said.contains("it would take a hard spread of `gate` and `api` over `topology.kubernetes.io/zone`"),
        "{said}"
    );
    let zoned = "replicas = 2, zone-spread = \"hard\"";
    assert_eq!(errors(&shop(TWO_ZONES, zoned, zoned)), Vec::<String>::new());
    assert_eq!(errors(&(text + "accept spof of h.zone.a \"by design\"\n")), Vec::<String>::new());
    // Three zones of a node each keep two pods on different nodes in different zones.
    assert_eq!(errors(&shop(THREE_ZONES, two, two)), Vec::<String>::new());
    let six = THREE_ZONES.replace("count = 3", "count = 6");
    assert_eq!(errors(&shop(&six, two, two)), ["V0503 h.zone.a"]);
    assert_eq!(errors(&shop(&six, zoned, zoned)), Vec::<String>::new());
    // One zone is no loss of its own, nor are nodes of which nobody knows the zone.
    assert_eq!(
        errors(&shop("node n { count = 3, cpu = 8, memory = 32GB, zone = \"a\" }", two, two)),
        Vec::<String>::new()
    );
}

#[test]
fn zones_of_one_cause_are_one_message_and_each_is_accepted_by_itself() {
    let six = THREE_ZONES.replace("count = 3", "count = 6");
    let text = shop(&six, "replicas = 2", "replicas = 2");
    let found = |text: &str| -> Vec<vaubanc::diag::Diagnostic> {
        compiled(text).diagnostics.into_iter().filter(|one| one.code.number() == "V0503").collect()
    };
    let [only] = found(&text).try_into().expect("three zones are one message");
    assert_eq!(only.message, "losing the zone `a`, `b` or `c` takes `a.example` down");
    assert_eq!(only.also, ["h.zone.b", "h.zone.c"]);
    assert!(only.notes.iter().any(|note| note == "likewise `api` may lose 2 of 2 and needs 1"), "{:?}", only.notes);
    let accepted = |zones: &[&str]| {
        let each = zones.iter().map(|zone| format!("accept spof of h.zone.{zone} \"by design\"\n"));
        format!("{text}{}", each.collect::<String>())
    };
    let [rest] = found(&accepted(&["b"])).try_into().expect("two zones are left");
    assert_eq!(
        (rest.message.as_str(), rest.also.as_slice()),
        ("losing the zone `a` or `c` takes `a.example` down", ["h.zone.c".to_owned()].as_slice())
    );
    assert_eq!(errors(&accepted(&["b", "c"])), ["V0503 h.zone.a"]);
    assert!(found(&accepted(&["a", "b", "c"])).is_empty());
    assert_eq!(compiled(&accepted(&["a", "b", "c"])).diagnostics.len(), 0, "every acceptance matches");
    // What goes down differs where something is in one of the zones only: that is another cause.
    let pinned =
        text.replace("port = 8080,", "port = 8080, node-selector = { \"topology.kubernetes.io/zone\" = \"a\" },");
    assert_eq!(found(&pinned).len(), 2, "{:?}", found(&pinned));
}

#[test]
fn a_zone_is_told_of_beside_the_node_that_takes_down_as_much() {
    let soft = "replicas = 2, spread = \"soft\"";
    let text = shop(TWO_ZONES, soft, soft);
    assert_eq!(errors(&text), ["V0503 h.a"]);
    assert!(spof(&text).contains("losing a node `h.a` or `h.b` takes"), "{}", spof(&text));
    assert!(
        spof(&text).contains("so does the loss of one of the zones `a`, `b`, which they are in"),
        "{}",
        spof(&text)
    );
}

#[test]
fn everything_in_one_of_several_zones_goes_with_it() {
    let pinned = "replicas = 2, node-selector = { \"topology.kubernetes.io/zone\" = \"a\" }";
    let text = shop(TWO_ZONES, pinned, pinned);
    assert!(errors(&text).contains(&"V0503 h.zone.a".to_owned()), "{:?}", errors(&text));
    assert!(spof(&text).contains("two zones at least that take `gate`"), "{}", spof(&text));
}

#[test]
fn pools_in_zones_are_judged_by_the_zones_that_are_always_there() {
    let pools = |count: &str| {
        format!(
            "for z in [\"a\", \"b\", \"c\"] {{ node \"n-${{z}}\" {{ count = {count}, cpu = 4, memory = 15GB, zone = z }} }}"
        )
    };
    let zoned = "replicas = 3..6, zone-spread = \"hard\"";
    assert_eq!(errors(&shop(&pools("1..4"), "replicas = 3, zone-spread = \"hard\"", zoned)), Vec::<String>::new());
    // More pods than nodes, which the scheduler deals to the zones and to any of their nodes.
    let many = |hardware: &str, api: &str| {
        shop(hardware, "replicas = 3, zone-spread = \"hard\"", api).replace("cpu = 100m..200m", "cpu = 500m..1")
    };
    let crowd = "replicas = 3..20, zone-spread = \"hard\"";
    assert_eq!(errors(&many(&pools("1..4"), crowd)), Vec::<String>::new());
    assert_eq!(errors(&many(&pools("4"), crowd)), Vec::<String>::new());
    // Where all zones may be empty but one, that one may hold all.
    assert_ne!(errors(&shop(&pools("0..4"), "replicas = 3, zone-spread = \"hard\"", zoned)), Vec::<String>::new());
}

#[test]
fn the_only_node_is_the_only_finding() {
    let text = shop("node n { count = 1, cpu = 8, memory = 32GB }", "replicas = 2", "replicas = 2");
    assert_eq!(errors(&text), ["V0503 h.n"]);
}

#[test]
fn a_single_replica_with_a_volume_is_no_matter_of_fit() {
    let disks = "node n { count = 3, cpu = 8, memory = 32GB, disk d { size = 100GB, storage-class = \"x\" } }";
    let network = "node n { count = 3, cpu = 8, memory = 32GB, zones = [\"a\", \"b\", \"c\"] }, storage x { storage-class = \"x\", zonal = true }";
    let pool = "node n { count = 1..3, cpu = 8, memory = 32GB, zone = \"a\" }, storage x { storage-class = \"x\", zonal = true }";
    let two = disks.replace("} }", "}, disk e { size = 50GB, storage-class = \"y\" } }");
    let budget =
        "emit \"policy/v1\" PodDisruptionBudget { spec { minAvailable = 0, selector.matchLabels = self.pods.main } }";
    for hardware in [disks, network, pool, two.as_str()] {
        for budget in ["", budget] {
            let text = format!(
                "use std {{ stateful }}\nhardware h {{ kubernetes = \"1.31\", {hardware} }}\nsystem s on h {{}}\nnamespace n {{}}\n\
                 component db : stateful {{ namespace = n, image = \"a/b:1\", cpu = 100m..200m, memory = 64Mi..128Mi, storage = 10Gi, storage-class = \"x\"\n{budget} }}\n"
            );
            assert_eq!(errors(&text), Vec::<String>::new(), "{hardware} {budget}");
            assert!(["S3", "S4"].iter().all(|name| is_guaranteed(&text, name)), "{hardware} {budget}");
        }
    }
    // Behind an entry point it is a finding that can be accepted.
    let text = shop(disks, "replicas = 2", "replicas = 2, needs db")
        .replace("use std { web,", "use std { stateful, web,")
        + "component db : stateful { namespace = n, image = \"a/b:1\", port = 5432, cpu = 100m..200m, memory = 64Mi..128Mi, storage = 10Gi, storage-class = \"x\" }\n";
    assert_eq!(errors(&text), ["V0503 h.n", "V0503 h.n.d", "V0503 db"]);
    let accepted =
        ["h.n", "h.n.d", "db"].map(|subject| format!("accept spof of {subject} \"restored within the hour\"\n"));
    assert_eq!(errors(&(text + &accepted.concat())), Vec::<String>::new());
}

#[test]
fn what_nothing_else_takes_is_a_finding_that_can_be_accepted_and_no_error_of_fit() {
    let pinned = |count: &str| {
        let api = format!("replicas = {count}, node-selector = {{ \"topology.kubernetes.io/zone\" = \"a\" }}");
        shop(TWO_ZONES, "replicas = 2, zone-spread = \"hard\"", &api)
    };
    let several = pinned("2");
    assert_eq!(errors(&several), ["V0503 h.zone.a"]);
    assert!(is_guaranteed(&several, "S3"));
    assert_eq!(errors(&(several + "accept spof of h.zone.a \"moved by hand\"\n")), Vec::<String>::new());
    assert_eq!(errors(&pinned("1")), ["V0503 h.a", "V0503 api"]);
}
