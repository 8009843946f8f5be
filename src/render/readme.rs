//! `README.md` of the tree: what must be there first, and in which order to apply it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::View;
use crate::render::layout::controller_files;
use crate::render::markdown::{code, table};
use crate::render::secrets::sealing_controller;
use crate::render::{FileSet, MARKDOWN_HEADER, applied, environment_name, environments};

/// The groups that every cluster serves.
const BUILT_IN: [&str; 19] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "scheduling.k8s.io",
];

/// Writes the page.
pub(crate) fn render(views: &[View], files: &mut FileSet) {
    let Some(first) = views.first() else { return };
    let mut text = format!("{MARKDOWN_HEADER}# {}\n\n{INTRODUCTION}", first.model.system);
    text.push_str("\n## What must be there first\n\n");
    let kinds = custom_kinds(views);
    if kinds.is_empty() {
        text.push_str("- A cluster with Kubernetes 1.30 or later; no further APIs are used.\n");
    } else {
        text.push_str("- A cluster with Kubernetes 1.30 or later, with the CustomResourceDefinitions below and the operators that serve them.\n");
    }
    let classes = storage_classes(views);
    if !classes.is_empty() {
        let classes: Vec<_> = classes.iter().map(|class| code(class)).collect();
        // Writing into a String cannot fail.
        let _ = writeln!(text, "- The storage classes {}, on the disks that the proof counted.", classes.join(", "));
    }
    if files.iter().any(|(path, _)| path.starts_with(KUBELETS)) {
        text.push_str(
            "- Kubelets that are told what `reports/kubelet-ENVIRONMENT.yaml` says. Without it they reserve nothing for the system, and \
             nodes offer more to pods than was proved to be there.\n",
        );
    }
    if files.contains("sealed-secrets/README.md") {
        text.push_str("- The secrets in [sealed-secrets/README.md](sealed-secrets/README.md), sealed or stored.\n");
    }
    let rows: Vec<_> = kinds.into_iter().map(|(api, kinds)| vec![code(&api), kinds]).collect();
    if !rows.is_empty() {
        let _ = write!(text, "\n{}", table(&["API", "Kinds"], &rows));
    }
    text.push_str("\n## Applying it\n");
    for view in environments(views) {
        order(view, files, &mut text);
    }
    let is_there = |prefix: &str| files.iter().any(|(path, _)| path.starts_with(prefix));
    let rows: Vec<_> = LAYOUT
        .iter()
        .filter(|(prefix, ..)| is_there(prefix))
        .map(|(_, path, content)| vec![(*path).to_owned(), (*content).to_owned()])
        .collect();
    let _ = write!(text, "\n## What is where\n\n{}", table(&["Path", "Content"], &rows));
    files.insert("README.md", text);
}

fn order(view: &View, files: &FileSet, text: &mut String) {
    let name = environment_name(view);
    let overlay = format!("overlays/{name}");
    let _ = writeln!(text, "\n### {name}\n\n```sh");
    let namespaces = format!("{overlay}/namespaces");
    let namespaces_alone = files.contains(&format!("{namespaces}/kustomization.yaml"));
    let secret = (
        "the secrets, sealed as sealed-secrets/README.md says; pods wait for them",
        format!("kubectl apply -f sealed-secrets/{name}/"),
    );
    let everything = ("everything", format!("kubectl apply -k {overlay}"));
    let mut steps: Vec<(&str, String)> = Vec::new();
    if !custom_kinds(std::slice::from_ref(view)).is_empty() {
        let known = "kubectl get crd    # lists every API above".to_owned();
        steps.push(("the CustomResourceDefinitions and operators above, as far as the cluster lacks them", known));
    }
    if namespaces_alone {
        steps.push(("the namespaces", format!("kubectl apply -k {namespaces}")));
    }
    // Nothing can be sealed before the controller runs, nor anything be stored in a namespace that does not exist.
    let first_everything = sealing_controller(view).is_some() || !namespaces_alone;
    match (view.model.secrets.is_empty(), first_everything) {
        (true, _) => steps.push(everything),
        (false, true) => steps.extend([everything, secret]),
        (false, false) => steps.extend([secret, everything]),
    }
    for (index, (words, command)) in steps.iter().enumerate() {
        let head = if steps.len() == 1 { String::new() } else { format!("# {}. {words}\n", index + 1) };
        let _ = writeln!(text, "{head}{command}");
    }
    text.push_str("```\n");
    if !controller_files(view).is_empty() {
        let before = if namespaces_alone {
            format!(" The namespaces come first: `kubectl apply -k {namespaces}`.")
        } else {
            String::new()
        };
        let after = if view.model.secrets.is_empty() {
            ""
        } else {
            " It does not bring the secrets: they are applied as above."
        };
        let _ = writeln!(
            text,
            "\nOr let ArgoCD do it: commit this tree, then `kubectl apply -k argocd-applications/{name}` once.{before}{after}"
        );
    }
}

/// The APIs that no cluster has by itself, with the kinds that are used.
fn custom_kinds(views: &[View]) -> BTreeMap<String, String> {
    let mut kinds: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for object in views.iter().flat_map(applied).filter(|object| !BUILT_IN.contains(&object.group())) {
        if object.group() != "storage.k8s.io" {
            kinds.entry(object.api_version.clone()).or_default().insert(&object.kind);
        }
    }
    kinds.into_iter().map(|(api, kinds)| (api, kinds.into_iter().collect::<Vec<_>>().join(", "))).collect()
}

/// The storage classes of disks that something is stored on and that the platform does not bring itself.
fn storage_classes(views: &[View]) -> BTreeSet<String> {
    let own: BTreeSet<_> = views
        .iter()
        .flat_map(|view| &view.objects)
        .filter(|object| object.kind == "StorageClass")
        .map(|object| object.name.as_str())
        .collect();
    let used = views.iter().flat_map(|view| &view.analysis.sums.disks).filter(|disk| !disk.usage.terms.is_empty());
    let classes = used.filter_map(|disk| disk.storage_class.as_deref());
    classes.filter(|class| !own.contains(class)).map(str::to_owned).collect()
}

const INTRODUCTION: &str = "\
This directory was written by `vaubanc build` and is overwritten by the next one. Change the sources, not these files;
`vaubanc build --check` tells whether somebody has.
";

const KUBELETS: &str = "reports/kubelet-";

/// Paths with what is there. A row is left out when this tree has nothing of the kind.
const LAYOUT: [(&str, &str, &str); 10] = [
    ("base/", "`base/`", "The platform unpatched: one directory for each component, one file for each object"),
    ("overlays/", "`overlays/ENVIRONMENT/`", "What the environment changes, one directory for each application"),
    ("argocd-applications/", "`argocd-applications/ENVIRONMENT/`", "What tells ArgoCD to apply the overlays"),
    ("sealed-secrets/", "`sealed-secrets/README.md`", "The secrets that must exist, without values"),
    ("reports/report.md", "`reports/report.md`", "What was proved, what was accepted, what is not proved"),
    (
        "reports/proof.json",
        "`reports/proof.json`, `reports/nodes-ENVIRONMENT.yaml`",
        "Every state with its evidence, and the nodes that were assumed; `vaubanc verify reports/proof.json --manifests .` checks them",
    ),
    ("reports/footprints-", "`reports/footprints-ENVIRONMENT.yaml`", "What operators are assumed to create"),
    (
        KUBELETS,
        "`reports/kubelet-ENVIRONMENT.yaml`",
        "One KubeletConfiguration for each node type: with it a node offers exactly the `allocatable` of the proof",
    ),
    ("reports/graph", "`reports/graph.dot`, `reports/graph.mmd`", "Who depends on whom"),
    ("", "`vauban.lock.json`", "Inputs, hashes, and the source line of every object"),
];
