//! Every kind of evidence and every ground that the page defines, from a module to the checked proof.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::module::{Built, HONOR, apart, bound, build, cpu, deployment, even, like, workload};

/// One thing that is seen of one state.
struct Case {
    state: &'static str,
    wanted: &'static str,
    built: Built,
}

fn case(state: &'static str, wanted: &'static str, machines: &str, objects: &[String]) -> Case {
    Case { state, wanted, built: build(machines, objects) }
}

fn object(kind: &str, spec: &str) -> String {
    format!("{{apiVersion: v1, kind: {kind}, metadata: {{name: all, namespace: shop}}, spec: {spec}}}")
}

fn class(name: &str, value: u32) -> String {
    format!("{{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {{name: {name}}}, value: {value}}}")
}

/// A Deployment that states its memory, too.
fn with_memory(name: &str, replicas: u32, milli: u32, memory: &str) -> String {
    let resources = format!("{{requests: {{cpu: {milli}m, memory: {memory}}}, limits: {{memory: {memory}}}}}");
    workload("Deployment", name, &resources, "", &format!("replicas: {replicas}, strategy: {{type: Recreate}}"))
}

fn placed() -> Vec<Case> {
    let pair = |small| [deployment("large", 1, 700, ""), deployment("small", small, 400, "")];
    // Prices: `src/fit/tests/refusals.rs` works them out.
    let uneven = "  node n0 { cpu = 4, memory = 1GB }\n  node n1 { cpu = 1, memory = 4GB }";
    let priced = [with_memory("a", 3, 1000, "500M"), with_memory("b", 2, 500, "1G")];
    vec![
        case("S1", "weights", &like(2, "1", ""), &[deployment("api", 1, 100, "nodeSelector: {disk: fast}")]),
        case("S1", "weights", &like(2, "1", ""), &[deployment("api", 1, 1001, "")]),
        case("S1", "weights", &like(2, "1", ""), &[deployment("api", 3, 600, "")]),
        case("S1", "farkas", &like(1, "1", ""), &[deployment("api", 1, 600, ""), deployment("web", 1, 600, "")]),
        case("S1", "farkas", uneven, &priced),
        case("S1", "weights", &like(2, "1", ""), &pair(3)),
        case("S1", "placement", &like(2, "1", ""), &pair(2)),
        case("S1", "layers", &like(1, "1", ""), &pair(0)),
        case("S3", "loss", &like(2, "1", ""), &pair(0)),
        case("S5", "limits", &like(2, "1", ""), &pair(0)),
    ]
}

fn stored() -> Vec<Case> {
    let disk = |class: &str| like(1, "8", &format!(", disk nvme {{ size = 100GB, storage-class = \"{class}\" }}"));
    vec![
        case("S6", "refused", &disk("other"), &[bound("db", 1, 100, "10G", "")]),
        case("S6", "refused", &disk("local-path"), &[bound("db", 1, 100, "101G", "")]),
        case("S6", "refused", &disk("local-path"), &[bound("db", 2, 100, "51G", "")]),
        case("S6", "disks", &disk("local-path"), &[bound("db", 2, 100, "50G", "")]),
    ]
}

fn admitted() -> Vec<Case> {
    let node = like(1, "8", "");
    let api = deployment("api", 2, 100, "");
    let quota = |hard: &str| object("ResourceQuota", &format!("{{hard: {{{hard}}}}}"));
    let range = |item: &str| object("LimitRange", &format!("{{limits: [{{type: Container, {item}}}]}}"));
    let bare = workload("Deployment", "api", "{requests: {cpu: 100m, memory: 1Gi}}", "", "replicas: 1");
    vec![
        case("S7", "refused", &node, &[api.clone(), quota("requests.cpu: 199m")]),
        case("S7", "quotas", &node, &[api.clone(), quota("requests.cpu: 200m")]),
        case("S7", "refused", &node, &[api.clone(), quota("limits.cpu: '8'")]),
        case("S7", "refused", &node, &[api, range("min: {cpu: 101m}")]),
        case("S7", "refused", &node, &[bare, range("default: {memory: 512Mi}")]),
    ]
}

fn grounds() -> Vec<Case> {
    let usual = workload("Deployment", "api", &cpu(1000), "", "replicas: 4");
    let pinned = "nodeSelector: {kubernetes.io/hostname: n-1}";
    let first = bound("large", 1, 600, "10G", "priorityClassName: first");
    let disk = ", disk nvme { size = 100GB, storage-class = \"local-path\" }";
    let zone = |name: &str| {
        format!(
            "  node {name} {{ cpu = 2, memory = 64GB, labels = {{ \"topology.kubernetes.io/zone\" = \"{name}\" }} }}\n"
        )
    };
    let zones = [zone("a"), zone("b")].concat();
    let keeping = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: api, namespace: shop}\nspec: {minAvailable: 1, \
                   selector: {matchLabels: {app: api}}}\n"
        .to_owned();
    let surging = "updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
    let surging = workload("DaemonSet", "agent", &cpu(100), &apart("agent"), surging);
    let pool = "  node n { count = 1..3, cpu = 1, memory = 64GB }";
    vec![
        case("S1", "sums", &like(1, "1", ""), &[deployment("api", 2, 500, "")]),
        case("S1", "pinned", &like(2, "1", ""), &[deployment("api", 2, 500, pinned)]),
        case("S1", "balanced", &like(2, "1", ""), &[deployment("api", 4, 500, &even("api", HONOR))]),
        case("S1", "any-order", &like(3, "1", ""), &[deployment("api", 3, 400, ""), deployment("web", 1, 200, "")]),
        // As in pitfall 12: two of the others on the node of its volume leave it no room, unless it drives one out.
        case("S1", "layered", &like(2, "1500m", disk), &[first, deployment("small", 2, 500, ""), class("first", 10)]),
        case("S2", "waits", &like(1, "4", ""), &[usual]),
        case("S3", "zone", &zones, &[deployment("api", 2, 500, &even("api", HONOR))]),
        case("S1", "pool", pool, &[deployment("api", 3, 400, "")]),
        case("S4", "locked", &like(2, "8", ""), &[deployment("api", 1, 100, ""), keeping]),
        case("S2", "alone", &like(2, "8", ""), &[surging]),
        case("S1", "alone", &like(2, "1", ""), &[deployment("api", 2, 500, &apart("api"))]),
    ]
}

/// What is seen of a state: the kind of its evidence, its ground, and what its evidence mentions.
fn seen(one: &Case) -> Vec<String> {
    let (entry, text) = (one.built.state(one.state), one.built.evidence(one.state).to_string());
    let kind = entry["evidence"]["kind"].as_str().unwrap_or_default();
    let mut seen = vec![kind.to_owned(), one.built.ground(one.state).to_owned()];
    let is_refused = one.built.verdict(one.state) == "does-not-fit" && entry["evidence"].is_null();
    seen.extend(is_refused.then(|| "refused".to_owned()));
    let fits = one.built.verdict(one.state) == "fits-guaranteed";
    let mentions = [("waits", "\"waits\":["), ("zone", "\"gone\":{\"zone\":")];
    seen.extend(
        mentions.iter().filter(|(_, text_of)| fits && text.contains(text_of)).map(|(name, _)| (*name).to_owned()),
    );
    seen.extend(["pool", "alone"].into_iter().filter(|name| fits && *name == one.wanted).map(str::to_owned));
    seen
}

#[test]
fn every_kind_of_evidence_and_every_ground_occurs() {
    let mut all = BTreeSet::new();
    for one in placed().into_iter().chain(stored()).chain(admitted()).chain(grounds()) {
        let seen = seen(&one);
        let state = one.built.state(one.state);
        assert!(seen.iter().any(|name| name == one.wanted), "no {} in {state}", one.wanted);
        all.insert(one.wanted);
    }
    // Whatever the page defines is among them.
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/proof.md")).expect("the page is there");
    let kinds = page.split("\"kind\": \"").skip(1).filter_map(|rest| rest.split('"').next());
    let missing: Vec<&str> = kinds.filter(|kind| !all.contains(kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
