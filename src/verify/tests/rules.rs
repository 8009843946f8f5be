//! What adds or moves pods from outside of their templates: injectors, pools, bounds of namespaces, storage classes.

use serde_json::{Value as Json, json};

use super::{Case, charge, entry, node, node_of, state, sums, workload};

const API: &str = "Deployment.apps shop/api";

fn one(spec: &str, pod: &str) -> Case {
    let api = workload("Deployment", "api", spec, pod, "cpu: '1'");
    let evidence = charge(vec![entry(API, 1, 1, 1)], sums("a", [1000, 0, 0, 1]));
    Case::new(&[&api], &[&node("a", "")]).with(state("S0", "fits-guaranteed", evidence))
}

impl Case {
    fn and(mut self, further: &str) -> Self {
        self.manifests = format!("{}---\n{further}", self.manifests);
        self
    }
}

#[test]
fn containers_that_something_adds_are_not_passed_over() {
    let label = |from: &str, to: &str| one("", "").with_manifests(from, to);
    let labels = "template:\n    metadata: {labels: {app: api";
    label(labels, &format!("{labels}, sidecar.istio.io/inject: 'true'")).assert_refused("adds containers");
    label(labels, &format!("{labels}, istio.io/rev: stable")).assert_refused("adds containers");
    let annotated = |key: &str| {
        label("template:\n    metadata: {", &format!("template:\n    metadata: {{annotations: {{{key}}}, "))
    };
    annotated("vault.hashicorp.com/agent-inject: 'true'").assert_refused("adds containers");
    annotated("linkerd.io/inject: ingress").assert_refused("adds containers");
    annotated("linkerd.io/inject: disabled").assert_confirmed();
    let space = |metadata: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, {metadata}}}\n");
    one("", "").and(&space("labels: {team: shop}")).assert_confirmed();
    for metadata in
        ["labels: {istio-injection: enabled}", "labels: {istio.io/rev: x}", "annotations: {linkerd.io/inject: enabled}"]
    {
        one("", "").and(&space(metadata)).assert_refused("adds containers");
    }
    annotated("linkerd.io/inject: disabled")
        .and(&space("annotations: {linkerd.io/inject: enabled}"))
        .assert_confirmed();
    label(labels, &format!("{labels}, sidecar.istio.io/inject: 'false'"))
        .and(&space("labels: {istio-injection: enabled}"))
        .assert_confirmed();
}

#[test]
fn jobs_run_no_more_pods_than_they_complete_and_none_when_suspended() {
    let job = |spec: &str, count: i64| {
        let job = format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j, namespace: shop}}\nspec: {{{spec}template: {{spec: \
             {{containers: [{{name: a}}]}}}}}}\n"
        );
        let types = if count > 0 { vec![entry("Job.batch shop/j", count, 1, count)] } else { vec![] };
        let layers = if count > 0 {
            charge(types, sums("a", [0, 0, 0, count]))
        } else {
            json!({ "kind": "layers", "layers": [] })
        };
        Case::new(&[&job], &[&node("a", "")]).with(state("S1", "fits-guaranteed", layers))
    };
    job("", 1).assert_confirmed();
    job("parallelism: 4, ", 4).assert_confirmed();
    job("parallelism: 4, completions: 3, ", 3).assert_confirmed();
    job("parallelism: 4, completions: 3, ", 4).assert_refused("the files give 3");
    job("parallelism: 4, suspend: true, ", 0).assert_confirmed();
}

#[test]
fn a_pool_is_filled_with_types_that_fit_its_empty_nodes() {
    let agent = workload("DaemonSet", "agent", "", "", "cpu: '1'");
    let api = workload("Deployment", "api", "", "", "cpu: '3'");
    let types = vec![entry("DaemonSet.apps shop/agent", 1, 2, 1), entry(API, 1, 2, 1)];
    let evidence = charge(types, [sums("a", [4000, 0, 0, 2]), sums("b", [4000, 0, 0, 2])].concat());
    let pooled = ["a", "b"].map(|name| node_of(name, "", ", vauban.dev/pool-least: '1'"));
    let case = Case::new(&[&agent, &api], &pooled.each_ref().map(String::as_str));
    let case = case.with(state("S0", "fits-guaranteed", evidence));
    case.assert_confirmed();
    case.with_manifests("cpu: '3'", "cpu: 3001m").assert_refused("does not fit an empty node of `a`");
    let spread = "      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, nodeTaintsPolicy: Honor, labelSelector: {matchLabels: {app: api}}}\n";
    let place = "      containers:\n      - name: main\n        resources: {requests: {cpu: '3'}}";
    let two = case
        .with_manifests(place, &format!("{spread}{place}"))
        .with_manifests("api, namespace: shop}\nspec:", "api, namespace: shop}\nspec:\n  replicas: 2");
    two.assert_refused("adds up to 7000, more than 4000");
    let mut unlike = case.clone();
    unlike.nodes = unlike.nodes.replacen("'1'}", "'2'}", 1);
    unlike.classes = json!([{ "class": "a", "nodes": ["a", "b"] }]);
    unlike.assert_refused("differ");
}

#[test]
fn at_least_a_lost_node_of_a_pool_is_replaced_while_it_may_grow() {
    let api = workload("Deployment", "api", "  replicas: 2\n", "", "cpu: '1'");
    let case = |at: &str, nodes: i64| {
        let layers = charge(vec![entry(API, 2, nodes, 2)], sums("a", [2000, 0, 0, 2]))["layers"].clone();
        let evidence = json!({ "kind": "loss", "cases": [{ "gone": { "class": "a" }, "layers": layers }] });
        let pooled = ["a", "b"].map(|name| node_of(name, "", ", vauban.dev/pool-least: '1'"));
        let mut state = state("S3", "fits-guaranteed", evidence);
        (state["at"], state["required"]) = (json!(at), json!(at == "S0"));
        let mut case = Case::new(&[&api], &pooled.each_ref().map(String::as_str)).with(state);
        case.classes = json!([{ "class": "a", "nodes": ["a", "b"] }]);
        case
    };
    case("S0", 2).assert_confirmed();
    case("S1", 2).assert_refused("the files give 1");
    case("S1", 1).assert_confirmed();
}

#[test]
fn volumes_that_are_bound_too_early_or_elsewhere_are_not_free() {
    let spec = "  replicas: 2\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: local, resources: {requests: {storage: '1'}}}}]\n";
    let class = |further: &str| {
        format!(
            "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {{name: local}}\nprovisioner: x\n{further}"
        )
    };
    let set = workload("StatefulSet", "db", spec, "", "cpu: '1'");
    let case = |further: &str, nodes: i64| {
        let places = if nodes == 2 {
            [sums("a", [2000, 0, 0, 2]), sums("b", [2000, 0, 0, 2])].concat()
        } else {
            sums("a", [2000, 0, 0, 2])
        };
        let evidence = charge(vec![entry("StatefulSet.apps shop/db", 2, nodes, 2)], places);
        Case::new(&[&set, &class(further)], &[&node("a", ""), &node("b", "")]).with(state(
            "S0",
            "fits-guaranteed",
            evidence,
        ))
    };
    case("volumeBindingMode: WaitForFirstConsumer\n", 2).assert_confirmed();
    case("volumeBindingMode: Immediate\n", 2).assert_refused("bound before");
    case("", 2).assert_refused("bound before");
    let within = "volumeBindingMode: WaitForFirstConsumer\nallowedTopologies: [{matchLabelExpressions: [{key: kubernetes.io/hostname, values: [a]}]}]\n";
    case(within, 1).assert_confirmed();
    case(within, 2).assert_refused("the files give 1");
    case("volumeBindingMode: WaitForFirstConsumer\n", 2)
        .with_manifests("{storageClassName: local,", "{storageClassName: local, volumeName: v,")
        .assert_refused("a certain volume");
}

fn bounded(item: &str, evidence: Json) -> Case {
    let range = format!(
        "apiVersion: v1\nkind: LimitRange\nmetadata: {{name: r, namespace: shop}}\nspec: {{limits: [{item}]}}\n"
    );
    let verdict = if evidence["kind"] == "quotas" { "fits-guaranteed" } else { "does-not-fit" };
    let api = workload("Deployment", "api", "", "", "cpu: '1'");
    Case::new(&[&api, &range], &[&node("a", "")]).with(state("S7", verdict, evidence))
}

#[test]
fn bounds_of_a_namespace_refuse_pods() {
    let (fits, refused) = (json!({ "kind": "quotas", "keys": [] }), Json::Null);
    bounded("{type: Container, min: {cpu: '1'}}", fits.clone()).assert_confirmed();
    bounded("{type: Container, min: {cpu: 1001m}}", fits.clone()).assert_refused("`min` of `shop/r`");
    bounded("{type: Container, min: {cpu: 1001m}}", refused.clone()).assert_confirmed();
    bounded("{type: Container, min: {cpu: '1'}}", refused.clone()).assert_refused("do not show");
    // The most that is allowed is the limit of containers that state none, and a pod without one is refused.
    bounded("{type: Container, max: {cpu: '1'}}", fits.clone()).assert_confirmed();
    bounded("{type: Pod, max: {cpu: '1'}}", fits.clone()).assert_refused("`max` of `shop/r`");
    bounded("{type: Pod, max: {cpu: '1'}}", refused).assert_confirmed();
    bounded("{type: Pod, min: {cpu: '1'}}", fits.clone()).assert_confirmed();
    bounded("{type: Container, maxLimitRequestRatio: {cpu: '2'}}", fits).assert_refused("ratio");
}

#[test]
fn a_cap_makes_limits_a_matter_of_every_build() {
    let api = workload("Deployment", "api", "", "", "memory: '1'")
        .replace("{requests: {memory: '1'}}", "{limits: {memory: '8000'}}");
    let evidence = |cap: i64| json!({ "kind": "limits", "sums": [{ "class": "a", "sum": 8000, "allocatable": 8000, "cap": cap }] });
    let case = |cap: i64, verdict: &str| {
        let node = node_of("a", "", &format!(", vauban.dev/memory-overcommit: '{cap}'"));
        let mut state = state("S5", verdict, evidence(cap));
        state["required"] = json!(true);
        Case::new(&[&api], &[&node]).with(state)
    };
    case(100, "fits-guaranteed").assert_confirmed();
    case(99, "fits-guaranteed").assert_refused("do not show");
    case(99, "does-not-fit").assert_confirmed();
    let mut optional = case(100, "fits-guaranteed");
    optional.states[0]["required"] = json!(false);
    assert!(!optional.report().holds());
}

#[test]
fn the_ephemeral_part_of_a_disk_is_no_room_for_claims() {
    let disk = ", vauban.dev/disk.d.size: '10000', vauban.dev/disk.d.ephemeral: '8000', vauban.dev/disk.d.storage-class: local";
    let node = node_of("a", "", disk).replace(", vauban.dev/assumed: ephemeral-storage", "");
    let evidence = |usable: i64| json!({ "kind": "disks", "claims": [], "sums": [{ "class": "a", "disk": "d", "sum": 0, "usable": usable }] });
    let case = |usable| {
        let api = workload("Deployment", "api", "", "", "cpu: '1'");
        Case::new(&[&api], &[&node]).with(state("S6", "fits-guaranteed", evidence(usable)))
    };
    case(2000).assert_confirmed();
    case(10000).assert_refused("the files give 2000");
    let mut other = case(2000);
    other.nodes = other.nodes.replace("ephemeral: '8000'", "ephemeral: '7999'");
    let report = other.report();
    assert!(report.refusals().iter().any(|fault| fault.contains("ephemeral storage")), "{report:?}");
}

#[test]
fn what_is_demanded_decides_what_is_enough() {
    let mut proof = one("", "").proof();
    let evidence =
        json!({ "kind": "placement", "patterns": [{ "nodes": ["a"], "pods": [{ "type": API, "count": 1 }] }] });
    proof["environments"][0]["states"][0] = state("S0", "fits-possible", evidence);
    for (demand, missing) in [("guaranteed", true), ("possible", false)] {
        proof["environments"][0]["demand"] = json!(demand);
        let report = super::verify(&proof.to_string(), &one("", "").files(), &super::Given::default());
        let report = report.expect("the proof can be looked at");
        assert!(report.holds(), "{report:?}");
        assert_eq!(report.unproved().any(|(_, state)| state.label == "S0"), missing);
    }
}
