//! Quotas, budgets, disruption and contradictions.

use crate::analysis::testing::{Fixture, GB, GIB};
use crate::diag::Severity;
use crate::eval::model::{Amount, Budget, Resource, Restated, Share, Statement};
use crate::source::Span;

fn quota(hard: &str) -> String {
    format!("kind: ResourceQuota\napiVersion: v1\nmetadata: {{name: quota}}\nspec: {{hard: {{{hard}}}}}")
}

fn amount(value: i128) -> Amount {
    Amount { value, span: Span::NONE }
}

#[test]
fn a_quota_is_held_against_each_key() {
    // 3 × 500m = 1.5 CPU, 3 × 1 GiB = 3 GiB of requests and of limits, 3 pods.
    let fixture = || Fixture::on(64_000, 64 * GIB).deployment("api", 3, "500m", "1Gi");
    let fits =
        fixture().object("demo", &quota("requests.cpu: 1500m, requests.memory: 3Gi, limits.memory: 3Gi, pods: 3"));
    assert_eq!(fits.codes(), Vec::<&str>::new());
    let tight =
        fixture().object("demo", &quota("requests.cpu: 1499m, requests.memory: 2Gi, limits.memory: 2Gi, pods: 2"));
    assert_eq!(tight.codes(), ["V0403"; 4]);
    let finding = tight.diagnose().into_iter().next().unwrap();
    assert_eq!(finding.message, "namespace `demo` asks for 1.5 CPU, and its quota allows 1.499 CPU of `requests.cpu`");
    assert_eq!(tight.sources.text(finding.primary.span), "1499m");
}

#[test]
fn a_quota_on_peak_counts_the_autoscalers_maximum() {
    let scaler = "kind: HorizontalPodAutoscaler\napiVersion: autoscaling/v2\nspec: {scaleTargetRef: {kind: Deployment, name: api}, \
         minReplicas: 1, maxReplicas: 4}";
    let fixture = Fixture::on(64_000, 64 * GIB)
        .deployment("api", 1, "1", "1Gi")
        .object("api", scaler)
        .object("demo", &quota("cpu: 3"));
    assert_eq!(
        fixture.only("V0403").message,
        "namespace `demo` asks for 4 CPU at peak, and its quota allows 3 CPU of `cpu`"
    );
}

#[test]
fn a_container_must_state_what_a_quota_counts() {
    let fixture = Fixture::on(64_000, 64 * GIB)
        .deployment("api", 1, "1", "1Gi")
        .object("demo", &quota("limits.cpu: 4, requests.cpu: 4"));
    let finding = fixture.only("V0413");
    assert_eq!(finding.message, "container `main` of `api` states no `limits.cpu`, which the quota of `demo` demands");
    let range = "kind: LimitRange\napiVersion: v1\nspec: {limits: [{type: Container, default: {cpu: 2}}]}";
    assert_eq!(fixture.object("demo", range).codes(), Vec::<&str>::new());
}

#[test]
fn quotas_together_must_not_promise_more_than_there_is() {
    let second =
        "kind: ResourceQuota\napiVersion: v1\nmetadata: {name: q, namespace: other}\nspec: {hard: {requests.cpu: 5}}";
    let fixture =
        || Fixture::on(8000, 64 * GIB).reserve(Some(1000), None, None).object("demo", &quota("requests.cpu: 2"));
    assert_eq!(fixture().object("other", second).codes(), Vec::<&str>::new());
    // A second quota in the same namespace cannot promise more than the first: the smaller one binds.
    assert_eq!(fixture().object("other", second).object("demo", &quota("requests.cpu: 9")).codes(), Vec::<&str>::new());
    let third =
        "kind: ResourceQuota\napiVersion: v1\nmetadata: {name: q, namespace: third}\nspec: {hard: {requests.cpu: 1m}}";
    assert_eq!(fixture().object("other", second).object("third", third).codes(), ["V0404"]);
}

fn budget(total: Option<i128>, shares: Vec<Share>) -> Budget {
    Budget {
        name: "plan".to_owned(),
        span: Span::NONE,
        subject: "datacenter.host.nvme".to_owned(),
        subject_span: Span::NONE,
        resource: Resource::Disk("nvme".to_owned()),
        total: total.map(amount),
        shares,
    }
}

fn claim(storage: &str) -> String {
    format!(
        "kind: PersistentVolumeClaim\napiVersion: v1\nmetadata: {{name: data}}\nspec: {{resources: {{requests: {{storage: {storage}}}}}}}"
    )
}

#[test]
fn a_share_is_held_against_the_claims_of_its_components() {
    let build = |storage: &str| {
        let mut fixture = Fixture::on(8000, GIB).object("db", &claim(storage));
        let db = fixture.instance("db");
        let share = Share { name: "db".to_owned(), amount: amount(400 * GB), components: vec![db], span: Span::NONE };
        let rest =
            Share { name: "rest".to_owned(), amount: amount(600 * GB), components: Vec::new(), span: Span::NONE };
        fixture.model.budgets.push(budget(Some(1000 * GB), vec![share, rest]));
        fixture
    };
    assert_eq!(build("400G").codes(), Vec::<&str>::new());
    assert_eq!(build("401G").codes(), ["V0406"]);
}

#[test]
fn shares_that_leave_something_out_or_take_too_much_are_reported() {
    // 2,910 of 3,500 GB leave 590 GB in no share.
    let build = |total: i128, share: i128| {
        let mut fixture = Fixture::on(8000, GIB);
        fixture.host().disks[0].size.value = 3500 * GB;
        let share =
            Share { name: "db".to_owned(), amount: amount(share * GB), components: Vec::new(), span: Span::NONE };
        fixture.model.budgets.push(budget(Some(total * GB), vec![share]));
        fixture
    };
    let short = build(3500, 2910).only("V0407");
    assert_eq!(short.severity, Severity::Warning);
    assert_eq!(short.message, "590 GB (549.5 GiB) of the 3.5 TB (3259.6 GiB) of budget `plan` are in no share");
    assert_eq!(build(3500, 3501).only("V0407").severity, Severity::Error);
    assert_eq!(build(3500, 3500).codes(), Vec::<&str>::new());
    assert_eq!(
        build(3501, 3501).only("V0407").message,
        "budget `plan` divides 3501 GB (3260.6 GiB), and `datacenter.host.nvme` has 3.5 TB (3259.6 GiB)"
    );
}

#[test]
fn a_disruption_budget_that_lets_no_pod_go_is_found() {
    let build = |replicas: i128, rule: &str| {
        let yaml = format!(
            "kind: PodDisruptionBudget\napiVersion: policy/v1\nspec: {{selector: {{matchLabels: {{app: api}}}}, {rule}}}"
        );
        Fixture::on(64_000, 64 * GIB).deployment("api", replicas, "1", "1Gi").object("api", &yaml).codes()
    };
    assert_eq!(build(2, "minAvailable: 2"), ["V0409"]);
    assert_eq!(build(3, "minAvailable: 2"), Vec::<&str>::new());
    assert_eq!(build(3, "maxUnavailable: 0"), ["V0409"]);
    // 67 % of 3 is 2.01, rounded up 3; 66 % is 1.98, rounded up 2.
    assert_eq!(build(3, "minAvailable: 67%"), ["V0409"]);
    assert_eq!(build(3, "minAvailable: 66%"), Vec::<&str>::new());
    assert_eq!(build(1, "maxUnavailable: 1%"), Vec::<&str>::new());
}

#[test]
fn two_statements_of_one_fact_that_differ_are_reported() {
    let mut fixture = Fixture::bare();
    let instance = fixture.instance("worker");
    let statement = |text: &str, origin: &str| Statement {
        text: text.to_owned(),
        span: Span::NONE,
        origin: Some(origin.to_owned()),
    };
    let (first, second) = (statement("2..5", "§2.3.1"), statement("3..10", "§8.4"));
    fixture.model.restated.push(Restated { instance, path: "replicas".to_owned(), first, second, equal: false });
    let finding = fixture.only("V0415");
    assert_eq!(finding.message, "`replicas` of `worker` is stated twice: `2..5` (§2.3.1) and `3..10` (§8.4)");
    assert_eq!(finding.primary.text, "here it is `3..10` (§8.4)");
    fixture.model.restated[0].equal = true;
    assert_eq!(fixture.codes(), Vec::<&str>::new());
}
