//! Each kind of finding, and what is not said twice.

use crate::analysis::testing::{Fixture, GIB};
use crate::fit::Reading;
use proptest::prelude::*;

use super::super::{Verdict, prove};
use crate::diag::Diagnostic;
use crate::eval::model::Fit;

/// What the proof says about a fixture; what the analysis says is not among it.
fn findings(fixture: &Fixture) -> Vec<Diagnostic> {
    let scenario = fixture.scenario();
    let reading = Reading::of(scenario, &[]);
    super::diagnose(&prove(&reading), &reading, &fixture.analyse().sums, &fixture.sources).found.into_iter().collect()
}

fn codes(fixture: &Fixture) -> Vec<&'static str> {
    findings(fixture).iter().map(|found| found.code.number()).collect()
}

fn nodes(count: u64, cpu: i128) -> Fixture {
    let mut fixture = Fixture::on(cpu, 64 * GIB);
    fixture.host().count = count;
    fixture
}

/// A Deployment with these fields of the pod's spec and of the object's.
fn deployment(name: &str, replicas: i128, cpu: &str, pod: &str, spec: &str) -> String {
    format!(
        "kind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n{spec}  template:\n    metadata: {{labels: \
         {{app: {name}}}}}\n    spec:\n{pod}      containers: [{{name: a, resources: {{requests: {{cpu: {cpu}, memory: 1Gi}}}}}}]\n"
    )
}

const APART: &str = "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: \
                     kubernetes.io/hostname, labelSelector: {matchLabels: {app: x}}}]}}\n";
const RECREATE: &str = "  strategy: {type: Recreate}\n";

#[test]
fn what_is_guaranteed_says_nothing_and_one_node_is_a_warning() {
    let fixture = nodes(2, 8000).deployment("api", 2, "1", "2Gi");
    assert_eq!(codes(&fixture), Vec::<&str>::new());
    let alone = nodes(1, 8000).deployment("api", 2, "1", "2Gi");
    let [found] = findings(&alone).try_into().unwrap();
    assert_eq!((found.code.number(), found.subject.as_deref()), ("V0421", Some("datacenter")));
    assert_eq!(codes(&Fixture::on(8000, GIB)), Vec::<&str>::new(), "nothing runs, nothing stands still");
    assert_eq!(codes(&Fixture::bare().deployment("api", 2, "1", "2Gi")), Vec::<&str>::new(), "V0411 says it");
}

#[test]
fn more_pods_than_nodes_that_take_one_are_counted() {
    let build = |count: u64| nodes(count, 8000).object("x", &deployment("x", 3, "1", APART, RECREATE));
    let [found] = findings(&build(2)).try_into().unwrap();
    assert_eq!(found.message, "in the steady state, 3 pods of `x` need a node each, and 2 nodes take one");
    assert_eq!(found.notes, ["it does not fit at peak and while everything rolls at once, either"]);
    // What was proved to help cites its lines, and nothing says the same numbers again without a proof.
    // Of two nodes one may be lost, so two pods are one too many; four nodes without one take three.
    let proved = "with any one of these everything is guaranteed to fit in every required state (each proved again):\n`x` at most \
                  1 replica (0.yaml:4)\n2 more nodes of `host` (host.vauban:1)";
    assert_eq!(found.help, [proved, "or a preferred instead of the required anti-affinity"]);
    // Three pods on three nodes fit, but none of the nodes can be lost.
    assert_eq!(codes(&build(3)), ["V0419"]);
    assert_eq!(codes(&build(4)), Vec::<&str>::new());
}

#[test]
fn a_loss_without_room_names_what_was_proved_to_help() {
    // Two pods of 5 CPU on two nodes of 8: one more node takes what a lost one had, and so does one with 10 CPU; 4 CPU each
    // fit together on 8.
    let found = findings(&nodes(2, 8000).object("x", &deployment("x", 2, "5", "", RECREATE)));
    assert!(found[0].message.contains("when a node is lost"), "{}", found[0].message);
    let proved = "with any one of these everything is guaranteed to fit in every required state (each proved again):\n`x` on 4 CPU \
                  (0.yaml:9)\n`host` with 10 CPU (host.vauban:1)\n`x` at most 1 replica (0.yaml:4)\none more node of `host` \
                  (host.vauban:1)";
    assert_eq!(found[0].help[0], proved);
}

/// A budget that lets one of two pods go.
const KEEP: &str = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: NAME}\nspec: {minAvailable: 1, selector: {matchLabels: {app: NAME}}}\n";

#[test]
fn what_no_single_change_mends_is_said() {
    // Six pods of 3 CPU on two nodes of 5; nothing else takes `y`, which is on one of them by its name, and a budget keeps it there.
    let pin = "      nodeSelector: {kubernetes.io/hostname: host-1}\n";
    let fixture = nodes(2, 5000)
        .object("x", &deployment("x", 3, "3", "", RECREATE))
        .object("y", &deployment("y", 2, "500m", pin, RECREATE))
        .object("keep", &KEEP.replace("NAME", "y"));
    let found = findings(&fixture);
    let help = &found[0].help[0];
    assert!(
        help.starts_with(
            "no single change that was tried is enough; with any one of these everything is guaranteed to fit \
                              steady, at peak and in rollouts (each proved again):\n"
        ),
        "{help}"
    );
    let leaves = ", but leaves the drain of a node (S4) failing";
    assert!(help.lines().skip(1).all(|line| line.ends_with(leaves)), "{help}");
}

#[test]
fn a_surge_without_a_node_of_its_own_is_the_fault_of_the_rollout() {
    // A quarter of three is no pod that may be missing; of four it would be one, and the rollout could make its own room.
    let fixture = nodes(3, 8000).object("x", &deployment("x", 3, "1", APART, ""));
    let found = findings(&fixture);
    assert_eq!(
        found[0].message,
        "while everything rolls at once, 4 pods of `x` need a node each, and 3 nodes take one"
    );
    assert_eq!(found[0].primary.text, "3 pods, and 1 more while they roll");
    assert!(found[0].help[1].contains("`surge = 0`"), "{:?}", found[0].help);
}

#[test]
fn the_sum_fits_and_the_pieces_do_not() {
    // Two nodes of 4 CPU and three pods of 2.5 CPU: 7.5 of 8, but one on each node only.
    let fixture = nodes(2, 4000).deployment("x", 3, "2500m", "1Gi");
    assert_eq!(
        findings(&fixture)[0].message,
        "in the steady state, 3 pods of `x` need a node each, and 2 nodes take one"
    );
}

#[test]
fn taints_and_selectors_keep_pods_away() {
    let mut fixture = nodes(2, 8000).deployment("x", 1, "1", "1Gi");
    fixture.host().taints = vec![crate::eval::model::Taint::closing("control-plane")];
    let [found] = findings(&fixture).try_into().unwrap();
    assert_eq!((found.code.number(), found.message.as_str()), ("V0418", "no node takes the pods of `x`"));
}

#[test]
fn what_the_sums_say_is_not_said_again() {
    let overfull = Fixture::on(8000, 64 * GIB).deployment("api", 9, "1", "1Gi");
    assert_eq!(overfull.codes(), ["V0401"]);
    assert_eq!(codes(&overfull), ["V0421"]);
    let oversize = Fixture::on(4000, 64 * GIB).deployment("big", 1, "5", "1Gi");
    assert_eq!(oversize.codes(), ["V0402"]);
    assert_eq!(codes(&oversize), ["V0421"]);
}

#[test]
fn a_rollout_that_does_not_fit_lists_its_terms() {
    // 3 × 1 + 4 = 7 of 7 CPU; one more while it rolls makes 8, and none may be missing.
    let strict = "  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}\n";
    let (rolls, stays) = (deployment("x", 3, "1", "", strict), deployment("y", 1, "4", "", RECREATE));
    let fixture = Fixture::on(7000, 64 * GIB).object("x", &rolls).object("y", &stays);
    assert_eq!(fixture.codes(), Vec::<&str>::new());
    let found = findings(&fixture);
    assert_eq!(
        found[0].message,
        "while everything rolls at once, the pods ask for 8 CPU, and `datacenter.host` can allocate 7 CPU"
    );
    assert!(found[0].notes[0].contains("missing"), "{:?}", found[0].notes);
    assert!(found[0].help[0].contains("\n`host` with 8 CPU (host.vauban:1)\n"), "{:?}", found[0].help);
    assert!(found[0].help[1].starts_with("or rollouts that take an old pod away first"), "{:?}", found[0].help);
    assert_eq!(found[0].labels.last().unwrap().text, "7 CPU of this can be allocated");
}

#[test]
fn a_quota_that_refuses_what_surges_is_named_with_its_terms() {
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {requests.cpu: 6}}\n";
    let strict = "  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}\n";
    let fixture = nodes(2, 16_000).object("x", &deployment("x", 3, "2", "", strict)).object("q", quota);
    assert_eq!(fixture.codes(), Vec::<&str>::new());
    let [found] = findings(&fixture).try_into().unwrap();
    assert_eq!(
        found.message,
        "while everything rolls at once, namespace `demo` asks for 8 CPU, and its quota allows 6 CPU of `requests.cpu`"
    );
}

/// Two pods of 1 CPU, and a job with two of 3 CPU: each node of 4 CPU takes one of both, if they come in a good order.
fn lucky() -> Fixture {
    let job = "apiVersion: batch/v1\nkind: Job\nspec:\n  parallelism: 2\n  template: {spec: {containers: [{name: a, resources: \
               {requests: {cpu: 3, memory: 1Gi}}}]}}\n";
    nodes(2, 4000).object("x", &deployment("x", 2, "1", "", RECREATE)).object("job", job)
}

#[test]
fn luck_is_enough_only_where_it_is_said_to_be() {
    let mut fixture = lucky();
    let [found] = findings(&fixture).try_into().unwrap();
    assert_eq!(found.code.number(), "V0420");
    assert_eq!(
        found.message,
        "at peak and while everything rolls at once there is a place for every pod, but the scheduler may miss it"
    );
    assert!(found.help[0].starts_with("with any one of these everything is guaranteed to fit"), "{:?}", found.help);
    assert_eq!(found.help[2], "or write `fit = \"possible\"` in `system platform`, where a placement is enough");
    assert_eq!(found.subject.as_deref(), Some("job"), "it crowds the node most");
    fixture.model.fit = Fit::Possible;
    assert_eq!(codes(&fixture), Vec::<&str>::new());
}

#[test]
fn a_budget_that_keeps_all_pods_forbids_the_drain() {
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nspec: {maxUnavailable: 0, selector: {matchLabels: {app: api}}}\n";
    let fixture = nodes(3, 8000).deployment("api", 2, "1", "2Gi").object("api", budget);
    let [found] = findings(&fixture).try_into().unwrap();
    assert_eq!(found.code.number(), "V0418");
    assert_eq!(
        found.message,
        "when a node is drained, the disruption budget of `api` keeps all 2 of its pods, so that none of them is evicted and no \
         node with one drained"
    );
    let [help] = found.help.as_slice() else { panic!("{:?}", found.help) };
    assert!(help.contains("(proved again): a disruption budget of `api` with `max-unavailable = 1`"), "{help}");
}

#[test]
fn an_object_of_which_nobody_knows_the_pods_opens_every_state() {
    let thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\n";
    let fixture = nodes(2, 8000).deployment("api", 2, "1", "2Gi").object("t", thing);
    let [found] = findings(&fixture).try_into().unwrap();
    assert_eq!(
        found.message,
        "it is not proved that everything fits: nothing says which pods `Thing.example.com demo/t` makes"
    );
    assert!(found.help[0].contains("`footprint`"), "{:?}", found.help);
}

#[test]
fn jobs_that_may_pile_up_are_told_how_to_stop() {
    let cron = "apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, resources: \
                {requests: {cpu: 1, memory: 1Gi}}}]}}}}}\n";
    let fixture = nodes(2, 8000).object("night", cron);
    let [found] = findings(&fixture).try_into().unwrap();
    assert!(found.message.ends_with("runs of `night` may pile up without bound"), "{}", found.message);
    assert!(found.help[0].contains("concurrencyPolicy: Forbid"), "{:?}", found.help);
}

#[test]
fn runs_that_overlap_are_explained_where_they_find_no_place() {
    // ⌊(7169 + 30)/3600⌋ + 3 = 4 runs of 3 CPU are 12 of 15, and each of three nodes of 5 takes one.
    let cron = "apiVersion: batch/v1\nkind: CronJob\nspec: {schedule: '0 * * * *', jobTemplate: {spec: {activeDeadlineSeconds: 7169, \
                template: {spec: {containers: [{name: a, resources: {requests: {cpu: 3, memory: 1Gi}}}]}}}}}\n";
    let found = findings(&nodes(3, 5000).object("night", cron));
    let found = found.iter().find(|found| found.code.number() == "V0418").expect("it is refused");
    assert_eq!(found.message, "at peak, 4 pods of `night` need a node each, and 3 nodes take one");
    assert!(found.notes[0].starts_with("up to 4 runs may be there at once"), "{:?}", found.notes);
    let help = found.help.concat();
    assert!(help.contains("`concurrencyPolicy: Forbid`") && !help.contains("replica"), "{help}");
}

#[test]
fn what_adds_containers_is_told_what_to_write() {
    let meshed = deployment("api", 2, "1", "", "").replace("{app: api}", "{app: api, istio.io/rev: stable}");
    let [found] = findings(&nodes(2, 8000).object("api", &meshed)).try_into().unwrap();
    assert!(
        found.message.ends_with("Istio adds containers to the pods of `api`, and no footprint says which"),
        "{}",
        found.message
    );
    assert!(found.help[0].contains("metadata.annotations.\"vauban.dev/injects\" = \"istio\""), "{:?}", found.help);
}

#[test]
fn a_vertical_autoscaler_without_bounds_is_shown_itself() {
    let scaler = "apiVersion: autoscaling.k8s.io/v1\nkind: VerticalPodAutoscaler\nspec: {targetRef: {kind: Deployment, name: api}}\n";
    let fixture = nodes(2, 8000).deployment("api", 2, "1", "2Gi").object("scaler", scaler);
    let [found] = findings(&fixture).try_into().unwrap();
    assert_eq!((found.subject.as_deref(), found.primary.text.as_str()), (Some("scaler"), "emitted here"));
    assert!(found.help[0].contains("containerPolicies[containerName=main].maxAllowed.cpu"), "{:?}", found.help);
}

proptest! {
    /// Neither says that it fits where the other says that it does not, and nothing that is not as demanded goes unsaid.
    #[test]
    fn the_sums_and_the_verdicts_agree(
        loads in prop::collection::vec((0_i128..5, 1_i128..3000, 0_usize..3), 1..5),
        cpu in 1000_i128..6000,
        count in 1_u64..5,
        storage in prop::option::of(1_i128..700),
        quota in prop::option::of(1_i128..9000),
    ) {
        let mut fixture = nodes(count, cpu);
        for (index, (replicas, cpu, style)) in loads.iter().enumerate() {
            let apart = APART.replace("app: x}", &format!("app: d{index}}}"));
            let (pod, spec) = [("", ""), ("", RECREATE), (apart.as_str(), RECREATE)][*style];
            let yaml = deployment(&format!("d{index}"), *replicas, &format!("{cpu}m"), pod, spec);
            fixture = fixture.object(&format!("d{index}"), &yaml);
        }
        if let Some(size) = storage {
            let claim = format!("apiVersion: v1\nkind: PersistentVolumeClaim\nspec: {{resources: {{requests: {{storage: {}G}}}}}}\n", size * 2);
            fixture = fixture.object("one", &claim).object("two", &claim.replace("spec:", "metadata: {name: two}\nspec:"));
        }
        if let Some(hard) = quota {
            let yaml = format!("apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: q}}\nspec: {{hard: {{requests.cpu: {hard}m}}}}\n");
            fixture = fixture.object("q", &yaml);
        }
        let scenario = fixture.scenario();
        let proof = prove(&Reading::of(scenario, &[]));
        let sums = fixture.codes();
        let decided = codes(&fixture);
        let errors = sums.iter().chain(&decided).filter(|code| ["V0401", "V0402", "V0403", "V0405", "V0418", "V0419", "V0420"].contains(code));
        let errors: Vec<_> = errors.collect();
        let unmet: Vec<_> = proof.states.iter().filter(|state| !proof.is_met(state)).collect();
        prop_assert_eq!(errors.is_empty(), unmet.is_empty(), "{:?} and {:?}", errors, unmet);
        let fits = |name: &str| {
            let mut states = proof.states.iter().filter(|state| state.state.key() == name);
            states.all(|state| matches!(state.verdict, Verdict::Guaranteed | Verdict::Possible))
        };
        for (code, state) in [("V0401", "S1"), ("V0402", "S1"), ("V0405", "S6"), ("V0403", "S7")] {
            prop_assert!(!sums.contains(&code) || !fits(state), "{} and {} fits", code, state);
        }
        // What is refused is said once: by a sum, or by the verdict.
        let refused = |found: &Diagnostic| found.code.number() == "V0418";
        if sums.contains(&"V0401") || sums.contains(&"V0402") {
            for found in findings(&fixture).iter().filter(|found| refused(found)) {
                prop_assert!(!found.message.contains("the pods ask for"), "{}", found.message);
            }
        }
    }
}
