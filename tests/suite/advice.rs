//! What messages advise, applied as text: compiled again, everything fits as the message promised.

mod manifests;

use vaubanc::diag::{Choice, Diagnostic, Severity};
use vaubanc::source::SourceMap;
use vaubanc::world::MemoryWorld;
use vaubanc::{Compilation, Options, compile};

/// Platforms that do not fit, and how many edits are offered at least.
const PLATFORMS: &[(&str, usize, &str)] = &[
    (
        "a quota below the peak",
        3,
        r#"
use std { web }
hardware lab { kubernetes = "1.34"
  node n { count = 4, cpu = 8, memory = 32GB } }
system s on lab {}
namespace prod { quota { requests { cpu = 3, memory = 8Gi } } }
component shopfront : web {
  namespace = prod
  image = "registry.example.com/front:1.0"
  replicas = 3..10
  cpu = 500m..1
  memory = 500Mi..500Mi
  port = 8080
}
"#,
    ),
    (
        "the same in an environment, which states what decides",
        3,
        r#"
use std { web }
hardware lab { kubernetes = "1.34"
  node n { count = 4, cpu = 8, memory = 32GB } }
system s on lab {}
namespace prod { quota { requests { cpu = 20, memory = 16Gi } } }
component shopfront : web {
  namespace = prod
  image = "registry.example.com/front:1.0"
  replicas = 3..4
  cpu = 500m..1
  memory = 500Mi..500Mi
  port = 8080
}
environment production {
  namespace prod { quota { requests { cpu = 3 } } }
  component shopfront { replicas = 3..10 }
}
"#,
    ),
    (
        "a hard spread and too few cores at peak",
        3,
        r#"
use std { web }
hardware lab { kubernetes = "1.34"
  node n { count = 3, cpu = 2, memory = 32GB } }
system s on lab {}
namespace prod {}
component shopfront : web {
  namespace = prod, image = "registry.example.com/front:1.0", port = 8080
  replicas = 3..8
  cpu = 1..1
  memory = 500Mi..500Mi
}
"#,
    ),
    (
        "claims of pods that come in parallel",
        2,
        r#"
use std { stateful }
hardware h { node n { count = 3, cpu = 8, memory = 32GB, disk d { size = 100GB, storage-class = "local-path" } } }
system s on h {}
namespace n {}
component c : stateful { namespace = n, image = "a/b:1", port = 80, cpu = 100m..200m, memory = 64Mi..128Mi, replicas = 2, storage = 10Gi, ordered = false }
"#,
    ),
    (
        "a rollout without room on one node, whose count nobody states",
        2,
        r#"
use std { web }
hardware h { node n { cpu = 4, memory = 8GB } }
system s on h {}
namespace n {}
component c : web { namespace = n, image = "a/b:1", port = 80, cpu = 1500m..2, memory = 64Mi..128Mi, replicas = 2, spread = "soft" }
"#,
    ),
    (
        "a surge that no node has room for",
        3,
        r#"
use std { web }
hardware h { node n { count = 3, cpu = 4, memory = 8GB } }
system s on h {}
namespace n {}
component c : web { namespace = n, image = "a/b:1", port = 80, cpu = 3..3, memory = 64Mi..128Mi, replicas = 2 }
component d : web { namespace = n, image = "a/b:1", port = 80, cpu = 500m..2, memory = 64Mi..128Mi, replicas = 2, spread = "soft" }
"#,
    ),
    (
        "claims that may come to one disk",
        1,
        r#"
use std { stateful }
hardware h { node n { count = 4, cpu = 8, memory = 32GB, disk d { size = 100GB, storage-class = "local-path" } } }
system s on h {}
namespace n {}
component c : stateful { namespace = n, image = "a/b:1", port = 80, cpu = 100m..200m, memory = 64Mi..128Mi, replicas = 2, storage = 60Gi, spread = "soft" }
"#,
    ),
    (
        "a surge in an environment only",
        2,
        r#"
use std { web }
hardware h { node n { count = 3, cpu = 4, memory = 8GB } }
system s on h {}
namespace n {}
component c : web { namespace = n, image = "a/b:1", port = 80, cpu = 1..1, memory = 64Mi..128Mi, replicas = 2 }
environment load { component c { cpu = 3..3, surge = 2 } }
"#,
    ),
    (
        "an environment on nodes of its own",
        2,
        r#"
use std { web }
hardware big { node n { count = 3, cpu = 16, memory = 32GB } }
hardware small { node m { count = 2, cpu = 2, memory = 4GB } }
system s on big {}
namespace n {}
component c : web { namespace = n, image = "a/b:1", port = 80, cpu = 1..2, memory = 64Mi..128Mi, replicas = 2, surge = 1 }
environment staging on small {
  component c { replicas = 3 }
}
"#,
    ),
    (
        "the loss of a node without room",
        3,
        r#"
use std { web }
hardware h { node n { count = 2, cpu = 8, memory = 8GB } }
system s on h {}
namespace n {}
component c : web { namespace = n, image = "a/b:1", port = 80, cpu = 5..5, memory = 64Mi..128Mi, replicas = 2, spread = "soft", surge = 0, unavailable = 1 }
"#,
    ),
    (
        "many workloads that surge under a quota of pods",
        1,
        r#"
use std { web }
hardware h { node n { count = 3, cpu = 8, memory = 8GB } }
system s on h {}
namespace n { quota { pods = 5 } }
component c : web { namespace = n, image = "a/b:1", port = 80, cpu = 100m..1, memory = 64Mi..128Mi, replicas = 3 }
component d : web { namespace = n, image = "a/b:1", port = 80, cpu = 100m..1, memory = 64Mi..128Mi, replicas = 2 }
"#,
    ),
    (
        "memory that does not suffice, and a sidecar",
        2,
        r#"
use std { web }
hardware h { node n { count = 3, cpu = 8, memory = 4GB } }
system s on h {}
namespace n {}
component c : web {
  namespace = n, image = "a/b:1", port = 80
  cpu = 100m..1
  memory = 2Gi..2Gi
  replicas = 4
  sidecars = { runner = { image = "a/r:1", resources = { requests = { cpu = 100m, memory = 64Mi }, limits = { memory = 64Mi } }, securityContext = { allowPrivilegeEscalation = false, capabilities = { drop = ["ALL"] } } } }
}
"#,
    ),
    (
        "a budget that keeps every pod",
        1,
        r#"
use std { web }
hardware h { node n { count = 3, cpu = 8, memory = 8GB } }
system s on h {}
namespace n {}
component c : web { namespace = n, image = "a/b:1", port = 80, cpu = 100m..1, memory = 64Mi..128Mi, replicas = 3, min-available = 3 }
"#,
    ),
    (
        "a count that the library states",
        4,
        r#"
use std { web }
hardware prod { node n { cpu = 4, memory = 15GB, count = 2 } }
system s on prod {}
namespace red {}
component api-red : web { namespace = red, image = "e/a:1", cpu = 1, memory = 1Gi, port = 80 }
component b : web { namespace = red, image = "e/a:1", cpu = 1, memory = 1Gi, port = 80, needs api-red }
environment e on prod { component api-red { replicas = 3 } }
"#,
    ),
    (
        "more than six nodes have, by far",
        1,
        r#"
use std { web }
hardware cloud {
  kubernetes = "1.34"
  node box { count = 6, cpu = 4, memory = 16GB, cost = €120/month
    disk root { size = 80GB, ephemeral = 40GB }
    reserve "kubelet" { cpu = 80m, memory = 2GB } }
}
system auto on cloud {}
namespace flow {}
component main-app : web {
  namespace = flow
  image = "registry.example.com/flow:1.0"
  replicas = 2..20
  cpu = 1..2
  memory = 1Gi..1Gi
  port = 5678
}
component hooks : web {
  namespace = flow
  image = "registry.example.com/flow:1.0"
  replicas = 2..50
  cpu = 500m..1
  memory = 512Mi..512Mi
  port = 5679
}
"#,
    ),
];

/// Errors that say that something does not fit, or is not shown to.
const MISFITS: [&str; 12] =
    ["V0401", "V0402", "V0403", "V0404", "V0405", "V0413", "V0414", "V0416", "V0418", "V0419", "V0420", "V0605"];

const FILE: &str = "platform.vauban";

fn compiled(text: &str) -> Compilation {
    compile(&MemoryWorld::new().with(FILE, text.as_bytes().to_vec()), &Options::default())
}

fn applied(text: &str, choice: &Choice, sources: &SourceMap) -> String {
    let mut text = text.to_owned();
    let mut fixes: Vec<_> = choice.fixes.iter().collect();
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
    for fix in fixes {
        assert_eq!(sources.get(fix.span.source).map(|source| source.name.as_str()), Some(FILE));
        text.replace_range(fix.span.range(), &fix.replacement);
    }
    text
}

/// What is wrong with a platform in some environments.
fn misfits<'a>(compilation: &'a Compilation, environment: Option<&str>) -> Vec<&'a Diagnostic> {
    let wanted: Vec<&str> = environment.map(|names| names.split(", ").collect()).unwrap_or_default();
    let here = |one: &&Diagnostic| match &one.environment {
        None => true,
        Some(names) => names.split(", ").any(|name| wanted.contains(&name)),
    };
    let is_misfit = |one: &&Diagnostic| one.severity == Severity::Error && MISFITS.contains(&one.code.number());
    compilation.diagnostics.iter().filter(here).filter(is_misfit).collect()
}

#[test]
fn what_is_advised_keeps_its_promise_when_it_is_typed() {
    let mut wrong = String::new();
    for (title, least, text) in PLATFORMS {
        let before = compiled(text);
        let mut offered = 0;
        for message in before.diagnostics.iter() {
            for words in message.help.iter().filter(|words| words.contains("<std/")) {
                wrong.push_str(&format!("{title}: nobody edits the library: {words}\n"));
            }
            for choice in &message.choices {
                offered += 1;
                let changed = applied(text, choice, &before.sources);
                let after = compiled(&changed);
                let fatal: Vec<&Diagnostic> = after
                    .diagnostics
                    .iter()
                    .filter(|one| {
                        one.severity == Severity::Error && before.diagnostics.iter().all(|other| other.code != one.code)
                    })
                    .collect();
                let left = misfits(&after, message.environment.as_deref());
                let is_kept =
                    if choice.enough { left.is_empty() } else { left.iter().all(|one| one.message != message.message) };
                if !is_kept || !fatal.is_empty() {
                    let said: Vec<&str> = left.iter().chain(&fatal).map(|one| one.message.as_str()).collect();
                    wrong.push_str(&format!("{title}: {}\n  {said:?}\n{changed}\n", choice.text));
                }
            }
        }
        if offered < *least {
            let said: Vec<String> = before
                .diagnostics
                .iter()
                .map(|one| format!("{}: {:?} {:?}", one.message, one.help, one.choices))
                .collect();
            wrong.push_str(&format!("{title}: {offered} edits are offered\n{}\n", said.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
