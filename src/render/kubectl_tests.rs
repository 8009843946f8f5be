//! What Kustomize itself makes of the trees that are written, with `kubectl` as the judge.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::fs;
use std::path::Path;
use std::process::Command;

use super::kustomize::same_objects;
use super::testing::{application, component, namespace, object, view, with_spec};
use super::*;
use crate::data::Node;

/// Whether there is a `kubectl`. On a build server a missing one is a fault, not a reason to skip.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn kubectl_is_there() -> bool {
    let there =
        Command::new("kubectl").args(["version", "--client"]).output().is_ok_and(|output| output.status.success());
    assert!(there || std::env::var_os("CI").is_none(), "`kubectl` is needed on the build server");
    if !there {
        eprintln!("skipped: there is no `kubectl`");
    }
    there
}

fn write(files: &FileSet, root: &Path) {
    for (path, text) in files.iter() {
        let path = root.join(path);
        let directory = path.parent().expect("files of a tree lie in a directory");
        fs::create_dir_all(directory).and_then(|()| fs::write(&path, text)).expect("the directory is writable");
    }
}

fn kubectl_kustomize(directory: &Path) -> Result<Vec<Node>, String> {
    let output = Command::new("kubectl").arg("kustomize").arg(directory).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    crate::data::yaml::read_all(&String::from_utf8_lossy(&output.stdout))
}

fn bodies(view: &View) -> Vec<Node> {
    applied(view).into_iter().map(|object| object.body.clone()).collect()
}

/// A base and an environment that differ in every way that overlays know.
fn views() -> Compilation {
    let instances = || {
        vec![
            namespace("shop"),
            component("api"),
            component("db"),
            component("gone"),
            component("fresh"),
            application("web", &["api", "gone"]),
        ]
    };
    let deployment = |spec: &str| with_spec(object("apps/v1", "Deployment", "api", Some("shop"), 1), spec);
    let database = |spec: &str| with_spec(object("acid.zalan.do/v1", "postgresql", "db.main", Some("shop"), 2), spec);
    let base = [
        object("v1", "Namespace", "shop", None, 0),
        deployment(
            "{replicas: 2, minReadySeconds: 0, template: {spec: {tolerations: [], containers: [
              {name: main, image: 'a:1', env: [{name: A, value: 'no'}, {name: B, value: '2'}, {name: C, value: '3'}]},
              {name: side, image: 'b:1', args: [x, y, z]}]}}}",
        ),
        object("policy/v1", "PodDisruptionBudget", "api", Some("shop"), 1),
        database(
            "{numberOfInstances: 3, weight: 0.50, postgresql: {parameters: {shared_buffers: '1GB', 'a/b~c': 'on'}}}",
        ),
        object("v1", "ConfigMap", "gone", Some("shop"), 3),
    ];
    let production = [
        object("v1", "Namespace", "shop", None, 0),
        deployment(
            "{replicas: 3, template: {spec: {tolerations: [{key: k, operator: Exists}], containers: [
              {name: first, image: 'c:1'},
              {name: main, image: 'a:2', env: [{name: A, value: 'yes'}, {name: X, value: '1e3'}, {name: C, value: ''}]},
              {name: side, image: 'b:1', args: [x, z, w]}]}}}",
        ),
        object("v1", "Service", "api", Some("shop"), 1),
        database(
            "{numberOfInstances: 3, weight: 0.75, postgresql: {parameters: {shared_buffers: '2GB', 'a/b~c': 'off', 'd/e': 012}}}",
        ),
        object("v1", "ConfigMap", "fresh", Some("shop"), 4),
    ];
    let views = vec![view(None, instances(), &base), view(Some("production"), instances(), &production)];
    Compilation { views, ..Compilation::default() }
}

#[test]
fn kubectl_gives_back_exactly_the_objects_of_base_and_overlay() {
    if !kubectl_is_there() {
        return;
    }
    let compilation = views();
    let (files, diagnostics) = render(&compilation);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let root = tempfile::tempdir().expect("the system has a temporary directory");
    write(&files, root.path());
    for (directory, view) in ["base", "overlays/production"].into_iter().zip(&compilation.views) {
        let built = kubectl_kustomize(&root.path().join(directory)).expect("Kustomize takes what is written");
        assert_eq!(same_objects(&built, &bodies(view)), Ok(()), "{directory}");
    }
}

#[test]
fn kubectl_refuses_an_overlay_whose_base_has_drifted() {
    if !kubectl_is_there() {
        return;
    }
    let (files, _) = render(&views());
    let drifts = [
        ("base/api/deployment.yaml", "replicas: 2", "replicas: 4"),
        ("base/api/deployment.yaml", "name: api", "name: renamed"),
        ("base/api/poddisruptionbudget.yaml", "name: api", "name: renamed"),
        ("base/db/postgresql.yaml", "name: db.main", "name: renamed"),
    ];
    for (path, from, to) in drifts {
        let mut drifted = files.clone();
        let text = files.get(path).unwrap_or_default();
        assert!(text.contains(from), "{path} has no {from}:\n{text}");
        drifted.insert(path, text.replace(from, to));
        let root = tempfile::tempdir().expect("the system has a temporary directory");
        write(&drifted, root.path());
        let refusal = kubectl_kustomize(&root.path().join("overlays/production"));
        assert!(refusal.is_err(), "{from} became {to} and nobody noticed");
    }
}
