//! What the drawings say, and that they say it the same way every time.

use crate::analysis::testing::{Fixture, GIB};
use crate::syntax::ast::Strength::{Needs, Wants};

#[test]
fn drawings_tell_strengths_and_outsiders_apart_and_are_stable() {
    let mut fixture = Fixture::on(8000, 8 * GIB).deployment("api", 1, "1", "1Gi").deployment("ingress", 2, "1", "1Gi");
    fixture.edge("api", "mail", Needs);
    fixture.edge("api", "cache", Wants);
    let mail = fixture.instance("mail");
    fixture.model.instances[mail.0 as usize].external = true;
    fixture.model.instances[mail.0 as usize].namespace = None;
    fixture.entry("shop", "api", "ingress");
    let analysis = fixture.analyse();
    insta::assert_snapshot!(super::dot(&fixture.model, Some(&analysis)), @r#"
    digraph "platform" {
      rankdir = LR;
      node [fontname = "sans-serif"];
      "mail" [shape = ellipse, style = dashed, color = red];
      subgraph cluster_1 {
        label = "demo";
        "api" [shape = box, color = red];
        "ingress" [shape = box];
        "cache" [shape = box];
        "shop" [shape = house];
      }
      "internet" [shape = plaintext];
      "api" -> "mail" [style = solid];
      "api" -> "cache" [style = dashed];
      "internet" -> "shop" [style = bold];
      "shop" -> "ingress" [style = bold];
      "ingress" -> "api" [style = bold];
    }
    "#);
    insta::assert_snapshot!(super::mermaid(&fixture.model, None), @r#"
    flowchart LR
      n2(["mail"])
      subgraph s1 ["demo"]
        n0["api"]
        n1["ingress"]
        n3["cache"]
        n4>"shop"]
      end
      o0(("internet"))
      n0 --> n2
      n0 -.-> n3
      o0 ==> n4
      n4 ==> n1
      n1 ==> n0
    "#);
    let document: serde_json::Value = serde_json::from_str(&super::json(&fixture.model, Some(&analysis))).unwrap();
    assert_eq!(document["edges"][1]["strength"], "wants");
    assert_eq!(document["spofs"][0]["subject"], "datacenter.host");
}
