//! What must be there: files, digests, states, environments, and footprints of whatever may make pods.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{Case, charge, entry, node, state, sums, workload};
use crate::verify::{Given, Outcome, Report, verify};

fn case() -> Case {
    let api = workload("Deployment", "api", "", "", "cpu: '1'");
    let evidence = charge(vec![entry("Deployment.apps shop/api", 1, 1, 1)], sums("a", [1000, 0, 0, 1]));
    Case::new(&[&api], &[&node("a", "")]).with(state("S0", "fits-guaranteed", evidence))
}

fn run(proof: &Json, files: &BTreeMap<String, String>) -> Report {
    verify(&proof.to_string(), files, &Given::default()).expect("the proof can be looked at")
}

#[track_caller]
fn assert_fault(report: &Report, word: &str) {
    let faults: Vec<&String> =
        report.faults.iter().chain(report.environments.iter().flat_map(|one| &one.faults)).collect();
    assert!(!report.holds() && faults.iter().any(|fault| fault.contains(word)), "{faults:?}");
}

#[test]
fn a_changed_byte_makes_the_proof_stale() {
    let case = case();
    assert!(case.report().holds());
    for (file, from, to) in
        [("base/all.yaml", "name: main", "name: mains"), ("reports/nodes-base.yaml", "linux", "linus")]
    {
        let mut files = case.files();
        let text = files.get_mut(file).expect("the file is there");
        *text = text.replace(from, to);
        assert_fault(&run(&case.proof(), &files), "stale");
    }
    let mut files = case.files();
    files.remove("reports/nodes-base.yaml");
    assert_fault(&run(&case.proof(), &files), "stale");
    let mut files = case.files();
    files.insert("reports/footprints-base.yaml".to_owned(), case.manifests.clone());
    assert_fault(&run(&case.proof(), &files), "stale");
}

#[test]
fn every_state_must_be_there_once() {
    let mut proof = case().proof();
    let states = proof["environments"][0]["states"].as_array().expect("states are a list").clone();
    for index in 0..states.len() {
        let mut fewer = states.clone();
        fewer.remove(index);
        proof["environments"][0]["states"] = json!(fewer);
        assert_fault(&run(&proof, &case().files()), "");
        fewer.extend([states[index].clone(), states[index].clone()]);
        proof["environments"][0]["states"] = json!(fewer);
        assert_fault(&run(&proof, &case().files()), "twice");
    }
    let mut optional = states.clone();
    optional[0]["required"] = json!(false);
    proof["environments"][0]["states"] = json!(optional);
    assert_fault(&run(&proof, &case().files()), "as it must be");
}

#[test]
fn waves_stand_for_all_only_where_none_is_missing() {
    let mut proof = case().proof();
    let states = proof["environments"][0]["states"].as_array_mut().expect("states are a list");
    states[2]["rolling"] = json!("wave 0");
    assert!(run(&proof, &case().files()).holds());
    proof["environments"][0]["states"][2]["rolling"] = json!("wave 1");
    assert_fault(&run(&proof, &case().files()), "wave 0");
}

#[test]
fn every_environment_must_be_there() {
    let case = case();
    let mut files = case.files();
    for (name, text) in case.files() {
        files.insert(name.replace("base/", "overlays/base/"), text);
    }
    files.insert("overlays/staging/kustomization.yaml".to_owned(), String::new());
    assert_fault(&run(&case.proof(), &files), "`staging` was built");
    let mut twice = case.proof();
    let one = twice["environments"][0].clone();
    twice["environments"].as_array_mut().expect("a list").push(one);
    assert_fault(&run(&twice, &case.files()), "twice");
}

#[test]
fn whatever_may_make_pods_needs_a_footprint() {
    let mut case = case();
    let strange = "apiVersion: example.org/v1\nkind: Database\nmetadata: {name: db, namespace: shop}\n";
    case.manifests = format!("{}---\n{strange}", case.manifests);
    case.assert_refused("Database.example.org shop/db");
    case.footprints = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop, annotations: {vauban.dev/stands-for: Database.example.org shop/db}}\n".to_owned();
    case.assert_confirmed();
    let assumptions = &case.report().environments[0].assumptions;
    assert!(assumptions.iter().any(|one| one.contains("Database.example.org shop/db")), "{assumptions:?}");
    assert!(assumptions.iter().any(|one| one.contains("moon")), "{assumptions:?}");
    for (group, kind, is_known) in [
        ("argoproj.io", "Rollout", false),
        ("argoproj.io", "Application", true),
        ("keda.sh", "ScaledJob", false),
        ("v1", "ReplicationController", false),
        ("v1", "ConfigMap", true),
        ("networking.k8s.io", "Ingress", true),
        ("jobset.x-k8s.io", "JobSet", false),
        ("monitoring.coreos.com", "Prometheus", false),
        ("monitoring.coreos.com", "PrometheusRule", true),
    ] {
        let version = if group == "v1" { "v1".to_owned() } else { format!("{group}/v1") };
        let mut case = self::case();
        let object = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n");
        case.manifests = format!("{}---\n{object}", case.manifests);
        assert_eq!(case.outcome() == Outcome::Confirmed, is_known, "{group} {kind}");
    }
}

#[test]
fn what_is_there_twice_proves_nothing() {
    let mut twice = case();
    twice.footprints = twice.manifests.clone();
    twice.assert_refused("twice");
}

#[test]
fn classes_must_partition_nodes_that_are_alike() {
    let mut wrong = case();
    wrong.classes = json!([]);
    wrong.assert_refused("in no class");
    let mut unlike = case();
    unlike.nodes = format!("{}---\n{}", node("a", ""), node("b", "").replace("'8000'", "'7000'"));
    unlike.classes = json!([{ "class": "a", "nodes": ["a", "b"] }]);
    unlike.assert_refused("differ");
    let mut reserved = case();
    reserved.nodes = node("a", "").replace("vauban.dev/class: x", "vauban.dev/reserved-cpu: '1'");
    assert_fault(&reserved.report(), "less what is reserved");
}

#[test]
fn a_state_is_empty_only_where_it_cannot_occur() {
    let empty = |id: &str| {
        let mut state = state(id, "empty", Json::Null);
        state["reason"] = json!("there is one node");
        state
    };
    let mut one = case();
    one.states = vec![empty("S3")];
    one.assert_confirmed();
    one.states = vec![empty("S0")];
    one.assert_refused("can occur");
    let mut two = Case::new(&[&one.manifests], &[&node("a", ""), &node("b", "")]);
    two.states = vec![empty("S4")];
    two.assert_refused("can occur");
}

#[test]
fn a_required_state_that_is_undecided_is_not_passed_over() {
    let report = case().report();
    assert!(report.holds());
    assert_eq!(report.unproved().count(), 6, "{:?}", report.unproved().collect::<Vec<_>>());
}

#[test]
fn nonsense_is_refused_without_a_panic() {
    let case = case();
    let text = case.proof().to_string();
    // Every key of the proof is misspelt in turn, and every number made another.
    for (index, _) in text.match_indices("\":") {
        let mut broken = text.clone();
        broken.insert(index, 'x');
        let report = verify(&broken, &case.files(), &Given::default());
        assert!(
            report.is_err() || report.is_ok_and(|report| report.environments.iter().all(|one| !one.name.is_empty()))
        );
    }
    for wrong in ["", "[]", "{}", "{\"version\":1}", "{\"version\":2}", "{\"version\":2,\"environments\":[{}]}"] {
        assert!(verify(wrong, &case.files(), &Given::default()).is_err(), "{wrong}");
    }
}

/// Two environments on the same node, of which each is a kustomization of its own with one workload.
fn beside(cpu: [i64; 2]) -> (Json, BTreeMap<String, String>) {
    let mut environments = Vec::new();
    let mut files = BTreeMap::new();
    for (name, other) in [("one", "two"), ("two", "one")] {
        let texts = ["one", "two"]
            .map(|name| workload("Deployment", name, "", "", &format!("cpu: {}m", cpu[usize::from(name == "two")])));
        let sum = cpu[0] + cpu[1];
        let types = ["one", "two"].map(|name| entry(&format!("Deployment.apps shop/{name}"), 1, 1, 1));
        let evidence = charge(types.to_vec(), sums("a", [sum, 0, 0, 2]));
        let text = texts[usize::from(name == "two")].clone();
        let case = Case::new(&[&text], &[&node("a", "")]).with(state("S0", "fits-guaranteed", evidence));
        for (path, text) in case.files() {
            files.insert(
                path.replace("base/", &format!("overlays/{name}/")).replace("-base", &format!("-{name}")),
                text,
            );
        }
        let mut environment = case.proof()["environments"][0].clone();
        environment["name"] = json!(name);
        environment["manifests"] = json!(format!("overlays/{name}"));
        environment["nodes"] = json!(format!("reports/nodes-{name}.yaml"));
        environment["beside"] = json!([other]);
        environments.push(environment);
    }
    (json!({ "version": 3, "environments": environments }), files)
}

#[test]
fn environments_beside_each_other_share_the_nodes() {
    let (proof, files) = beside([1000, 3000]);
    let report = run(&proof, &files);
    assert!(report.holds(), "{report:?}");
    let (proof, files) = beside([1000, 3001]);
    assert!(!run(&proof, &files).holds());
    let (mut proof, files) = beside([1000, 3000]);
    proof["environments"][1]["beside"] = json!([]);
    assert_fault(&run(&proof, &files), "does not say that it runs beside");
    proof["environments"][0]["beside"] = json!([]);
    assert!(!run(&proof, &files).holds(), "the evidence counts pods of another environment");
    let assumptions = &run(&proof, &files).environments[0].assumptions;
    assert!(assumptions.iter().any(|one| one.contains("never share one")), "{assumptions:?}");
    proof["environments"][0]["beside"] = json!(["three"]);
    assert_fault(&run(&proof, &files), "no environment `three`");
}

#[test]
fn a_file_stands_for_one_environment_only() {
    let (proof, files) = beside([1000, 3000]);
    let text = files["overlays/one/all.yaml"].clone();
    let mut given = Given { manifests: Some(text), ..Given::default() };
    assert!(verify(&proof.to_string(), &files, &given).is_err());
    given.environment = Some("one".to_owned());
    assert!(verify(&proof.to_string(), &files, &given).is_ok_and(|report| report.holds()));
    given.environment = Some("two".to_owned());
    assert!(verify(&proof.to_string(), &files, &given).is_ok_and(|report| !report.holds()));
}

#[test]
fn an_operator_that_makes_pods_of_its_own_accord_needs_a_footprint() {
    let agent = super::workload("DaemonSet", "store", "", "", "cpu: '1'");
    let evidence =
        super::charge(vec![super::entry("DaemonSet.apps shop/store", 1, 1, 1)], super::sums("a", [1000, 0, 0, 1]));
    let case = |container: &str| {
        let agent = agent.replace("- name: main", &format!("- name: main\n        {container}"));
        super::Case::new(&[&agent], &[&super::node("a", "")]).with(super::state(
            "S0",
            "fits-guaranteed",
            evidence.clone(),
        ))
    };
    case("image: longhornio/longhorn-manager:v1\n        command: [longhorn-manager, -d, daemon]")
        .assert_refused("makes pods of others");
    case("image: r:5000/rook/ceph\n        args: [ceph, operator]").assert_refused("makes pods of others");
    case("image: rook/ceph:v1\n        args: [bash]").assert_confirmed();
}
