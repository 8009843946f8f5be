//! Overlays of random platforms: objects that appear, vanish, change and move between components and applications.

use proptest::prelude::*;

use super::testing::{application, component, object, view, with_spec};
use super::*;

/// Identities that are easily confused: by namespace, by scope, by group.
const IDENTITIES: [(&str, &str, &str, Option<&str>); 8] = [
    ("apps/v1", "Deployment", "a", Some("x")),
    ("apps/v1", "Deployment", "a", Some("y")),
    ("apps/v1", "Deployment", "b", Some("x")),
    ("v1", "Service", "a", Some("x")),
    ("serving.knative.dev/v1", "Service", "a", Some("x")),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "a", None),
    ("v1", "ConfigMap", "a.b", Some("x")),
    ("v1", "ConfigMap", "a-b", Some("x")),
];

/// For each identity: which of three components brings it, if any, and with which number inside.
type Choice = Vec<Option<(u32, u8)>>;

fn choice() -> impl Strategy<Value = Choice> {
    prop::collection::vec(prop::option::weighted(0.7, (0..3u32, 0..2u8)), IDENTITIES.len())
}

fn objects(choice: &Choice) -> Vec<Object> {
    let chosen = IDENTITIES.iter().zip(choice).filter_map(|(identity, chosen)| Some((identity, (*chosen)?)));
    chosen
        .map(|((api_version, kind, name, namespace), (instance, number))| {
            let object = object(api_version, kind, name, *namespace, instance);
            with_spec(object, &format!("{{number: {number}, list: [{{name: n, value: {number}}}]}}"))
        })
        .collect()
}

proptest! {
    #[test]
    fn every_overlay_gives_back_the_objects_of_its_environment(
        base in choice(),
        production in choice(),
        members in prop::collection::vec(prop::sample::select(vec!["one", "two", "three"]), 0..3),
    ) {
        let instances = || vec![component("one"), component("two"), component("three"), application("app", &members)];
        let views = vec![
            view(None, instances(), &objects(&base)),
            view(Some("production"), instances(), &objects(&production)),
        ];
        let (_, diagnostics) = render(&Compilation { views, ..Compilation::default() });
        prop_assert!(diagnostics.is_empty(), "{:?}", diagnostics);
    }
}
