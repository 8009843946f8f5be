//! The pages for people: what they must say, and what they must never say.

use super::testing::{component, namespace, object, view};
use super::*;
use crate::diag::Diagnostic;
use crate::eval::model::{Acceptance, InstanceId, SecretKey, SecretRequest};
use crate::fit::{Held, Measure, Owner, PerState, Term, Usage};
use crate::source::Span;

fn usage() -> Usage {
    let term = Term {
        owner: Owner { instance: InstanceId(1), name: "db".to_owned(), neighbour: None },
        label: "db".to_owned(),
        count: PerState { steady: 2, peak: 3 },
        each: 1500,
        span: Span::NONE,
        count_span: PerState { steady: Span::NONE, peak: Span::NONE },
        countable: true,
    };
    let held = vec![Held { name: "k3s and etcd".to_owned(), amount: 1000, span: Span::NONE }];
    Usage::new("datacenter.host", Measure::Cpu, (8000, Span::NONE), held, vec![term])
}

fn compilation() -> Compilation {
    let mut footprint = object("apps/v1", "StatefulSet", "db", Some("shop"), 1);
    let database = object("acid.zalan.do/v1", "postgresql", "db", Some("shop"), 1);
    footprint.stands_for = Some(database.key());
    let objects = [object("v1", "Namespace", "shop", None, 0), database, footprint];
    let views = [None, Some("production")].map(|environment| {
        let mut view = view(environment, vec![namespace("shop"), component("db")], &objects);
        view.analysis.sums.has_hardware = true;
        view.analysis.sums.nodes = vec![usage()];
        let key = SecretKey {
            name: "URL".to_owned(),
            template: "postgresql://<db/user>:<db/password>@db:5432/db".to_owned(),
            span: Span::NONE,
        };
        view.model.secrets = vec![SecretRequest {
            instance: InstanceId(1),
            namespace: Some("shop".to_owned()),
            name: "db-env".to_owned(),
            keys: vec![key],
            span: Span::NONE,
        }];
        view
    });
    let acceptance = Acceptance {
        finding: "no-hardware".to_owned(),
        finding_span: Span::NONE,
        subject: Some("db".to_owned()),
        subject_span: Span::NONE,
        environment: None,
        reason: "a | b".to_owned(),
        until: Some("2027-01-31".to_owned()),
        span: Span::NONE,
    };
    let finding = Diagnostic::warning(codes::NO_HARDWARE, Span::NONE, "`db` runs nowhere").of("db");
    Compilation {
        views: views.into(),
        accepted: vec![crate::Accepted { acceptance, finding }],
        ..Compilation::default()
    }
}

fn rendered() -> FileSet {
    let (files, diagnostics) = render(&compilation());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    files
}

fn page<'a>(files: &'a FileSet, path: &str) -> &'a str {
    files.get(path).unwrap_or_else(|| panic!("{path} is not written"))
}

#[test]
fn the_secrets_page_names_every_key_and_its_shape() {
    let files = rendered();
    let page = page(&files, "sealed-secrets/README.md");
    for words in ["## production", "`shop`", "`db-env`", "`URL`", "<db/user>:<db/password>", "kubeseal", "90 days"] {
        assert!(page.contains(words), "{words} is missing:\n{page}");
    }
    assert!(!page.contains("## base"), "the base is no environment:\n{page}");
}

#[test]
fn secrets_are_sealed_for_the_controller_that_the_platform_brings() {
    let mut compilation = compilation();
    let (files, _) = render(&compilation);
    let outside = page(&files, "sealed-secrets/README.md");
    let default = "--controller-name sealed-secrets-controller --controller-namespace kube-system";
    assert!(outside.contains(default) && outside.contains("environment=production"), "{outside}");
    for view in &mut compilation.views {
        let mut sealing = component("sealing");
        sealing.kinds = vec!["sealed-secrets".to_owned(), "singleton".to_owned()];
        sealing.namespace = Some("governance".to_owned());
        view.model.instances.push(sealing);
    }
    let (files, _) = render(&compilation);
    let own = page(&files, "sealed-secrets/README.md");
    assert!(own.contains("--controller-name sealing --controller-namespace governance"), "{own}");
    assert!(own.contains("kubectl get secret --namespace governance ") && !own.contains("kube-system"), "{own}");
    let readme = page(&files, "README.md");
    let order = ["# 2. the namespaces", "# 3. everything", "# 4. the secrets"];
    let places: Vec<_> = order.iter().map(|words| readme.find(words)).collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "nothing is sealed before the controller runs\n{readme}"
    );
}

#[test]
fn the_report_shows_sums_with_their_terms_and_what_was_accepted() {
    let files = rendered();
    let page = page(&files, "reports/report.md");
    for words in [
        "## production",
        "| cpu | `host` | `▓▓████████░░░░░░░░░░` | 4 | 50 | 5.5 | 69 | 8 CPU |",
        "| k3s and etcd |  |  | 1 | 1 |",
        "| db | 2 to 3 | 1500m | 3 | 4500m |",
        "a \\| b",
        "2027-01-31",
        "What this version does not prove",
    ] {
        assert!(page.contains(words), "{words} is missing:\n{page}");
    }
}

#[test]
fn footprints_name_what_they_stand_for_and_are_read_back_whole() {
    let files = rendered();
    let text = page(&files, "reports/footprints-production.yaml");
    let documents = crate::data::yaml::read_all(text).expect("footprints are YAML");
    let annotation = ["metadata", "annotations", "vauban.dev/stands-for"];
    let owners: Vec<_> = documents.iter().filter_map(|document| document.at(&annotation)?.as_str()).collect();
    assert_eq!(owners, ["postgresql.acid.zalan.do shop/db"]);
    assert!(files.get("reports/footprints-base.yaml").is_none());
}

#[test]
fn the_readme_says_what_must_be_there_and_in_which_order() {
    let files = rendered();
    let page = page(&files, "README.md");
    assert!(page.contains("| `acid.zalan.do/v1` | postgresql |"), "{page}");
    let order = [
        "# 1. the CustomResourceDefinitions and operators",
        "apply -k overlays/production/namespaces",
        "apply -f sealed-secrets/production/",
        "apply -k overlays/production\n",
    ];
    let places: Vec<_> = order.iter().map(|words| page.find(words)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{page}");
}

#[test]
fn the_lock_names_every_other_file_with_its_hash() {
    let files = rendered();
    let locked = lock::files(page(&files, lock::NAME)).expect("the lock is ours");
    let others: Vec<_> = files.iter().filter(|(path, _)| *path != lock::NAME).collect();
    assert_eq!(locked.len(), others.len());
    for (path, text) in others {
        assert_eq!(locked.get(path), Some(&lock::hash(text.as_bytes())), "{path}");
    }
}

#[test]
fn every_file_says_that_it_is_generated() {
    for (path, text) in rendered().iter().filter(|(path, _)| *path != lock::NAME) {
        let first = text.lines().next().unwrap_or_default();
        assert!(first.contains("Generated by vaubanc"), "{path} begins with {first}");
    }
}
