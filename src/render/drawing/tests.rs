//! What the drawings say, and that they say it the same way every time.

use crate::analysis::testing::{Fixture, GIB};
use crate::eval::model::EdgePort;
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
    insta::assert_snapshot!(super::dot(&fixture.model, Some(&analysis)), @r##"
    digraph "platform" {
      graph [rankdir = LR, newrank = true, ranksep = 1.2, nodesep = 0.3, fontname = "sans-serif"];
      graph [style = "rounded,filled", fillcolor = "#f8f9fb", color = "#c5ccd6", labeljust = l];
      node [fontname = "sans-serif", style = filled];
      edge [fontname = "sans-serif", fontsize = 9, fontcolor = "#666666", arrowsize = 0.7];
      "mail" [shape = ellipse, style = "filled,dashed", fillcolor = "#f0f0f0", color = "#c62828", penwidth = 2.5];
      subgraph cluster_1 {
        label = "demo";
        "api" [shape = box, fillcolor = "#e8f0fe", color = "#c62828", penwidth = 2.5];
        "ingress" [shape = box, fillcolor = "#e8f0fe", color = "#4a6fa5"];
        "cache" [shape = box, fillcolor = "#e8f0fe", color = "#4a6fa5"];
        "shop" [shape = cds, fillcolor = "#fff3c4", color = "#b8860b"];
      }
      { rank = min; "users" [shape = plaintext, style = ""]; }
      "api" -> "mail" [style = solid, color = "#333333"];
      "api" -> "cache" [style = dashed, color = "#666666"];
      "users" -> "shop" [style = bold, color = "#b8860b", weight = 3];
      "shop" -> "ingress" [style = bold, color = "#b8860b", weight = 3];
      "ingress" -> "api" [style = bold, color = "#b8860b", weight = 3];
    }
    "##);
    insta::assert_snapshot!(super::mermaid(&fixture.model, None), @r##"
    flowchart LR
      users(("users"))
      n2(["mail"]):::outside
      subgraph s1 ["demo"]
        n0["api"]:::inside
        n1["ingress"]:::inside
        n3["cache"]:::inside
        n4>"shop"]:::entry
      end
      n0 --> n2
      n0 -.-> n3
      users ==> n4
      n4 ==> n1
      n1 ==> n0
      classDef inside fill:#e8f0fe,stroke:#4a6fa5
      classDef entry fill:#fff3c4,stroke:#b8860b
      classDef outside fill:#f0f0f0,stroke:#777777,stroke-dasharray:4
    "##);
    let document: serde_json::Value = serde_json::from_str(&super::json(&fixture.model, Some(&analysis))).unwrap();
    assert_eq!(document["edges"][1]["strength"], "wants");
    assert_eq!(document["spofs"][0]["subject"], "datacenter.host");
}

#[test]
fn several_ports_between_two_nodes_are_one_line_and_strengths_stay_apart() {
    let mut fixture = Fixture::on(8000, 8 * GIB).deployment("api", 1, "1", "1Gi").deployment("redis", 1, "1", "1Gi");
    for (port, strength) in [(6379, Needs), (26379, Needs), (9121, Wants)] {
        fixture.edge("api", "redis", strength);
        let edge = fixture.model.edges.last_mut().expect("an edge was just added");
        edge.ports = vec![EdgePort { port, protocol: "TCP".to_owned() }];
    }
    let drawn = super::mermaid(&fixture.model, None);
    assert!(drawn.contains("-->|\"6379, 26379\"|") && drawn.contains("-.->|\"9121\"|"), "{drawn}");
    assert_eq!(super::dot(&fixture.model, None).matches("\"api\" -> \"redis\"").count(), 2);
}
