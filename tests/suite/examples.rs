//! What the examples promise in their README: three platforms that fit, and one that is refused for the reasons that its
//! specification gives.

use std::collections::BTreeSet;
use std::path::Path;

use vaubanc::cli::world::FileWorld;
use vaubanc::diag::{Diagnostic, Severity};
use vaubanc::fit::Verdict;
use vaubanc::{Compilation, Options, compile};

fn example(name: &str) -> Compilation {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    compile(&FileWorld::new(&module), &Options::default())
}

fn errors(compilation: &Compilation) -> Vec<&Diagnostic> {
    compilation.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).collect()
}

/// The codes of the specification's own faults: capacity, contradictions, single points of failure, policies.
const FAULTS_OF_A_SPECIFICATION: [&str; 9] = [
    "contradiction",
    "disk-overfull",
    "disruption-budget",
    "overfull",
    "policy",
    "quota-exceeded",
    "quota-sum",
    "share-exceeded",
    "spof",
];

#[test]
fn the_first_example_and_the_resolved_platform_fit() {
    for name in ["hello", "cloud", "vauban-blog"] {
        let compilation = example(name);
        assert!(errors(&compilation).is_empty(), "{name}: {:#?}", errors(&compilation));
        assert!(compilation.views.iter().any(|view| !view.objects.is_empty()), "{name} emits nothing");
    }
}

#[test]
fn the_cloud_is_guaranteed_in_every_state_and_costs_its_volumes() {
    let compilation = example("cloud");
    let view = compilation.views.first().expect("there is one environment");
    let proof = view.proof.as_ref().expect("it is proved");
    for state in proof.states.iter().filter(|state| state.required) {
        assert_eq!(state.verdict, Verdict::Guaranteed, "{:?}: {:?}", state.state, state.reason);
    }
    // Three volumes of 100 Gi are 322.1 GB at €0.08.
    let cost = view.analysis.cost.as_ref().expect("nodes state what they cost");
    assert_eq!(cost.words(), "€1165.77 to €1345.77 a month with €25.77 for network storage");
}

#[test]
fn an_acceptance_inside_an_entry_point_holds_under_the_host_of_every_environment() {
    let compilation = example("vauban-blog");
    let left: Vec<&str> = compilation.diagnostics.iter().map(|finding| finding.message.as_str()).collect();
    assert!(left.is_empty(), "{left:#?}");
    let degraded = compilation.accepted.iter().filter(|accepted| accepted.finding.code.name() == "degraded");
    let hosts: BTreeSet<&str> = degraded.filter_map(|accepted| accepted.finding.subject.as_deref()).collect();
    for host in ["vauban.blog", "rpc.vauban.blog", "staging.vauban.blog", "vauban.localhost"] {
        assert!(hosts.contains(host), "{hosts:?}");
    }
}

#[test]
fn every_environment_of_the_resolved_platform_is_proved_on_its_own_hardware() {
    let compilation = example("vauban-blog");
    let views = compilation.views.iter().filter_map(|view| {
        let hardware = view.model.hardware.as_ref()?;
        Some((view.model.environment.as_deref()?, hardware.name.as_str()))
    });
    let expected = vec![("production", "datacenter"), ("staging", "lab"), ("local", "laptop")];
    assert_eq!(views.collect::<Vec<_>>(), expected);
}

#[test]
fn the_platform_as_written_is_refused_for_what_its_specification_says_and_for_nothing_else() {
    let compilation = example("vauban-blog-as-written");
    for error in errors(&compilation) {
        assert!(FAULTS_OF_A_SPECIFICATION.contains(&error.code.name()), "{error:#?}");
    }
}

#[test]
fn the_platform_as_written_shows_every_impossibility_that_its_readme_lists() {
    let compilation = example("vauban-blog-as-written");
    // The name of the finding, and what its headline must hold.
    let promised: [(&str, &[&str]); 30] = [
        ("overfull", &["10.82 CPU", "7 CPU"]),
        ("overfull", &["at peak of memory"]),
        ("quota-sum", &["10 CPU", "7 CPU"]),
        ("quota-sum", &["148 GB", "120 GB"]),
        ("quota-exceeded", &["`vauban-prod`", "4.77 CPU", "4 CPU"]),
        ("quota-exceeded", &["`vauban-data`", "requests.cpu", "2 CPU"]),
        ("quota-exceeded", &["`vauban-data`", "limits.memory", "48 GB"]),
        ("quota-exceeded", &["`vauban-blockchain`", "2.01 CPU", "1 CPU"]),
        ("disk-overfull", &["2684.4 GB", "2.4 TB"]),
        ("budget-sum", &["590 GB", "`nvme-allocation`"]),
        ("share-exceeded", &["`redis`", "322.1 GB", "100 GB"]),
        ("share-exceeded", &["`elasticsearch`", "547.6 GB", "500 GB"]),
        ("share-exceeded", &["`postgres`", "1073.7 GB", "1 TB"]),
        ("share-exceeded", &["`prometheus`", "107.4 GB", "100 GB"]),
        ("share-exceeded", &["`loki`", "53.7 GB", "50 GB"]),
        ("share-exceeded", &["`tempo`", "32.2 GB", "30 GB"]),
        ("disruption-budget", &["`vauban-frontend`", "none of its 2 pods"]),
        ("contradiction", &["`replicas`", "`vauban-frontend`", "`3..10`"]),
        ("contradiction", &["`replicas`", "`vauban-api`", "`2..5`"]),
        ("policy", &["graceful-drain", "300s"]),
        ("spof", &["`datacenter.host`"]),
        ("spof", &["`datacenter.host.nvme`"]),
        ("spof", &["`elasticsearch.master`"]),
        ("spof", &["`madara-rpc`"]),
        ("spof", &["`route53`"]),
        ("spof", &["`gitops.server`", "`argocd.vauban.blog`"]),
        ("spof", &["`grafana`", "`grafana.vauban.blog`"]),
        ("spof", &["`postgres.pooler`"]),
        ("degraded", &["`vauban.blog`"]),
        ("degraded", &["`grafana.vauban.blog`"]),
    ];
    for (name, words) in promised {
        let holds = |finding: &Diagnostic| {
            finding.code.name() == name && words.iter().all(|word| finding.message.contains(word))
        };
        assert!(compilation.diagnostics.iter().any(holds), "no `{name}` that says {words:?}");
    }
}
