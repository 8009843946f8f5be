//! The tree as a whole, from hand-made views.

use super::testing::{application, component, expose, namespace, object, view, with_spec};
use super::*;
use crate::eval::model::{Entry, InstanceId};
use crate::objects::ObjectKey;

fn platform() -> Compilation {
    let instances = || vec![namespace("shop"), component("api"), component("db"), application("blog", &["api"])];
    let deployment = |replicas: &str| {
        let spec =
            format!("{{replicas: {replicas}, template: {{spec: {{containers: [{{name: main, image: 'a:1'}}]}}}}}}");
        with_spec(object("apps/v1", "Deployment", "api", Some("shop"), 1), &spec)
    };
    let mut footprint = object("apps/v1", "StatefulSet", "db", Some("shop"), 2);
    let database = object("acid.zalan.do/v1", "postgresql", "db", Some("shop"), 2);
    footprint.stands_for = Some(database.key());
    let space = object("v1", "Namespace", "shop", None, 0);
    let argo = object("argoproj.io/v1alpha1", "Application", "blog", Some("argocd"), 3);
    let base = view(
        None,
        instances(),
        &[
            space.clone(),
            deployment("2"),
            object("policy/v1", "PodDisruptionBudget", "api", Some("shop"), 1),
            database.clone(),
            footprint.clone(),
            argo.clone(),
        ],
    );
    let production = view(
        Some("production"),
        instances(),
        &[space, deployment("3"), object("v1", "Service", "api", Some("shop"), 1), database, footprint, argo],
    );
    Compilation { views: vec![base, production], ..Compilation::default() }
}

fn paths(files: &FileSet) -> Vec<&str> {
    files.iter().map(|(path, _)| path).collect()
}

fn rendered(compilation: &Compilation) -> FileSet {
    let (files, diagnostics) = render(compilation);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    files
}

#[test]
fn every_object_is_where_people_look_for_it() {
    let files = rendered(&platform());
    for path in [
        "argocd-applications/production/application-blog.yaml",
        "argocd-applications/production/kustomization.yaml",
        "base/api/deployment.yaml",
        "base/api/poddisruptionbudget.yaml",
        "base/db/postgresql.yaml",
        "base/namespaces/shop/namespace.yaml",
        "overlays/production/blog/api/deployment.patch.yaml",
        "overlays/production/blog/api/poddisruptionbudget.delete.yaml",
        "overlays/production/blog/api/service.yaml",
        "overlays/production/blog/expected.yaml",
        "overlays/production/namespaces/kustomization.yaml",
        "overlays/production/shop/kustomization.yaml",
    ] {
        assert!(files.contains(path), "{path} is missing from {:#?}", paths(&files));
    }
}

#[test]
fn footprints_and_applications_are_never_applied_with_the_platform() {
    let files = rendered(&platform());
    let applied = |path: &&str| path.starts_with("base/") || path.starts_with("overlays/");
    for path in paths(&files).into_iter().filter(applied) {
        assert!(!path.contains("statefulset") && !path.contains("application"), "{path}");
    }
}

#[test]
fn without_environments_the_base_is_applied_at_the_paths_that_applications_name() {
    let mut compilation = platform();
    compilation.views.truncate(1);
    // Its target alone would select two objects, which matters to patches only.
    for api in ["v1", "serving.knative.dev/v1"] {
        compilation.views[0].objects.push(object(api, "Service", "api", Some("shop"), 1));
    }
    let files = rendered(&compilation);
    let blog = files.get("overlays/base/blog/kustomization.yaml").unwrap_or_default();
    assert!(blog.contains("../../../base/api") && !blog.contains("patches"), "{blog}");
    let all = files.get("overlays/base/kustomization.yaml").unwrap_or_default();
    assert!(
        ["blog", "namespaces", "shop"]
            .iter()
            .all(|home| all.contains(&format!("- {home}\n")) || all.contains(&format!("{home:?}\n"))),
        "{all}"
    );
    assert!(files.contains("argocd-applications/base/application-blog.yaml"));
    assert!(files.get("README.md").unwrap_or_default().contains("kubectl apply -k overlays/base\n"));
    let extra =
        paths(&files).into_iter().find(|path| path.starts_with("overlays/") && !path.ends_with("/kustomization.yaml"));
    assert_eq!(extra, None, "the base needs no patch against itself");
}

#[test]
fn a_component_that_emits_nothing_has_no_directory() {
    let mut compilation = platform();
    for view in &mut compilation.views {
        view.objects.retain(|object| object.instance != InstanceId(2));
    }
    let files = rendered(&compilation);
    assert!(!paths(&files).iter().any(|path| path.starts_with("base/db")));
    assert!(!files.contains("overlays/production/shop/kustomization.yaml"));
}

#[test]
fn a_platform_that_emits_nothing_is_no_fault() {
    let compilation = Compilation { views: vec![view(None, Vec::new(), &[])], ..Compilation::default() };
    rendered(&compilation);
    rendered(&Compilation::default());
}

#[test]
fn an_entry_point_goes_with_the_component_that_it_leads_to() {
    let mut compilation = platform();
    for view in &mut compilation.views {
        view.model.instances.push(expose("api.shop.example"));
        let entry = Entry {
            instance: InstanceId(4),
            host: "api.shop.example".to_owned(),
            to: InstanceId(1),
            via: InstanceId(2),
        };
        view.model.entries.push(entry);
        view.objects.push(object("networking.k8s.io/v1", "Ingress", "api", Some("shop"), 4));
    }
    let files = rendered(&compilation);
    assert!(files.contains("base/expose-api/ingress.yaml"), "{:#?}", paths(&files));
    let blog = files.get("overlays/production/blog/kustomization.yaml").unwrap_or_default();
    assert!(blog.contains("../../../base/expose-api"), "{blog}");
}

#[test]
fn an_object_that_moves_to_another_component_is_not_brought_twice() {
    let mut compilation = platform();
    let production = &mut compilation.views[1];
    production.model.instances[3].members.push(("db".to_owned(), Span::NONE));
    for moved in production.objects.iter_mut().filter(|object| object.kind == "Deployment") {
        moved.instance = InstanceId(2);
    }
    rendered(&compilation);
}

#[test]
fn an_overlay_that_lost_its_base_is_noticed() {
    let compilation = platform();
    let mut files = rendered(&compilation);
    assert!(check(&compilation.views, &files).is_empty());
    let drifted = files.get("base/api/deployment.yaml").unwrap_or_default().replace('2', "7");
    files.insert("base/api/deployment.yaml", drifted);
    let diagnostics = check(&compilation.views, &files);
    assert_eq!(diagnostics.len(), 2, "base and overlay both differ: {diagnostics:?}");
}

#[test]
fn the_same_compilation_gives_the_same_bytes() {
    assert_eq!(rendered(&platform()), rendered(&platform()));
}

#[test]
fn an_object_in_another_namespace_is_another_object() {
    let mut compilation = platform();
    for object in &mut compilation.views[1].objects {
        if object.kind == "postgresql" {
            *object = super::testing::object("acid.zalan.do/v1", "postgresql", "db", Some("data"), 2);
        }
    }
    let files = rendered(&compilation);
    let key: Option<ObjectKey> = compilation.views[1].objects.iter().find(|o| o.kind == "postgresql").map(|o| o.key());
    assert_eq!(key.and_then(|key| key.namespace).as_deref(), Some("data"));
    assert!(files.contains("overlays/production/shop/db/postgresql.yaml"));
}
