//! `minimum`: the fewest nodes.

use vaubanc::query::minimum::{Minimum, minimum};
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile};

use super::{directory, example, path, vaubanc};

/// Twelve evenly spread pods of half a core, on nodes of two cores.
fn platform(hardware: &str, replicas: &str) -> String {
    format!(
        "use std {{ web }}\nhardware rack {{ {hardware} }}\nsystem shop on rack {{}}\nnamespace apps {{}}\n\
         component api : web {{ namespace = apps, image = \"api:1\", port = 8080, replicas = {replicas}, cpu = 500m..500m, memory = 64Mi..64Mi }}\n"
    )
}

fn nodes(count: &str) -> String {
    format!("node box {{ cpu = 2, memory = 8GB, count = {count} }}")
}

fn found(text: &str) -> Minimum {
    let world = MemoryWorld::new().with("shop.vauban", text);
    let mut all = minimum(&world, &Options::default())
        .unwrap_or_else(|fault| panic!("{:?}", fault.diagnostics.iter().map(|one| &one.message).collect::<Vec<_>>()));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn counts(minimum: &Minimum) -> Vec<(u64, u64)> {
    minimum.types.iter().map(|one| (one.declared, one.minimum)).collect()
}

/// Whether a platform is what it must be in every state, by compiling it.
fn holds(text: &str) -> bool {
    let compilation = compile(&MemoryWorld::new().with("shop.vauban", text), &Options::default());
    let proof = compilation.views.iter().find_map(|view| view.proof.as_ref()).expect("it is proved");
    proof.states.iter().all(|state| proof.is_met(state))
}

#[test]
fn of_one_type_the_smallest_count_is_that_which_compiling_each_finds() {
    let text = |count: u64| platform(&nodes(&count.to_string()), "6");
    let found = found(&text(12));
    let (declared, least) = counts(&found)[0];
    assert!(declared == 12 && found.suffices && found.caveat.is_none());
    // Down to two nodes, because on one the loss of a node is not survived.
    let by_hand = (2..=12).rev().take_while(|count| holds(&text(*count))).last();
    assert_eq!(Some(least), by_hand, "{found:?}");
    assert!(least > 2 && found.types[0].decides.contains("(S"), "{found:?}");
    let cpu = found.fullness.iter().find(|full| full.what.ends_with(" CPU")).expect("CPU is shown");
    assert!(cpu.before.is_some_and(|before| before.1 > cpu.after.1), "{cpu:?}");
}

#[test]
fn where_the_declared_nodes_do_not_suffice_more_are_looked_for() {
    let text = |count: u64| platform(&nodes(&count.to_string()), "12");
    let found = found(&text(2));
    let (declared, least) = counts(&found)[0];
    assert!(declared == 2 && least > 2 && !found.suffices && found.left_out.is_empty(), "{found:?}");
    assert!(holds(&text(least)) && !holds(&text(least - 1)), "{least}");
}

#[test]
fn what_no_count_brings_about_is_left_out_and_said() {
    let large = platform(&nodes("3"), "2").replace("cpu = 500m..500m", "cpu = 3..3");
    let found = found(&large);
    assert!(!found.suffices && !found.is_found && counts(&found) == [(3, 3)], "{found:?}");
    assert!(found.left_out.iter().any(|reason| reason.contains("lacks CPU")), "{:?}", found.left_out);
}

#[test]
fn of_several_types_the_cheapest_combination_is_taken() {
    let hardware = |prices: [&str; 2]| {
        let [small, large] = prices;
        format!(
            "node small {{ cpu = 2, memory = 8GB, count = 4{small} }}, node large {{ cpu = 4, memory = 16GB, count = 4{large} }}"
        )
    };
    // Without prices the fewest nodes.
    let plain = found(&platform(&hardware(["", ""]), "4"));
    assert!(plain.cost.is_none() && plain.suffices, "{plain:?}");
    let total = |found: &Minimum| counts(found).iter().map(|(_, least)| least).sum::<u64>();
    let dear = found(&platform(&hardware([", cost = €10/month", ", cost = €100/month"]), "4"));
    let (declared, least) = dear.cost.expect("all types state a cost");
    assert_eq!(declared, 44_000);
    assert!(least < declared && counts(&dear)[1].1 <= counts(&plain)[1].1, "{dear:?}");
    assert!(total(&plain) <= total(&dear), "{plain:?} {dear:?}");
}

#[test]
fn many_nodes_are_searched_by_halves_and_it_is_said() {
    let found = found(&platform(&nodes("100"), "6"));
    assert!(found.caveat.is_some_and(|caveat| caveat.contains("halves")) && found.proofs < 20, "{found:?}");
    assert!(counts(&found)[0].1 < 100);
}

#[test]
fn the_command_prints_every_environment_and_exits_with_the_answer() {
    let (code, stdout, stderr) = vaubanc(&["minimum", &example("three-nodes")]);
    assert!(
        code == 0
            && stdout.contains("3 of 3 are needed")
            && stdout.contains("with one fewer: the drain of a node (S4)"),
        "{stdout}{stderr}"
    );
    let root = directory(&[
        ("few.vauban", &platform(&nodes("2"), "12")),
        ("none.vauban", "use std { web }\nnamespace apps {}\n"),
        ("bad.vauban", "namespace {"),
    ]);
    let (code, stdout, _) = vaubanc(&["minimum", &path(&root, "few.vauban")]);
    assert!(code == 1 && stdout.contains("are needed, 2 declared"), "{stdout}");
    let (code, stdout, _) = vaubanc(&["minimum", &path(&root, "few.vauban"), "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((code, &answer["environments"][0]["types"][0]["declared"]), (1, &serde_json::json!(2)));
    let (code, stdout, _) = vaubanc(&["minimum", &path(&root, "none.vauban")]);
    assert!(code == 1 && stdout.contains("no hardware is declared"), "{stdout}");
    let (code, _, stderr) = vaubanc(&["minimum", &path(&root, "bad.vauban")]);
    assert!(code == 1 && stderr.contains("error"), "{stderr}");
}

#[test]
fn an_environment_is_searched_with_what_runs_beside_it() {
    let text = platform(&nodes("8"), "2")
        + "environment a on rack { component api { name = \"api-a\" } }\nenvironment b on rack { component api { name = \"api-b\" } }\n";
    let root = directory(&[("two.vauban", &text)]);
    let (_, both, stderr) = vaubanc(&["minimum", &path(&root, "two.vauban")]);
    assert!(both.contains("a on rack") && both.contains("beside b") && both.contains("b on rack"), "{both}{stderr}");
    let (_, one, _) = vaubanc(&["minimum", &path(&root, "two.vauban"), "--env", "a"]);
    assert!(one.contains("beside b") && !one.contains("b on rack"), "{one}");
    let line = |text: &str| text.lines().find(|line| line.trim_start().starts_with("box")).map(str::to_owned);
    assert_eq!(line(&one), line(&both));
}

#[test]
fn where_no_count_is_shown_to_help_it_is_said_what_still_fails_on_the_most_that_were_tried() {
    let (code, stdout, stderr) = vaubanc(&["minimum", &example("vauban-blog-as-written")]);
    let why = "the steady state (S0) fits only if the scheduler is lucky: of `redis`,";
    let line = stdout.lines().find(|line| line.contains(why)).unwrap_or_else(|| panic!("{stdout}{stderr}"));
    assert!(code == 1 && line.trim_start().starts_with("more nodes are not shown to help: with "), "{stdout}{stderr}");
    // Nothing refutes that; a quota is what it is.
    assert!(stdout.contains("no number of nodes helps: the quotas (S7) forbid it"), "{stdout}");
    assert_eq!(stdout.matches("no number of nodes helps").count(), 1, "{stdout}");
}

#[test]
fn that_no_number_helps_is_said_of_what_is_refused_on_any() {
    let large = found(&platform(&nodes("3"), "2").replace("cpu = 500m..500m", "cpu = 3..3"));
    let why = "no number of nodes helps: the steady state (S0) lacks CPU";
    assert!(large.left_out.iter().any(|one| one.starts_with(why)), "{:?}", large.left_out);
    let quota = |hard: &str| {
        platform(&nodes("3"), "2").replace("namespace apps {}", &format!("namespace apps {{ quota {{ {hard} }} }}"))
    };
    let refused = found(&quota("requests { cpu = 1 }"));
    assert!(refused.is_found && !refused.suffices, "{refused:?}");
    let why = "no number of nodes helps: the quotas (S7) forbid it: `requests.cpu`";
    assert!(refused.left_out.iter().any(|one| one.starts_with(why)), "{:?}", refused.left_out);
    // What is refused by others does not keep the rest from being searched.
    assert_eq!(counts(&refused), counts(&found(&quota("requests { cpu = 9 }"))));
}

/// Two workloads of many pods each on a pool that is far too small for them.
fn crowded(count: &str, spread: &str) -> String {
    let web = |name: &str, most: u64, cpu: &str| {
        format!(
            "component {name} : web {{ namespace = flow, image = \"e/{name}:1\", port = 80, replicas = 2..{most}, cpu = {cpu}, memory = 512Mi..512Mi, spread = \"{spread}\" }}\n"
        )
    };
    format!(
        "use std {{ web }}\nhardware cloud {{ node box {{ count = {count}, cpu = 4, memory = 16GB, reserve \"kubelet\" {{ cpu = 80m }} }} }}\n\
         system auto on cloud {{}}\nnamespace flow {{}}\n{}{}",
        web("app", 20, "1500m..2"),
        web("hooks", 50, "500m..1")
    )
}

#[test]
fn the_search_goes_as_far_as_there_are_pods() {
    let soft = found(&crowded("1..6", "soft"));
    assert_eq!((counts(&soft), soft.left_out.len()), (vec![(6, 23)], 0), "{soft:?}");
    // A hard spread leaves the next pod few nodes where there are more pods than nodes, and enough of them where there are not.
    for count in ["6", "1..6"] {
        let hard = found(&crowded(count, "hard"));
        let least = counts(&hard)[0].1;
        assert!(hard.is_found && hard.left_out.is_empty() && (17..=63).contains(&least), "{hard:?}");
        let declared = if count == "6" { least.to_string() } else { format!("1..{least}") };
        assert!(holds(&crowded(&declared, "hard")));
    }
}

fn zones(count: u64, more: &str) -> String {
    let hardware = format!(
        "for z in [\"a\", \"b\", \"c\"] {{ node \"n-${{z}}\" {{ count = {count}, cpu = 8, memory = 32GB, zone = z{more} }} }}"
    );
    platform(&hardware, "2")
}

#[test]
fn a_loss_of_a_zone_that_is_survived_is_survived_by_the_answer() {
    for text in [
        zones(2, ""),
        zones(2, ", cost = €10/month"),
        zones(1, ""),
        platform("node n { count = 6, cpu = 8, memory = 32GB, zones = [\"a\", \"b\", \"c\"] }", "2"),
    ] {
        let found = found(&text);
        let least = counts(&found);
        // One node in each of two zones, whichever they are.
        assert_eq!(least.iter().map(|(_, least)| least).sum::<u64>(), 2, "{found:?}");
        assert!(least.len() == 1 || least.iter().filter(|(_, least)| *least == 1).count() == 2, "{found:?}");
    }
    // Two nodes of one zone outlast the loss of a node, and not that of the zone.
    let dear = zones(2, "").replace("zone = z }", "zone = z, cost = if z == \"a\" then €1/month else €100/month }");
    let found = found(&dear);
    assert_eq!(counts(&found), [(2, 1), (2, 0), (2, 1)], "{found:?}");
}

#[test]
fn what_takes_no_entry_point_down_takes_none_down_in_the_answer() {
    let text = platform("node box { cpu = 8, memory = 8GB, count = 6 }", "3")
        .replace("use std { web }", "use std { web, ingress-nginx }")
        + "component gate : ingress-nginx { namespace = apps, cpu = 100m.., memory = 64Mi..128Mi, replicas = 3, serve = 2 }\n\
           expose \"shop.example\" { to = api, via = gate }\n";
    // Two of three must live: on two nodes the loss of one may take two, on three it takes one.
    let found = found(&text);
    assert_eq!(counts(&found), [(6, 3)], "{found:?}");
    assert!(found.types[0].decides.contains("`shop.example` does not survive the loss of `rack.box`"), "{found:?}");
}
