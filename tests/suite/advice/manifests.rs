//! The same of manifests and the hardware that they are proved on: what `prove` says is typed into them.

use vaubanc::fit::{Change, Changes, Dialect, EnvironmentProof, words};
use vaubanc::query::manifests::{Manifest, prove, read};
use vaubanc::source::SourceMap;
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, hardware};

/// What a change is called, what it replaces, and by what.
type Typed = (&'static str, &'static str, &'static str);

/// Hardware and manifests, and every change that is offered.
const CASES: &[(&str, &str, &str, &[Typed])] = &[
    (
        "an autoscaler from one pod, of which a budget keeps one",
        r#"
hardware lab { node n { count = 2, cpu = 4, memory = 8GB } }
"#,
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: portal, namespace: web}
spec:
  selector: {matchLabels: {app: portal}}
  template:
    metadata: {labels: {app: portal}}
    spec:
      containers:
      - {name: c, image: x/c:1, resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 64Mi}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: portal, namespace: web}
spec:
  minReplicas: 1
  maxReplicas: 4
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: portal}
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: portal, namespace: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: portal}}}
"#,
        &[
            (
                "the disruption budget of `portal` with `maxUnavailable: 1` instead of what must be available",
                "minAvailable: 1",
                "maxUnavailable: 1",
            ),
            ("`portal` on at least 2 replicas", "minReplicas: 1", "minReplicas: 2"),
        ],
    ),
    (
        "workloads of one pod that surge on a pool at its limit",
        r#"
hardware cloud { node box { count = 1..2, cpu = 2, memory = 2GB } }
"#,
        r#"
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: delegate, namespace: bank}
spec:
  replicas: 1
  selector: {matchLabels: {app: delegate}}
  template:
    metadata: {labels: {app: delegate}}
    spec:
      containers:
      - {name: c, image: x/c:1, resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {memory: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger, namespace: bank}
spec:
  replicas: 1
  selector: {matchLabels: {app: ledger}}
  template:
    metadata: {labels: {app: ledger}}
    spec:
      containers:
      - {name: c, image: x/c:1, resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {memory: 1Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cards, namespace: bank}
spec:
  replicas: 1
  selector: {matchLabels: {app: cards}}
  template:
    metadata: {labels: {app: cards}}
    spec:
      containers:
      - {name: c, image: x/c:1, resources: {requests: {cpu: 500m, memory: 600Mi}, limits: {memory: 600Mi}}}
"#,
        &[
            (
                "`cards`, `delegate` and `ledger` each with `maxSurge: 0` and `maxUnavailable: 1`",
                "  replicas: 1\n",
                "  replicas: 1\n  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}\n",
            ),
            ("`box` with 4GB", "memory = 2GB", "memory = 4GB"),
            ("3 more nodes of `box`", "count = 1..2", "count = 1..5"),
        ],
    ),
    (
        "a surge under a quota of CPU",
        r#"
hardware lab { kubernetes = "1.34"
 node w { count = 2, cpu = 16, memory = 8GB } }
"#,
        r#"
apiVersion: v1
kind: ResourceQuota
metadata: {name: compute, namespace: team}
spec: {hard: {requests.cpu: "3", requests.memory: 4Gi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: team}
spec:
  replicas: 6
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector: {matchLabels: {app: gateway}}
  template:
    metadata: {labels: {app: gateway}}
    spec:
      containers:
      - {name: c, image: x/c:1, resources: {requests: {cpu: 500m, memory: 512Mi}, limits: {memory: 512Mi}}}
"#,
        &[
            (
                "`gateway` with `maxSurge: 0` and `maxUnavailable: 1`",
                "maxSurge: 1, maxUnavailable: 0",
                "maxSurge: 0, maxUnavailable: 1",
            ),
            ("`gateway` at most 5 replicas", "replicas: 6", "replicas: 5"),
            ("the quota `team/compute` with 3500m of `requests.cpu`", "requests.cpu: \"3\"", "requests.cpu: 3500m"),
            ("`gateway` on 0.4 CPU", "requests: {cpu: 500m", "requests: {cpu: 400m"),
        ],
    ),
    (
        "a DaemonSet that surges on its own port",
        r#"
hardware lab { node n { count = 2, cpu = 4, memory = 8GB } }
"#,
        r#"
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: edge, namespace: net}
spec:
  selector: {matchLabels: {app: edge}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: edge}}
    spec:
      containers:
      - name: c
        image: x/c:1
        ports: [{containerPort: 8080, hostPort: 31080}]
        resources: {requests: {cpu: 50m, memory: 32Mi}, limits: {memory: 32Mi}}
"#,
        &[(
            "`edge` with `maxSurge: 0` and `maxUnavailable: 1`",
            "maxSurge: 1, maxUnavailable: 0",
            "maxSurge: 0, maxUnavailable: 1",
        )],
    ),
    (
        "a sidecar before an init container under a quota",
        r#"
hardware lab {
  kubernetes = "1.34"
  node n { cpu = 1, memory = 4GB } }
"#,
        r#"
apiVersion: v1
kind: Namespace
metadata: {name: mail}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: q, namespace: mail}
spec: {hard: {requests.cpu: 250m}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: relay, namespace: mail}
spec:
  replicas: 1
  serviceName: relay
  selector: {matchLabels: {app: relay}}
  template:
    metadata: {labels: {app: relay}}
    spec:
      initContainers:
      - {name: tap, image: x/tap:1, restartPolicy: Always, resources: {requests: {cpu: 100m}}}
      - {name: migrate, image: x/mig:1, resources: {requests: {cpu: 200m}}}
      containers:
      - {name: main, image: x/relay:1, resources: {requests: {cpu: 100m}}}
"#,
        &[
            ("the quota `mail/q` with 300m of `requests.cpu`", "requests.cpu: 250m", "requests.cpu: 300m"),
            ("`migrate` of `relay` on 0.15 CPU", "requests: {cpu: 200m", "requests: {cpu: 150m"),
        ],
    ),
];

/// A CronJob whose runs may pile up, and both of its ways out.
const PILED: &str = r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: sync, namespace: app}
spec:
  schedule: "*/5 * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers:
          - {name: c, image: x/c:1, resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 64Mi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: app}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: c, image: x/c:1, resources: {requests: {cpu: 1, memory: 1Gi}, limits: {memory: 1Gi}}}
"#;

fn proved(lab: &str, text: &str) -> EnvironmentProof {
    let mut sources = SourceMap::default();
    let world = MemoryWorld::new().with("lab.vauban", lab);
    let (lab, found) = hardware(&world, &Options::default(), None, &mut sources);
    assert!(!found.has_errors(), "{found:?}");
    let (objects, found) = read(vec![Manifest { name: "all.yaml".into(), text: text.into() }], &mut sources);
    assert!(!found.has_errors(), "{found:?}");
    let foreign = prove(objects, lab.expect("the hardware is right"));
    foreign.view.proof.expect("it was proved")
}

fn unmet(proof: &EnvironmentProof) -> Vec<String> {
    proof.states.iter().filter(|state| !proof.is_met(state)).map(words::title).collect()
}

#[test]
fn what_prove_advises_keeps_its_promise_when_it_is_typed() {
    for (title, lab, text, typed) in CASES {
        let before = proved(lab, text);
        let Changes::Tried(found) = &before.changes else { panic!("{title}: {:?}", before.changes) };
        assert!(found.iter().all(Change::is_enough), "{title}");
        let short = |name: &str| name.rsplit([' ', '/']).next().unwrap_or_default().to_owned();
        let offered: Vec<String> =
            found.iter().map(|change| words::change_of(&short(&change.what), change, Dialect::Manifests)).collect();
        let names: Vec<&str> = typed.iter().map(|(name, ..)| *name).collect();
        assert_eq!(offered, names, "{title}");
        for (name, old, new) in *typed {
            let after = proved(&lab.replace(old, new), &text.replace(old, new));
            assert_eq!(unmet(&after), Vec::<String>::new(), "{title}: {name}");
        }
    }
}

#[test]
fn runs_that_pile_up_are_bounded_by_each_remedy() {
    const LAB: &str = "hardware lab { node n { count = 2, cpu = 4, memory = 8GB } }\n";
    assert!(!unmet(&proved(LAB, PILED)).is_empty());
    let forbidden = PILED.replace("  jobTemplate:", "  concurrencyPolicy: Forbid\n  jobTemplate:");
    let ended =
        PILED.replacen("    spec:\n      template:", "    spec:\n      activeDeadlineSeconds: 600\n      template:", 1);
    for text in [forbidden, ended] {
        assert_ne!(text, PILED);
        assert_eq!(unmet(&proved(LAB, &text)), Vec::<String>::new(), "{text}");
    }
}
