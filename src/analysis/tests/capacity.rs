//! Nodes and disks.

use crate::analysis::analyse;
use crate::analysis::testing::{Fixture, GB, GIB};
use crate::fit::{At, Measure, Reading, Scenario};
use proptest::prelude::*;

use crate::diag::Severity;
use crate::eval::model::Amount;
use crate::source::Span;

#[test]
fn what_fits_says_nothing() {
    // 7 × 1 CPU and 7 × 2 GiB on 8 CPU less 1, and 16 GiB less 1 GiB.
    let fixture = Fixture::on(8000, 16 * GIB).deployment("api", 7, "1", "2Gi").reserve(Some(1000), Some(GIB), None);
    assert_eq!(fixture.codes(), Vec::<&str>::new());
}

#[test]
fn one_milli_core_too_much_is_too_much() {
    let fixture = Fixture::on(8000, 64 * GIB).deployment("api", 7, "1", "1Gi").reserve(Some(1001), None, None);
    assert_eq!(fixture.codes(), ["V0401"]);
}

#[test]
fn an_overfull_node_shows_the_sum_and_what_would_do() {
    // 3 × 3 + 2 × 0.5 + 0.75 = 10.75 CPU; 8 less 1 is 7, so 3.75 are missing. search on 1 replica leaves 4.75; on 2 it
    // would be 7.75. 3 × 1.75 + 1.75 = 7: search on 1.75 each would do.
    let fixture = Fixture::on(8000, 64 * GIB)
        .deployment("search", 3, "3", "1Gi")
        .deployment("api", 2, "500m", "1Gi")
        .deployment("web", 1, "750m", "1Gi")
        .reserve(Some(1000), None, None);
    let finding = fixture.only("V0401");
    assert_eq!(finding.message, "the pods ask for 10.75 CPU, and `datacenter.host` can allocate 7 CPU");
    assert_eq!(fixture.sources.text(finding.primary.span), "8000");
    assert_eq!(finding.subject.as_deref(), Some("datacenter.host"));
    assert_eq!(fixture.sources.text(finding.labels[0].span), "3");
    assert_eq!(finding.labels[0].text, "`search` asks for 3 × 3 CPU = 9 CPU");
    insta::assert_snapshot!(finding.notes.join("\n"), @r#"
    CPU of `datacenter.host`:
    search                 3 × 3 CPU      9 CPU  0.yaml:12
    api                  2 × 0.5 CPU      1 CPU  1.yaml:12
    web                 1 × 0.75 CPU   0.75 CPU  2.yaml:12
    sum                               10.75 CPU
    there is                              8 CPU  host.vauban:1
    less reserve "k3s"                   -1 CPU
    allocatable                           7 CPU
    missing                            3.75 CPU
    "#);
    insta::assert_snapshot!(finding.help.join("\n"), @r"
    each of these lines alone makes this sum fit:
    another 3.75 CPU
    `search` on at most 1 replica (0.yaml:4)
    `search` on 1.75 CPU each (0.yaml:12)
    ");
}

#[test]
fn where_no_single_workload_is_enough_the_largest_together_are_named() {
    // 4 × 2 = 8 of 2 CPU: without any one of them 6 are left, without three of them it fits.
    let mut fixture = Fixture::on(2000, 64 * GIB);
    for name in ["a", "b", "c", "d"] {
        fixture = fixture.deployment(name, 1, "2", "1Gi");
    }
    let help = fixture.only("V0401").help;
    assert_eq!(help, ["each of these lines alone makes this sum fit:\nanother 6 CPU\n`a`, `b`, `c` elsewhere"]);
}

#[test]
fn memory_is_shown_in_both_systems_of_units() {
    // 128 GB are 119.2 GiB: eight pods of 16 GiB are 128 GiB and do not fit.
    let fixture = Fixture::on(64_000, 128 * GB).deployment("db", 8, "1", "16Gi");
    let finding = fixture.diagnose().into_iter().find(|one| one.code.number() == "V0401").unwrap();
    insta::assert_snapshot!(format!("{}\n{}", finding.message, finding.notes.join("\n")), @r"
    the pods ask for 128 GiB (137.4 GB) of memory, and `datacenter.host` can allocate 128 GB (119.2 GiB)
    memory of `datacenter.host`:
    db        8 × 16 GiB    128 GiB  137.4 GB  0.yaml:13
    sum                     128 GiB  137.4 GB
    there is              119.2 GiB    128 GB  host.vauban:2
    missing                 8.8 GiB    9.4 GB
    ");
}

#[test]
fn a_pod_that_no_node_can_hold_is_named_once() {
    let fixture = Fixture::on(4000, 64 * GIB).deployment("big", 1, "5", "1Gi");
    assert_eq!(fixture.codes(), ["V0402"]);
}

#[test]
fn pod_slots_run_out_although_nothing_else_does() {
    let fixture = Fixture::on(64_000, 64 * GIB).deployment("x", 111, "1m", "1Mi");
    assert_eq!(fixture.only("V0401").message, "`datacenter.host` is asked for 111 pods, and has places for 110");
}

#[test]
fn limits_above_the_memory_are_a_warning() {
    let yaml = "kind: Pod\napiVersion: v1\nspec: {containers: [{name: a, resources: {requests: {cpu: 1, memory: 1Gi}, limits: {memory: 65Gi}}}]}";
    let fixture = Fixture::on(8000, 64 * GIB).object("x", yaml);
    assert_eq!(fixture.only("V0410").severity, Severity::Warning);
}

#[test]
fn limits_are_held_against_the_declared_overcommit() {
    // Two pods that may take 6 GiB each are 12 of 8 GiB: 150 %.
    let with = |percent: Option<i128>| {
        let pod = "kind: Deployment\nspec:\n  replicas: 2\n  template: {spec: {containers: [{name: a, resources: {requests: \
                   {cpu: 1m, memory: 1Gi}, limits: {memory: 6Gi}}}]}}\n";
        let mut fixture = Fixture::on(8000, 8 * GIB).object("api", pod);
        fixture.host().overcommit_memory = percent.map(|value| Amount { value, span: Span::NONE });
        fixture
    };
    assert_eq!(with(Some(150)).codes(), Vec::<&str>::new());
    let finding = with(Some(149)).only("V0410");
    assert!(finding.message.contains("the declared overcommit allows 11.9 GiB"), "{}", finding.message);
    let finding = with(None).only("V0410");
    assert!(finding.help[0].contains("`overcommit { memory = 150% }`"), "{:?}", finding.help);
}

#[test]
fn a_pool_is_counted_at_its_most_and_costs_from_its_least_to_its_most() {
    // Ten nodes of one CPU; at €85 each, two of them are €170 and ten are €850.
    let mut fixture = Fixture::on(1000, GIB).deployment("api", 10, "1", "1Mi");
    let host = fixture.host();
    (host.count, host.least, host.cost) = (10, Some(2), Some(Amount { value: 8500, span: Span::NONE }));
    assert_eq!(fixture.codes(), Vec::<&str>::new());
    assert_eq!(fixture.analyse().cost.map(|cost| cost.words()), Some("€170 to €850 a month".to_owned()));
    let mut other = fixture.node("other", 1000, GIB);
    other.cost = None;
    fixture.model.hardware.as_mut().unwrap().nodes.push(other);
    let words = fixture.analyse().cost.map(|cost| cost.words()).unwrap_or_default();
    assert_eq!(words, "€170 to €850 a month, without `other`, which states no cost");
    assert_eq!(Fixture::on(1000, GIB).analyse().cost, None);
}

#[test]
fn without_hardware_the_proof_says_that_it_is_empty() {
    assert_eq!(Fixture::bare().deployment("x", 1, "1", "1Gi").codes(), ["V0411"]);
    assert_eq!(Fixture::bare().codes(), Vec::<&str>::new());
}

#[test]
fn neighbours_on_the_same_hardware_are_added() {
    let fixture = Fixture::on(8000, 64 * GIB).deployment("api", 5, "1", "1Gi");
    let mut staging = Fixture::on(8000, 64 * GIB).deployment("api", 4, "1", "1Gi");
    staging.model.environment = Some("staging".to_owned());
    let scenario = Scenario { model: &staging.model, objects: &staging.objects };
    let analysis = analyse(&Reading::of(fixture.scenario(), &[scenario]));
    let usage = analysis.sums.nodes.iter().find(|usage| usage.measure == Measure::Cpu).unwrap();
    assert_eq!((usage.total(At::Steady), usage.exceeded()), (9000, Some(At::Steady)));
}

fn stateful(replicas: i128, storage: &str, class: &str) -> String {
    format!(
        "kind: StatefulSet\nspec:\n  replicas: {replicas}\n  template: {{spec: {{containers: [{{name: a, resources: {{requests: \
         {{cpu: 1m, memory: 1Mi}}}}}}]}}}}\n  volumeClaimTemplates:\n  - metadata: {{name: data}}\n    spec: {{{class}resources: \
         {{requests: {{storage: {storage}}}}}}}\n"
    )
}

#[test]
fn claims_are_added_up_with_reserves_and_free_space() {
    // 1 TB less 50 GB and less 100 GB is 850 GB: two claims of 425 GB fit, a byte more does not.
    let build = |storage: &str| {
        let mut fixture =
            Fixture::on(8000, GIB).object("db", &stateful(2, storage, "")).reserve(None, None, Some(50 * GB));
        fixture.host().disks[0].keep_free = Some(Amount { value: 100 * GB, span: Span::NONE });
        fixture
    };
    assert_eq!(build("425G").codes(), Vec::<&str>::new());
    let finding = build("425000000001").only("V0405");
    assert_eq!(finding.subject.as_deref(), Some("datacenter.host.nvme"));
}

#[test]
fn ephemeral_storage_is_taken_from_its_disk_and_held_against_the_requests() {
    // 1000 GB less 300 GB leave 700 GB for claims; the pod asks for 301 GB of the 300 GB.
    let mut fixture = Fixture::on(8000, 64 * GIB).object("db", &stateful(1, "701G", ""));
    let ephemeral = Amount { value: 300 * GB, span: Span::NONE };
    fixture.host().disks[0].ephemeral = Some(ephemeral);
    assert_eq!(fixture.codes(), ["V0405"]);
    let fixture = fixture.object(
        "api",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: main\n    resources:\n      requests: {cpu: 1m, memory: 1, \
         ephemeral-storage: 301G}\n",
    );
    assert_eq!(
        fixture.only("V0401").message,
        "the pods ask for 301 GB (280.3 GiB) of ephemeral storage, and `datacenter.host` can allocate 300 GB (279.4 GiB)"
    );
}

#[test]
fn footprints_are_charged_like_what_they_stand_for() {
    let fixture = Fixture::on(8000, GIB).object("db", &stateful(3, "400G", "")).into_footprint();
    assert_eq!(fixture.codes(), ["V0405"]);
}

#[test]
fn a_class_that_no_disk_has_is_named() {
    let fixture = Fixture::on(8000, GIB).object("db", &stateful(1, "1G", "storageClassName: local-pth, "));
    let finding = fixture.only("V0416");
    assert_eq!(finding.help, ["did you mean `local-path`?"]);
}

proptest! {
    #[test]
    fn sums_are_those_of_a_naive_addition(
        loads in prop::collection::vec((0_i128..6, 1_i128..4000, 1_i128..4096), 1..8),
        cpu in 1000_i128..40_000,
        reserved in 0_i128..1000,
    ) {
        let mut fixture = Fixture::on(cpu, 64 * GIB).reserve(Some(reserved), None, None);
        for (index, (replicas, cpu, memory)) in loads.iter().enumerate() {
            fixture = fixture.deployment(&format!("x{index}"), *replicas, &format!("{cpu}m"), &format!("{memory}Mi"));
        }
        let sum: i128 = loads.iter().map(|(replicas, cpu, _)| replicas * cpu).sum();
        let memory: i128 = loads.iter().map(|(replicas, _, memory)| replicas * memory * (1 << 20)).sum();
        let analysis = fixture.analyse();
        prop_assert_eq!(analysis.sums.nodes[0].total(At::Steady), sum);
        prop_assert_eq!(analysis.sums.nodes[1].total(At::Peak), memory);
        prop_assert_eq!(analysis.sums.nodes[0].exceeded().is_some(), sum > cpu - reserved);
        // Every remedy that is offered works when it is carried out.
        for remedy in analysis.sums.nodes[0].remedies() {
            let mut usage = analysis.sums.nodes[0].clone();
            match remedy {
                crate::fit::sums::Remedy::MoreCapacity(more) => usage.capacity += more,
                crate::fit::sums::Remedy::AtMost { label, count, .. } => {
                    let term = usage.terms.iter_mut().find(|term| term.label == label).unwrap();
                    (term.count.steady, term.count.peak) = (count, count);
                }
                crate::fit::sums::Remedy::Smaller { label, each, .. } => {
                    usage.terms.iter_mut().find(|term| term.label == label).unwrap().each = each;
                }
                crate::fit::sums::Remedy::Without(labels) => usage.terms.retain(|term| !labels.contains(&term.label)),
            }
            prop_assert_eq!(usage.exceeded(), None);
        }
    }
}
