//! What would decide an open state: the reasons of the proof, each with what to type.

/// What turns a placement into a guarantee.
const GUARANTEE: &str = "smaller requests, fewer replicas or more room on each node, a hard spread of what has \
                                    several replicas, or a PriorityClass for what must come first can make it guaranteed";

/// The same beside changes of numbers that were proved to do it.
pub(super) const GUARANTEE_BESIDE_NUMBERS: &str =
    "or a hard spread of what has several replicas, or a PriorityClass for what must come first";

/// Where numbers help, beside changes of numbers that were proved to do it.
const BESIDE_NUMBERS: &str = "or a hard spread (`spread = \"hard\"`) of what has several replicas";

/// A hard spread over a pool.
const COME_AND_GO: (&str, &str) = (
    "counts nodes that come and go",
    "keep it off the pool (a taint on its nodes, or a node selector), spread it softly (`spread = \"soft\"`), or give the pool a \
     fixed `count`",
);

/// How to say that a controller makes no pods, to be pasted.
const NO_PODS: &str = "say what its controller makes, in the kind, right behind this emission: a `footprint` with its pods, or, when it makes \
                       none, one of an object that needs no room and is never applied:\n\
                       footprint \"v1\" ConfigMap {\n  metadata.name = \"${name}-makes-no-pods\"\n}";

/// How to say what an injector adds, to be pasted.
macro_rules! injected {
    ($key:literal, $container:literal) => {
        concat!(
            "say once what it adds, in the component that emits it, and size it as it is configured:\n\
             footprint \"v1\" PodTemplate {\n  metadata.annotations.\"vauban.dev/injects\" = \"",
            $key,
            "\"\n  template.spec.containers.",
            $container,
            " {\n    resources { requests { cpu = 100m, memory = 128Mi }, limits { memory = 128Mi } }\n  }\n}"
        )
    };
}

/// What a reason contains, and what helps.
const ADVICE: [(&str, &str); 25] = [
    ("nothing says which pods", NO_PODS),
    (
        "exists twice",
        "give one of them another name or namespace, or write `exclusive = true` in an environment that never runs beside the other",
    ),
    ("such sidecars exist", "declare a newer `kubernetes` on the hardware, or leave the sidecar out"),
    ("Istio adds containers to the pods of", injected!("istio", "istio-proxy")),
    ("Linkerd adds containers to the pods of", injected!("linkerd", "linkerd-proxy")),
    ("Vault adds containers to the pods of", injected!("vault", "vault-agent")),
    ("has no maximum", "give the replicas an upper end, such as `replicas = 2..5`"),
    (
        "may pile up",
        "set `concurrencyPolicy: Forbid` (`concurrency = \"Forbid\"` in a `cron`), or bound how long a run may take by \
         `jobTemplate.spec.activeDeadlineSeconds`, with a schedule of five fields: then as many are counted as may overlap",
    ),
    ("does not account for", "leave it out of the template; `docs/proof.md` lists what is understood"),
    (
        "nothing else takes",
        "another node that takes it: one more of this kind, or labels and tolerations that admit another",
    ),
    (
        "its pods, so that no node",
        "let one pod go at a time (`max-unavailable = 1`), with one replica more than must stay",
    ),
    (
        "with their volumes",
        "more replicas over more nodes, a hard spread (`spread = \"hard\"`), or a budget that keeps fewer",
    ),
    (
        "let pods onto one node",
        "more room on each node, another node, smaller requests, or a hard spread (`spread = \"hard\"`)",
    ),
    (
        "come to lie on",
        "a hard spread (`spread = \"hard\"`) or a required anti-affinity on `kubernetes.io/hostname` keeps claims apart",
    ),
    ("which has no disk of the class", "keep its pods off these nodes (a node selector), or give them such a disk"),
    ("the quota `", "a quota without scopes, over requests, limits, pods and storage"),
    (
        "requires other pods beside it",
        "prefer their company (`preferredDuringSchedulingIgnoredDuringExecution`) instead of requiring it",
    ),
    (
        "more than `one on each node`",
        "make it plain: required anti-affinity on `kubernetes.io/hostname` against its own pods only, everything else preferred",
    ),
    (
        "uses the same host port",
        "give each workload with host ports its own, or keep them on different nodes by a node selector",
    ),
    ("more of it than nodes that take one each", "fewer replicas, or another node"),
    ("pods come in parallel", "set `podManagementPolicy: OrderedReady`"),
    (
        "more than `even over its nodes`",
        "make it plain: one constraint on `kubernetes.io/hostname` with `maxSkew: 1` and `nodeTaintsPolicy: Honor`, over its own pods only",
    ),
    (
        "binds it to one node",
        "a claim for each pod (a StatefulSet's `volumeClaimTemplates`), or a node selector for one node",
    ),
    COME_AND_GO,
    ("placement", "smaller requests, fewer replicas, a hard spread (`spread = \"hard\"`), larger nodes or another one"),
];

const OTHERWISE: &str = "a hard spread, fewer replicas, smaller requests or another node may decide it; `docs/proof.md` says what is understood";

/// The fact of a reason and the advice that it brings along.
pub(super) fn split(reason: &str) -> (&str, Option<&str>) {
    let brings =
        ["a footprint would", "set ", "declare `", "a hard spread or", "write a `footprint", "keep ", "leave it out"];
    match reason.rsplit_once("; ") {
        Some((fact, hint)) if brings.iter().any(|start| hint.starts_with(start)) => (fact, Some(hint)),
        _ => (reason, None),
    }
}

/// What would decide it.
pub(super) fn of(reason: &str, hint: Option<&str>) -> String {
    let known = ADVICE.iter().find(|(part, _)| reason.contains(part));
    known
        .map(|(_, help)| (*help).to_owned())
        .or_else(|| hint.map(str::to_owned))
        .unwrap_or_else(|| OTHERWISE.to_owned())
}

/// What turns a placement into a guarantee. Room is no help to a spread over nodes that come and go.
pub(super) fn guarantee(reason: &str) -> &'static str {
    if reason.contains(COME_AND_GO.0) { COME_AND_GO.1 } else { GUARANTEE }
}

/// The same beside changes of numbers that were proved to decide it: no numbers again.
pub(super) fn beside_numbers(reason: &str, hint: Option<&str>) -> String {
    let advice = of(reason, hint);
    let is_about_numbers = advice == OTHERWISE || advice.contains("smaller requests");
    if is_about_numbers { BESIDE_NUMBERS.to_owned() } else { format!("or {advice}") }
}
