//! The proof as `reports/proof.json`, in the form that `docs/proof.md` defines.

use serde_json::{Value, json};

use super::EnvironmentProof;
use super::evidence::{Charged, ClassSum, Evidence, Gone, Layer, Pattern, QuotaKey, Weighed};
use super::verdict::StateProof;

/// The version of the format.
pub const VERSION: i64 = 3;

/// The whole file.
#[must_use]
pub fn document<'a>(proofs: impl IntoIterator<Item = &'a EnvironmentProof>) -> String {
    let environments: Vec<Value> = proofs.into_iter().map(environment).collect();
    let document = json!({ "version": VERSION, "environments": environments });
    // A value that was just made of strings and numbers is written without failure.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The entry of one environment.
#[must_use]
pub fn environment(proof: &EnvironmentProof) -> Value {
    let [manifests, footprints, nodes] = &proof.digests;
    let classes = proof.classes.iter().map(|class| json!({ "class": class.name, "nodes": class.nodes }));
    json!({
        "name": proof.environment,
        "demand": proof.demand.key(),
        "manifests": proof.manifests,
        "footprints": proof.has_footprints.then(|| proof.footprints_path()),
        "nodes": (!proof.nodes.is_empty()).then(|| proof.nodes_path()),
        "beside": proof.beside,
        "digests": { "manifests": manifests, "footprints": footprints, "nodes": nodes },
        "assumptions": proof.assumptions,
        "classes": classes.collect::<Vec<_>>(),
        "states": proof.states.iter().map(state).collect::<Vec<_>>(),
    })
}

fn state(proof: &StateProof) -> Value {
    json!({
        "state": proof.state,
        "at": proof.at,
        "rolling": proof.rolling,
        "required": proof.required,
        "verdict": proof.verdict.key(),
        "evidence": proof.evidence.as_ref().map(evidence),
        "reason": proof.reason,
    })
}

/// Sums of real platforms are far below the largest number of JSON readers; one that is not is refused by any checker.
fn number(number: i128) -> Value {
    Value::from(i64::try_from(number).unwrap_or(i64::MAX))
}

fn charged(one: &Charged) -> Value {
    json!({
        "type": one.name,
        "count": number(one.count),
        "nodes": number(one.nodes),
        "perNode": number(one.per_node),
    })
}

fn class_sum(one: &ClassSum) -> Value {
    json!({
        "class": one.class,
        "resource": one.resource,
        "sum": number(one.sum),
        "allocatable": number(one.allocatable),
    })
}

fn list<T>(items: &[T], write: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(write).collect())
}

fn weighed(one: &Weighed) -> Value {
    let mut value = json!({ "type": one.name, "total": number(one.total), "limit": number(one.limit) });
    if !one.weights.is_empty() {
        value["weights"] = list(&one.weights, |(class, weight)| json!({ "class": class, "weight": number(*weight) }));
    }
    value
}

fn layer(layer: &Layer) -> Value {
    match layer {
        Layer::Charge(charge) => json!({
            "ground": "charge", "types": list(&charge.types, charged), "sums": list(&charge.sums, class_sum),
        }),
        Layer::AnyOrder(types) => json!({ "ground": "any-order", "types": list(types, weighed) }),
    }
}

fn pattern(pattern: &Pattern) -> Value {
    json!({
        "nodes": pattern.nodes,
        "pods": list(&pattern.pods, |(name, count)| json!({ "type": name, "count": number(*count) })),
    })
}

fn gone(gone: &Gone) -> Value {
    match gone {
        Gone::Class(class) => json!({ "class": class }),
        Gone::Zone(zone) => json!({ "zone": zone }),
    }
}

fn quota(kind: Option<&str>, key: &QuotaKey) -> Value {
    let mut value = json!({ "quota": key.quota, "key": key.key, "used": number(key.used), "hard": number(key.hard) });
    if let Some(kind) = kind {
        value["kind"] = json!(kind);
    }
    value
}

fn count(name: &str, count: i128, places: &[(String, i128)], total: i128) -> Value {
    json!({
        "kind": "count",
        "type": name,
        "count": number(count),
        "places": list(places, |(class, most)| json!({ "class": class, "perNode": number(*most) })),
        "total": number(total),
    })
}

/// A claim that is larger than any disk which it may come to.
fn one_claim(claim: &str, each: i128, usable: i128) -> Value {
    json!({ "kind": "claim", "claim": claim, "each": number(each), "usable": number(usable) })
}

/// What shows a verdict.
pub(super) fn evidence(evidence: &Evidence) -> Value {
    match evidence {
        Evidence::Layers(one) => {
            let mut value = json!({ "kind": "layers", "layers": list(&one.layers, layer) });
            if !one.waits.is_empty() {
                value["waits"] = json!(one.waits);
            }
            value
        }
        Evidence::Placement(patterns) => json!({ "kind": "placement", "patterns": list(patterns, pattern) }),
        Evidence::Loss(cases) => json!({ "kind": "loss", "cases": list(cases, |case| json!({
            "gone": gone(&case.gone), "layers": list(&case.layers, layer),
        })) }),
        Evidence::Limits(sums) => json!({ "kind": "limits", "sums": list(sums, |one| json!({
            "class": one.class,
            "sum": number(one.sum),
            "stated": number(one.stated),
            "cap": number(one.cap),
            "allocatable": number(one.allocatable),
            "unlimited": one.unlimited,
        })) }),
        Evidence::Disks { claims, sums } => json!({
            "kind": "disks",
            "claims": list(claims, |one| json!({
                "claim": one.claim,
                "storageClass": one.storage_class,
                "each": number(one.each),
                "count": number(one.count),
                "perNode": number(one.per_node),
            })),
            "sums": list(sums, |one| json!({
                "class": one.class, "disk": one.disk, "sum": number(one.sum), "usable": number(one.usable),
            })),
        }),
        Evidence::Quotas(keys) => json!({ "kind": "quotas", "keys": list(keys, |key| quota(None, key)) }),
        // No node, and none that is large enough, are counts of nothing: people read more of them than a checker must.
        Evidence::NoNode { name, count: pods } => count(name, *pods, &[], 0),
        Evidence::Oversize { name, count: pods, places } => {
            let places: Vec<(String, i128)> = places.iter().map(|one| (one.class.clone(), 0)).collect();
            count(name, *pods, &places, 0)
        }
        Evidence::Count { name, count: pods, places, total } => count(name, *pods, places, *total),
        // What a sum adds up is what everything costs where one resource has the price 1.
        Evidence::Sum { minimal, classes, resource, .. } => json!({
            "kind": "farkas",
            "weights": list(classes, |class| json!({ "class": class, "resource": resource, "weight": 1 })),
            "minimal": minimal,
        }),
        Evidence::Farkas { weights, minimal } => json!({
            "kind": "farkas",
            "weights": list(weights, |one| json!({
                "class": one.class, "resource": one.resource, "weight": number(one.weight),
            })),
            "minimal": minimal,
        }),
        Evidence::Weights { types, minimal, classes, .. } => json!({
            "kind": "weights",
            "types": list(types, |(name, weight)| json!({ "type": name, "weight": number(*weight) })),
            "minimal": minimal,
            "classes": list(classes, |(class, most)| json!({ "class": class, "most": number(*most) })),
        }),
        Evidence::Unserved { claim, each, .. } => one_claim(claim, *each, 0),
        Evidence::ClaimOversize { claim, each, usable } => one_claim(claim, *each, *usable),
        Evidence::ClaimsSum { storage_class, demand, usable } => json!({
            "kind": "claims", "storageClass": storage_class, "demand": number(*demand), "usable": number(*usable),
        }),
        Evidence::Bound(one) => json!({
            "kind": "bound",
            "limitRange": one.limit_range,
            "type": one.kind,
            "of": one.of,
            "container": one.container,
            "resource": one.resource,
            "bound": one.side.key(),
            "stated": one.stated.map(number),
            "allowed": number(one.allowed),
        }),
        Evidence::Quota(key) => quota(Some("quota"), key),
        Evidence::MissingKey { name, container, key } => {
            json!({ "kind": "missing-key", "type": name, "container": container, "key": key })
        }
        Evidence::InvalidPod { name, container, resource, request, limit } => json!({
            "kind": "invalid-pod",
            "type": name,
            "container": container,
            "resource": resource,
            "request": number(*request),
            "limit": number(*limit),
        }),
    }
}
