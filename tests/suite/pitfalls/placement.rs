//! What may lie where.

use super::module::{HONOR, apart, bound, budget, build, deployment, errors, even, like};

#[test]
fn pitfall_08_a_spread_that_ignores_taints_sees_an_empty_node_and_blocks() {
    let nodes = format!("{}\n  node tainted {{ cpu = 8, memory = 64GB, taints = [\"platform\"] }}", like(2, "8", ""));
    // The tainted node is a domain with none, so each of the two others takes one: 2 < 4.
    let blocked = build(&nodes, &[deployment("api", 4, 100, &even("api", ""))]);
    assert_eq!((blocked.verdict("S0"), blocked.places("S0")), ("does-not-fit", vec![1]));
    // Honoured, it is none: ⌈4/2⌉ = 2 on each.
    let honoured = build(&nodes, &[deployment("api", 4, 100, &even("api", HONOR))]);
    assert_eq!((honoured.verdict("S0"), honoured.sum("S0", "cpu")), ("fits-guaranteed", 200));
}

#[test]
fn pitfall_16_the_sum_fits_and_the_pieces_do_not() {
    // Each of two nodes of 1000 takes ⌊1000/600⌋ = 1: 1800 ≤ 2000, and 3 > 2.
    let count = build(&like(2, "1", ""), &[deployment("api", 3, 600, "")]);
    assert_eq!((count.verdict("S0"), count.places("S0")), ("does-not-fit", vec![1]));
    // 700 + 3 × 400 = 1900 ≤ 2000, and either kind alone fits. Where the 700 is, no 400 has room, and the other node takes two of three:
    // counted as 2 and 1, a node carries at most 2, both carry 4, and 2 + 3 = 5.
    let pair = build(&like(2, "1", ""), &[deployment("large", 1, 700, ""), deployment("small", 3, 400, "")]);
    assert_eq!((pair.verdict("S0"), &pair.evidence("S0")["kind"]), ("does-not-fit", &"weights".into()));
    assert_eq!(pair.evidence("S0")["types"].as_array().map(Vec::len), Some(2));
    // One less of the small ones fits.
    let fits = build(&like(2, "1", ""), &[deployment("large", 1, 700, ""), deployment("small", 2, 400, "")]);
    assert_eq!(fits.verdict("S0"), "fits-possible");
}

#[test]
fn pitfall_17_what_a_repack_would_save_is_lost_with_a_node() {
    // Three nodes of 1000 with four of 300 and one of 700. On two nodes 700 + 300 and 3 × 300 would hold all, but survivors stay: with
    // 2 × 300 on each there are 400 left for the one of 700.
    let built = build(&like(3, "1", ""), &[deployment("small", 4, 300, ""), deployment("large", 1, 700, "")]);
    assert_eq!(built.verdict("S3"), "undecided");
    // On nodes of 1300 there is room beside 2 × 300 for 700.
    let roomy = [deployment("small", 4, 300, &even("small", HONOR)), deployment("large", 1, 700, "")];
    assert_eq!(build(&like(3, "1300m", ""), &roomy).verdict("S3"), "fits-guaranteed");
}

#[test]
fn pitfall_18_a_budget_that_keeps_every_pod_drains_no_node() {
    let drained =
        |least: u32| build(&like(3, "8", ""), &[deployment("api", 2, 100, &even("api", HONOR)), budget("api", least)]);
    let kept = drained(2);
    assert_eq!((kept.verdict("S3"), kept.verdict("S4")), ("fits-guaranteed", "does-not-fit"));
    assert!(kept.evidence("S4").to_string().contains("shop/api"), "{}", kept.evidence("S4"));
    // 2 − 1 = 1 may go.
    assert_eq!(drained(1).verdict("S4"), "fits-guaranteed");
}

#[test]
fn pitfall_19_a_majority_over_two_zones_dies_with_one_of_them() {
    let nodes = |zones: [&str; 3]| {
        let node = |(index, zone): (usize, &&str)| {
            format!(
                "  node n{index} {{ cpu = 8, memory = 64GB, labels = {{ \"topology.kubernetes.io/zone\" = \"{zone}\" }}, disk nvme {{ size \
                 = 100GB, storage-class = \"local-path\" }} }}"
            )
        };
        zones.iter().enumerate().map(node).collect::<Vec<_>>().join("\n")
    };
    let objects = [bound("db", 3, 100, "10G", &apart("db")), budget("db", 2)];
    // One on each of three nodes, two of them in zone a: 3 − 2 = 1 is no majority of 3.
    let two = build(&nodes(["a", "a", "b"]), &objects);
    assert_eq!(two.verdict("S3"), "undecided");
    assert!(two.reason("S3").contains("shop/db"), "{}", two.reason("S3"));
    // Over three zones one is lost, and 3 − 1 = 2 are a majority.
    assert_eq!(build(&nodes(["a", "b", "c"]), &objects).verdict("S3"), "fits-guaranteed");
}

#[test]
fn pitfall_20_a_circle_of_hard_dependencies_never_starts() {
    let pair = |second: &str| {
        format!(
            "hardware rack {{\n{}\n}}\nsystem trial on rack {{}}\nkind app {{ pods main = {{ app = name }}\n listens http {{ port = 80, pods = \
             \"main\" }} }}\ncomponent one : app {{ needs two }}\ncomponent two : app {{ {second} one }}\n",
            like(1, "8", "")
        )
    };
    assert_eq!(errors(&pair("needs")), ["V0501"]);
    // A soft edge breaks it.
    assert_eq!(errors(&pair("wants")), [""; 0]);
}
