//! `limits`, `disks`, `quotas` and their refusals.

use serde_json::json;

use super::{Case, node, node_of, state, workload};

#[test]
fn limits_decide_on_both_verdicts() {
    let api = workload("Deployment", "api", "", "", "memory: '1'")
        .replace("{requests: {memory: '1'}}", "{limits: {memory: '4001'}}");
    let evidence =
        |sum: i64| json!({ "kind": "limits", "sums": [{ "class": "a", "sum": sum, "allocatable": 8000, "cap": 100 }] });
    let case = |verdict, sum| Case::new(&[&api], &[&node("a", "")]).with(state("S5", verdict, evidence(sum)));
    case("fits-guaranteed", 4001).assert_confirmed();
    case("fits-guaranteed", 4000).assert_refused("the files give");
    case("does-not-fit", 4001).assert_refused("do not show");
    let two = case("does-not-fit", 8002).with_manifests("spec:\n  template", "spec:\n  replicas: 2\n  template");
    two.assert_confirmed();
    // What states no limit may take all that there is.
    case("fits-guaranteed", 8000).with_manifests("limits: {memory", "requests: {memory").assert_confirmed();
}

const DISK: &str = ", vauban.dev/disk.ssd.size: '1000', vauban.dev/disk.ssd.reserved: '300', vauban.dev/disk.ssd.keep-free: '100', vauban.dev/disk.ssd.storage-class: local";

fn disks(verdict: &str, evidence: serde_json::Value) -> Case {
    let spec = "  replicas: 2\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {resources: {requests: {storage: '300'}}}}]\n";
    let api = workload("StatefulSet", "api", spec, "", "");
    Case::new(&[&api], &[&node_of("a", "", DISK)]).with(state("S6", verdict, evidence))
}

#[test]
fn volumes_are_held_against_disks() {
    let claim = json!({ "claim": "StatefulSet.apps shop/api data", "storageClass": "local", "each": 300, "count": 2, "perNode": 2 });
    let evidence = json!({ "kind": "disks", "claims": [claim], "sums": [{ "class": "a", "disk": "ssd", "sum": 600, "usable": 600 }] });
    let case = disks("fits-guaranteed", evidence);
    case.assert_confirmed();
    case.changed("\"usable\":600", "\"usable\":700").assert_refused("the files give");
    case.changed("\"each\":300", "\"each\":299").assert_refused("the files give");
    case.with_manifests("storage: '300'", "storage: '301'")
        .changed("\"each\":300", "\"each\":301")
        .assert_refused("602");
    case.with_manifests("resources: {requests: {storage", "storageClassName: nfs, resources: {requests: {storage")
        .changed("\"local\"", "\"nfs\"")
        .assert_refused("no disk of `nfs`");
}

#[test]
fn volumes_are_refused_only_where_they_cannot_be() {
    // Two claims of 300 fill the disk of 600, two of 301 do not fit it, and one of 601 does not either.
    let case = disks("does-not-fit", json!(null));
    case.assert_refused("do not show");
    case.with_manifests("'300'", "'301'").assert_confirmed();
    case.with_manifests("replicas: 2", "replicas: 1").with_manifests("'300'", "'600'").assert_refused("do not show");
    case.with_manifests("replicas: 2", "replicas: 1").with_manifests("'300'", "'601'").assert_confirmed();
    case.with_manifests("resources: {requests: {storage", "storageClassName: nfs, resources: {requests: {storage")
        .assert_confirmed();
}

fn quota(hard: &str, verdict: &str, evidence: serde_json::Value) -> Case {
    let api = workload("Deployment", "api", "  replicas: 2\n", "", "cpu: 100m");
    let quota = format!(
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q, namespace: shop}}\nspec: {{hard: {{{hard}}}}}\n"
    );
    Case::new(&[&api, &quota], &[&node("a", "")]).with(state("S7", verdict, evidence))
}

#[test]
fn quotas_count_the_surge() {
    let key = |key: &str, used: i64, hard: i64| json!({ "quota": "shop/q", "key": key, "used": used, "hard": hard });
    let evidence = |keys: &[serde_json::Value]| json!({ "kind": "quotas", "keys": keys });
    let both = [key("pods", 3, 4), key("requests.cpu", 300, 300)];
    let case = quota("requests.cpu: 300m, pods: '4'", "fits-guaranteed", evidence(&both));
    case.assert_confirmed();
    case.changed("\"used\":3,", "\"used\":2,").assert_refused("the files give");
    case.with_manifests("cpu: 300m", "cpu: 299m")
        .changed("\"hard\":300", "\"hard\":299")
        .assert_refused("is 300 of 299");
    quota("requests.cpu: 300m, pods: '4'", "fits-guaranteed", evidence(&both[..1])).assert_refused("keys[1]");
    quota("count/jobs.batch: '4'", "fits-guaranteed", evidence(&[])).assert_refused("not understood");
    quota("limits.cpu: '1'", "fits-guaranteed", evidence(&[key("limits.cpu", 0, 1000)]))
        .assert_refused("states no `limits.cpu`");
    let over = quota("pods: '2'", "does-not-fit", json!(null));
    over.assert_confirmed();
    over.with_manifests("pods: '2'", "pods: '3'").assert_refused("do not show");
}

#[test]
fn pods_that_the_server_refuses_are_seen() {
    // No container states a limit.
    quota("limits.memory: '9'", "does-not-fit", json!(null)).assert_confirmed();
    let case = quota("pods: '9'", "does-not-fit", json!(null))
        .with_manifests("requests: {cpu: 100m}", "requests: {cpu: 100m}, limits: {cpu: 50m}");
    case.assert_confirmed();
    case.with_manifests("cpu: 50m", "cpu: 100m").assert_refused("do not show");
}

#[test]
fn scopes_and_objects_are_counted_anew() {
    let key = |key: &str, used: i64, hard: i64| json!({ "kind": "quotas", "keys": [{ "quota": "shop/q", "key": key, "used": used, "hard": hard }] });
    let scoped = quota("pods: '3'", "fits-guaranteed", key("pods", 3, 3))
        .with_manifests("hard:", "scopes: [NotTerminating], hard:");
    scoped.assert_confirmed();
    scoped.changed("\"used\":3", "\"used\":0").assert_refused("the files give");
    scoped.with_manifests("NotTerminating", "Terminating").assert_refused("the files give");
    scoped.with_manifests("NotTerminating", "Terminating").changed("\"used\":3", "\"used\":0").assert_confirmed();
    scoped.with_manifests("NotTerminating", "VolumeAttributesClass").assert_refused("not understood");
    let maps = quota("configmaps: '1'", "fits-guaranteed", key("configmaps", 1, 1));
    maps.assert_confirmed();
    maps.changed("\"used\":1", "\"used\":0").assert_refused("the files give");
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: {}\n";
    let two = Case { manifests: format!("{}{map}", maps.manifests), ..maps.clone() };
    two.assert_refused("the server refuses");
    let role = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\nrules: [{apiGroups: ['*'], resources: [configmaps], verbs: ['*']}]\n";
    Case { manifests: format!("{}{role}", maps.manifests), ..maps }.assert_refused("may make more");
}
