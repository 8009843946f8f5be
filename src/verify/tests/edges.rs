//! What the API server and the controllers make of manifests that seem to say something else.

use serde_json::{Value as Json, json};

use super::{Case, charge, entry, node, state, sums, workload};

const API: &str = "Deployment.apps shop/api";

/// One Deployment on one node at S0, with further objects.
fn one(spec: &str, pod: &str, requests: &str, values: [i64; 4], further: &[&str]) -> Case {
    let api = workload("Deployment", "api", spec, pod, requests);
    let evidence = charge(vec![entry(API, values[3], 1, values[3])], sums("a", values));
    let manifests: Vec<&str> = [&*api].into_iter().chain(further.iter().copied()).collect();
    Case::new(&manifests, &[&node("a", "")]).with(state("S0", "fits-guaranteed", evidence))
}

fn plain(further: &[&str]) -> Case {
    one("", "", "cpu: '1'", [1000, 0, 0, 1], further)
}

#[test]
fn only_a_vertical_autoscaler_is_switched_off() {
    // The server drops the field that this kind does not have.
    let scaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api, namespace: shop}\nspec: {scaleTargetRef: {name: api}, minReplicas: 2, maxReplicas: 2, updatePolicy: {updateMode: 'Off'}}\n";
    plain(&[scaler]).assert_refused("the files give 2");
}

#[test]
fn a_list_may_hold_pods_whatever_its_group() {
    for (version, kind) in [("v1", "PodList"), ("apps/v1", "DeploymentList"), ("cilium.io/v2", "AnyList")] {
        let list = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n");
        plain(&[&list]).assert_refused("may make pods");
    }
}

#[test]
fn an_autoscaler_of_what_a_footprint_stands_for_leaves_its_pods_open() {
    let footprint = workload("StatefulSet", "db", "", "", "cpu: '1'").replace(
        "namespace: shop}",
        "namespace: shop, annotations: {vauban.dev/stands-for: Database.example.org shop/db}}",
    );
    let case = |scaler: &str| {
        let types = vec![entry(API, 1, 1, 1), entry("StatefulSet.apps shop/db", 1, 1, 1)];
        let mut case = plain(&[scaler]);
        case.states = vec![state("S0", "fits-guaranteed", charge(types, sums("a", [2000, 0, 0, 2])))];
        case.footprints.clone_from(&footprint);
        case
    };
    let vertical = "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nmetadata: {name: v, namespace: shop}\nspec: {targetRef: {kind: Database, name: db}}\n";
    let horizontal = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h, namespace: shop}\nspec: {scaleTargetRef: {kind: Database, name: db}, maxReplicas: 9}\n";
    for scaler in [vertical, horizontal] {
        // That the object itself is not among the manifests changes nothing.
        case(scaler).assert_refused("scales what it stands for");
        case(&scaler.replace("name: db", "name: other")).assert_confirmed();
        case(&scaler.replace("namespace: shop", "namespace: else")).assert_confirmed();
    }
}

#[test]
fn null_is_an_empty_text_in_labels_and_nothing_in_requests() {
    // The server makes `app: ""` of it, which no pod has, so that the spread bounds nothing.
    let spread = "      topologySpreadConstraints:\n      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, nodeTaintsPolicy: Honor, labelSelector: {matchLabels: {app: null}}}\n";
    one("", spread, "cpu: '1'", [1000, 0, 0, 1], &[]).assert_refused("not a map of texts");
    one("", "      nodeSelector: {disk: null}\n", "cpu: '1'", [1000, 0, 0, 1], &[])
        .assert_refused("not a map of texts");
    // Stated as nothing, so that no default of the namespace takes its place.
    plain(&[]).with_manifests("cpu: '1'", "cpu: '1', memory: null").assert_refused("not a quantity");
}

#[test]
fn a_pods_own_limit_stands_in_before_a_namespace_gives_requests() {
    let range = "apiVersion: v1\nkind: LimitRange\nmetadata: {name: r, namespace: shop}\nspec: {limits: [{type: Container, defaultRequest: {cpu: 100m}}]}\n";
    let limit = "      resources: {limits: {cpu: '2'}}\n";
    one("", limit, "", [2000, 0, 0, 1], &[range]).at_version("v1.34.0").assert_confirmed();
    one("", limit, "", [100, 0, 0, 1], &[range]).at_version("v1.34.0").assert_refused("the files give 2000");
    one("", limit, "cpu: 50m", [50, 0, 0, 1], &[range]).at_version("v1.34.0").assert_confirmed();
}

#[test]
fn a_claim_for_one_pod_at_a_time_has_one_pod() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: '1'}}}\n";
    let mounted = "      volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]\n";
    let case = one("  replicas: 2\n", mounted, "cpu: '1'", [2000, 0, 0, 2], &[claim]);
    case.assert_confirmed();
    case.with_manifests("ReadWriteOnce", "ReadWriteOncePod").assert_refused("one may mount");
}

#[test]
fn a_memory_limit_of_nothing_is_none() {
    let api = workload("Deployment", "api", "", "", "").replace("{requests: {}}", "{limits: {memory: '0'}}");
    let limits =
        |sum: i64| json!({ "kind": "limits", "sums": [{ "class": "a", "sum": sum, "allocatable": 8000, "cap": 100 }] });
    let case = |sum| Case::new(&[&api], &[&node("a", "")]).with(state("S5", "fits-guaranteed", limits(sum)));
    case(0).assert_refused("the files give 8000");
    case(8000).assert_confirmed();
}

fn quotas(object: &str, keys: &Json) -> Case {
    let api = workload("Deployment", "api", "", "", "cpu: '1'");
    let evidence = json!({ "kind": "quotas", "keys": keys });
    Case::new(&[&api, object], &[&node("a", "")]).with(state("S7", "fits-guaranteed", evidence))
}

#[test]
fn quotas_have_no_keys_but_those_that_the_server_has() {
    for key in ["limits.pods", "requests.pods", "count/cpu", "count/storage", "limits.persistentvolumeclaims"] {
        let quota = format!(
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q, namespace: shop}}\nspec: {{hard: {{{key}: '9000'}}}}\n"
        );
        let keys = json!([{ "quota": "shop/q", "key": key, "used": 0, "hard": 9000 }]);
        quotas(&quota, &keys).assert_refused("the key is not understood");
    }
}

#[test]
fn a_bound_of_what_nothing_states_refuses_all_pods() {
    for item in ["{type: Pod, max: {gpu: '1'}}", "{type: PersistentVolumeClaim, max: {cpu: '1'}}"] {
        let range = format!(
            "apiVersion: v1\nkind: LimitRange\nmetadata: {{name: r, namespace: shop}}\nspec: {{limits: [{item}]}}\n"
        );
        quotas(&range, &json!([])).assert_refused("of what has none");
    }
}

const BUDGET: &str = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: one, namespace: shop}\nspec: {maxUnavailable: 1, selector: {matchLabels: {app: api}}}\n";

fn lossy(id: &str, pod: &str, further: &[&str]) -> Case {
    let api = workload("Deployment", "api", "  replicas: 2\n", pod, "cpu: '1'");
    let case = |lost: &str, left: &str| {
        let layers = charge(vec![entry(API, 2, 1, 2)], sums(left, [2000, 0, 0, 2]))["layers"].clone();
        json!({ "gone": { "class": lost }, "layers": layers })
    };
    let evidence = json!({ "kind": "loss", "cases": [case("a", "b"), case("b", "a")] });
    let manifests: Vec<&str> = [&*api].into_iter().chain(further.iter().copied()).collect();
    Case::new(&manifests, &[&node("a", ""), &node("b", "")]).with(state(id, "fits-guaranteed", evidence))
}

#[test]
fn a_pod_of_two_budgets_is_never_evicted() {
    let other = BUDGET.replace("name: one", "name: two");
    lossy("S4", "", &[BUDGET]).assert_confirmed();
    lossy("S4", "", &[BUDGET, &other]).assert_refused("several budgets");
    lossy("S3", "", &[BUDGET, &other]).assert_confirmed();
    lossy("S4", "", &[BUDGET, &other.replace("app: api", "app: web")]).assert_confirmed();
}

#[test]
fn that_no_pod_is_evicted_is_believed_only_where_a_budget_keeps_all() {
    let locked = |replicas: i64, desired: i64, budgets: i64, further: &[&str]| {
        let api = workload("Deployment", "api", &format!("  replicas: {replicas}\n"), "", "");
        let manifests: Vec<&str> = [&*api].into_iter().chain(further.iter().copied()).collect();
        let evidence =
            json!({ "kind": "locked", "type": API, "count": replicas, "desired": desired, "budgets": budgets });
        Case::new(&manifests, &[&node("a", ""), &node("b", "")]).with(state("S4", "does-not-fit", evidence))
    };
    let (all, other) =
        (BUDGET.replace("maxUnavailable: 1", "minAvailable: 1"), BUDGET.replace("name: one", "name: two"));
    locked(1, 1, 1, &[&all]).assert_confirmed();
    locked(1, 1, 1, &[&all]).changed("\"desired\":1", "\"desired\":0").assert_refused("evidence.desired");
    locked(2, 1, 1, &[&all]).assert_refused("one may go");
    locked(1, 0, 1, &[BUDGET]).assert_refused("one may go");
    locked(0, 0, 1, &[&all]).assert_refused("one may go");
    locked(1, 1, 1, &[]).assert_refused("has no budget");
    locked(2, 1, 2, &[BUDGET, &other]).assert_confirmed();
    // On one node there is nothing to drain to, and the state does not occur.
    let mut case = locked(1, 1, 1, &[&all]);
    case.states[0]["state"] = json!("S3");
    case.assert_refused("evidence of the kind `locked`");
}

#[test]
fn what_tolerates_everything_stays_on_a_node_that_is_gone() {
    let tolerating = |toleration: &str| lossy("S3", &format!("      tolerations: [{{{toleration}}}]\n"), &[]);
    let key = "key: node.kubernetes.io/unreachable, operator: Exists";
    tolerating(&format!("{key}, effect: NoExecute, tolerationSeconds: 30")).assert_confirmed();
    tolerating("key: gpu, operator: Exists").assert_confirmed();
    for clinging in [
        "operator: Exists",
        "operator: Exists, effect: NoExecute",
        &format!("{key}, effect: NoExecute"),
        "key: node.kubernetes.io/unschedulable, effect: NoSchedule",
    ] {
        tolerating(clinging).assert_refused("nothing drives");
    }
}
