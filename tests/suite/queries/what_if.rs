//! `what-if`: the proof under a change of values or more load.

use vaubanc::fit::Verdict;
use vaubanc::query::what_if::{Answer, EnvironmentChange, Factor, Question, what_if};
use vaubanc::world::MemoryWorld;

use super::{directory, example, path, vaubanc};

const SHOP: &str = r#"use std { web }
let domain : Host = "shop.example"
input release : String
hardware rack { node box { cpu = 4, memory = 8GB, disk ssd { size = 100GB, storage-class = "local" } } }
hardware spare : rack { node box { memory = 16GB } }
system shop on rack {}
namespace apps {}
component api : web {
  namespace = apps, image = "api:${release}", port = 8080
  replicas = 2..4, cpu = 500m..500m, memory = 512Mi..512Mi
}
component cache : web {
  namespace = apps, image = "cache:1", port = 6379, replicas = 1, cpu = 100m..100m, memory = 64Mi..64Mi
}
environment production on rack { exclusive = true }
environment staging on spare { exclusive = true, component api { replicas = 1..2 }, component extra : web {
  namespace = apps, image = "extra:1", port = 80, replicas = 1, cpu = 100m..100m, memory = 64Mi..64Mi
} }
"#;

fn asked(set: &[(&str, &str)], load: Option<&str>, environment: Option<&str>) -> Result<Answer, Vec<String>> {
    let mut all = vec![("release".to_owned(), "1".to_owned())];
    all.extend(set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())));
    let question = Question {
        set: all,
        load: load.map(|factor| Factor::parse(factor).expect("the test's factor is right")),
        environment: environment.map(str::to_owned),
        today: None,
    };
    let world = MemoryWorld::new().with("shop.vauban", SHOP);
    what_if(&world, &question).map_err(|fault| fault.diagnostics.iter().map(|one| one.message.clone()).collect())
}

fn of<'a>(answer: &'a Answer, name: &str) -> &'a EnvironmentChange {
    answer.environments.iter().find(|one| one.name == name).expect("the environment is shown")
}

fn verdicts(one: &EnvironmentChange, state: &str) -> (Option<Verdict>, Verdict) {
    let found = one.states.iter().find(|found| found.after.state.key() == state).expect("every state is there");
    (found.before, found.after.verdict)
}

#[test]
fn a_change_is_laid_on_top_of_every_environment() {
    let answer = asked(&[("api.replicas", "2..40")], None, None).expect("the change is right");
    assert!(!answer.fits);
    for name in ["production", "staging"] {
        let one = of(&answer, name);
        assert_eq!(verdicts(one, "S0"), (Some(Verdict::Guaranteed), Verdict::Guaranteed), "{name}");
        assert_eq!(verdicts(one, "S1"), (Some(Verdict::Guaranteed), Verdict::DoesNotFit), "{name}");
        assert!(one.objects.changed >= 1 && one.objects.removed == 0, "{:?}", one.objects);
        let cpu = one.fullness.iter().find(|full| full.what.ends_with(" CPU")).expect("CPU is shown");
        assert!(cpu.before.is_some_and(|before| before.0 < cpu.after.0) && cpu.after.0 > 20_000, "{cpu:?}");
    }
    assert!(answer.appeared.iter().any(|found| found.name == "overfull"), "{:?}", answer.appeared);
    assert!(answer.disappeared.is_empty());
    let only = asked(&[("api.replicas", "3..4")], None, Some("production")).expect("the change is right");
    assert_eq!((only.fits, only.environments.len()), (true, 1));
}

#[test]
fn nothing_changes_where_nothing_differs() {
    let answer = asked(&[("api.cpu", "500m..500m")], None, None).expect("the change is right");
    assert!(answer.fits && answer.appeared.is_empty() && answer.disappeared.is_empty());
    for one in &answer.environments {
        assert_eq!(one.objects, vaubanc::query::what_if::ObjectCounts::default());
        assert!(one.states.iter().all(|state| state.before == Some(state.after.verdict)));
        assert!(one.fullness.iter().all(|full| full.before == Some(full.after)));
    }
}

#[test]
fn lets_inputs_hardware_and_what_an_environment_adds_can_be_changed() {
    let memory = |answer: &Answer, name: &str| {
        of(answer, name).fullness.iter().find(|full| full.what.ends_with(" memory")).expect("memory is shown").after.1
    };
    let answer = asked(&[("domain", "other.example"), ("rack.box.memory", "32GB")], None, None).expect("it is right");
    // `spare` starts from `rack` and has a memory of its own.
    assert_eq!((memory(&answer, "production"), memory(&answer, "staging")), (32_000_000_000, 16_000_000_000));
    let disk = asked(&[("rack.box.ssd", "7GB")], None, None).expect("a disk is meant by its name");
    assert!(
        of(&disk, "production")
            .fullness
            .iter()
            .any(|full| full.what == "rack.box.ssd" && full.after.1 == 7_000_000_000)
    );
    let nodes = asked(&[("rack.box.count", "3")], None, Some("production")).expect("the count is an attribute");
    assert_eq!(verdicts(of(&nodes, "production"), "S3").0, Some(Verdict::Empty));
    assert_ne!(verdicts(of(&nodes, "production"), "S3").1, Verdict::Empty);
    let extra = asked(&[("extra.replicas", "9")], None, None).expect("staging has it");
    assert_eq!(of(&extra, "production").objects.changed, 0);
    assert!(of(&extra, "staging").objects.changed > 0);
}

#[test]
fn what_does_not_exist_or_does_not_parse_is_said_as_everywhere() {
    let refused = |path: &str, value: &str| asked(&[(path, value)], None, None).expect_err("it is wrong").join("; ");
    assert!(refused("apo.replicas", "1").contains("no component, namespace, let, input or hardware `apo`"));
    assert!(refused("api.replica", "1").contains("no parameter `replica`"));
    assert!(refused("api", "1").contains("say what of it is changed"));
    assert!(refused("rack.bx.cpu", "1").contains("has no node `bx`"));
    assert!(refused("rack.box.cup", "1").contains("a node has no `cup`"));
    assert!(refused("rack", "1").contains("is hardware"));
    assert!(refused("domain.x", "1").contains("a value as a whole"));
    assert!(refused("api.replicas", "1 }\ncomponent evil : web {").contains("not one value"));
    assert!(refused("api.replicas", "}").contains("closes nothing"));
    assert!(refused("api.replicas", "\"two\"").contains("a range"));
}

#[test]
fn load_multiplies_the_ranges_of_autoscalers_and_the_largest_that_fits_is_found() {
    let answer = asked(&[], Some("1.5x"), Some("production")).expect("the platform is right");
    let load = of(&answer, "production").load.as_ref().expect("a load was asked for");
    assert_eq!(load.grows.len(), 1);
    assert_eq!((load.grows[0].before, load.grows[0].after), ((2, 4), (3, 6)));
    let (guaranteed, then) = (load.guaranteed.expect("it fits as it is"), load.then.as_deref().expect("it has an end"));
    // What it says is what asking for that load says, and a tenth more is refused.
    let at = |factor: Factor| asked(&[], Some(&factor.to_string()), Some("production")).expect("the platform is right");
    let tenth = Factor::parse(&format!(
        "{}.{}",
        (guaranteed.thousandths() + 100) / 1000,
        (guaranteed.thousandths() + 100) % 1000 / 100
    ));
    assert!(at(guaranteed).fits, "{guaranteed}");
    assert!(!at(tenth.expect("a tenth more is a factor")).fits, "{guaranteed}: {then}");
    assert!(then.contains("(S") && then.contains("on box"), "{then}");
}

#[test]
fn set_and_load_combine() {
    let answer = asked(&[("api.replicas", "1..3")], Some("2x"), Some("production")).expect("the platform is right");
    let load = of(&answer, "production").load.as_ref().expect("a load was asked for");
    assert_eq!((load.grows[0].before, load.grows[0].after), ((1, 3), (2, 6)));
    let still = asked(&[("api.replicas", "2")], Some("10x"), Some("production")).expect("the platform is right");
    let load = of(&still, "production").load.as_ref().expect("a load was asked for");
    assert!(load.grows.is_empty() && load.guaranteed.is_none() && load.then.is_none());
}

#[test]
fn the_command_shows_both_sides_and_exits_with_the_answer() {
    let root = directory(&[("shop.vauban", SHOP)]);
    let source = path(&root, "shop.vauban");
    let (code, stdout, stderr) = vaubanc(&["what-if", &source, "--set", "release=1", "--set", "api.replicas=2..40"]);
    assert!(code == 1 && stderr.is_empty(), "{stderr}");
    for words in
        ["production on rack", "guaranteed         → does not fit", "findings that appear", "it does not fit", " → "]
    {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
    let (code, stdout, _) = vaubanc(&["what-if", &source, "--set", "release=1", "--load", "1x", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((code, &answer["fits"]), (0, &serde_json::Value::Bool(true)));
    assert_eq!(answer["environments"][0]["load"]["grows"][0]["before"], serde_json::json!([2, 4]));
    assert_eq!(vaubanc(&["what-if", &source]).0, 2);
    assert_eq!(vaubanc(&["what-if", &source, "--load", "ten"]).0, 2);
    assert_eq!(vaubanc(&["what-if", &source, "--load", "0x"]).0, 2);
    let (code, _, stderr) = vaubanc(&["what-if", &source, "--set", "release=1", "--set", "relase=2"]);
    assert!(code == 1 && stderr.contains("did you mean `release`?"), "{stderr}");
    let (code, _, stderr) = vaubanc(&["what-if", &source, "--load", "2x", "--set", "release=1", "--env", "prod"]);
    assert!(code == 1 && stderr.contains("no environment `prod`"), "{stderr}");
}

#[test]
fn the_blog_can_be_asked_what_its_first_stop_is() {
    let (code, stdout, stderr) = vaubanc(&["what-if", &example("vauban-blog"), "--load", "2x", "--env", "production"]);
    assert!(
        code == 1 && stdout.contains("no more load than now is guaranteed: at 1.1x the quotas (S7)"),
        "{stdout}{stderr}"
    );
    assert!(
        stdout.contains("api: 2..3 → 4..6 replicas") && stdout.contains("takes the load with what it has: "),
        "{stdout}"
    );
}

#[test]
fn states_that_break_are_said_in_the_names_of_the_source_and_by_how_much() {
    let (code, stdout, stderr) =
        vaubanc(&["what-if", &example("vauban-blog"), "--set", "api.replicas=4..40", "--env", "production"]);
    assert!(code == 1 && stdout.contains("does not fit  has room for 28 of 40 pods of `api`"), "{stdout}{stderr}");
    // 40 pods of 250m and the others of the namespace, against a quota of 1.9.
    assert!(stdout.contains("`requests.cpu` of the quota vauban-prod is exceeded, 10.75 of 1.9 CPU"), "{stdout}");
    assert!(stdout.contains("% of a node of host, more than the declared overcommit of 390 %"), "{stdout}");
    assert!(!stdout.contains("Deployment.apps"), "{stdout}");
}

#[test]
fn a_test_may_change_hardware_and_an_environment_may_not() {
    let test = "test \"less\" in production {\n  given { hardware rack { node.box.memory = 1GB } }\n  expect finding overfull of rack.box\n}\n\
        test \"enough\" in production { expect fits }\n";
    let root = directory(&[("shop.vauban", &format!("{SHOP}{test}"))]);
    let (code, stdout, stderr) = vaubanc(&["test", &path(&root, "shop.vauban"), "--set", "release=1"]);
    assert!(code == 0 && stdout.contains("2 hold, 0 fail"), "{stdout}{stderr}");
    let environment = "environment wrong on rack { exclusive = true, hardware rack { node.box.memory = 1GB } }\n";
    let root = directory(&[("shop.vauban", &format!("{SHOP}{environment}"))]);
    let (code, _, stderr) = vaubanc(&["check", &path(&root, "shop.vauban"), "--set", "release=1"]);
    assert!(code == 1 && stderr.contains("an environment does not change hardware"), "{stderr}");
}
