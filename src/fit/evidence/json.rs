//! The proof as `reports/proof.json`, in the form that `docs/proof.md` defines.

use serde_json::{Value, json};

use crate::fit::evidence::{Charged, ClassSum, Evidence, Gone, Layer, LossCase, Pattern, QuotaKey, Shown, Weighed};
use crate::fit::states::state::Rolling;
use crate::fit::states::verdict::StateProof;
use crate::fit::{EnvironmentProof, Names, words};

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
        // That no pod waits while all old ones terminate is told to people, and no part of the proof.
        "states": proof.states.iter().filter(|one| !one.is_terminating()).map(state).collect::<Vec<_>>(),
    })
}

fn state(proof: &StateProof) -> Value {
    let evidence = proof.evidence.as_ref().and_then(evidence);
    // What is not written as evidence is said.
    let refusal = |found: &Evidence| match found {
        Evidence::Quota(key) => Some(words::quota(key)),
        other => words::refusal(other, &Names::default()),
    };
    let refused = proof.evidence.as_ref().filter(|_| evidence.is_none()).and_then(refusal);
    // The proof names everything in full.
    let reason = proof.reason.as_ref().map(|reason| words::reason(reason, &Names::default())).or(refused);
    let mut value = json!({
        "state": proof.state.key(),
        "at": proof.at.key(),
        "rolling": proof.rolling.map(Rolling::key),
        "required": proof.required,
        "verdict": proof.verdict.key(),
        "evidence": evidence,
        "reason": reason,
    });
    if let Some(without) = &proof.without {
        value["without"] = json!(without);
    }
    value
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

fn loss_case(case: &LossCase) -> Value {
    let mut value = json!({ "gone": gone(&case.gone), "layers": list(&case.layers, layer) });
    if !case.stranded.is_empty() {
        value["stranded"] = json!(case.stranded);
    }
    value
}

fn weighed(one: &Weighed) -> Value {
    let mut value = json!({ "type": one.name, "total": number(one.total), "limit": number(one.limit) });
    if let Some(over) = one.over {
        value["over"] = json!(over);
    }
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

fn quota(key: &QuotaKey) -> Value {
    json!({ "quota": key.quota, "key": key.key, "used": number(key.used), "hard": number(key.hard) })
}

/// More pods of a type than places for them: one type with the weight 1, of which a node of each class takes so many.
fn places(name: &str, most: &[(String, i128)]) -> Value {
    json!({
        "kind": "weights",
        "types": [{ "type": name, "weight": 1 }],
        "minimal": [name],
        "classes": list(most, |(class, most)| json!({ "class": class, "most": number(*most) })),
    })
}

/// What all pods ask for where one resource has the price 1 on some classes, and costs nothing elsewhere.
fn priced(classes: &[String], resource: &str, minimal: &[String]) -> Value {
    let weights = list(classes, |class| json!({ "class": class, "resource": resource, "weight": 1 }));
    json!({ "kind": "farkas", "weights": weights, "minimal": minimal })
}

/// What shows a verdict.
pub(crate) fn evidence(evidence: &Evidence) -> Option<Value> {
    Some(match evidence {
        Evidence::Layers(one) => {
            let mut value = json!({ "kind": "layers", "layers": list(&one.layers, layer) });
            if !one.waits.is_empty() {
                value["waits"] = json!(one.waits);
            }
            value
        }
        Evidence::Placement(patterns) => json!({ "kind": "placement", "patterns": list(patterns, pattern) }),
        Evidence::Loss(cases) => json!({ "kind": "loss", "cases": list(cases, loss_case) }),
        Evidence::Limits(sums) => json!({ "kind": "limits", "sums": list(sums, |one| json!({
            "class": one.class,
            "sum": number(one.sum),
            "cap": number(one.cap),
            "allocatable": number(one.allocatable),
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
        Evidence::Quotas(keys) => json!({ "kind": "quotas", "keys": list(keys, quota) }),
        // No node, and none that is large enough, are places of which there are none: people read more of them than a
        // checker must.
        Evidence::NoNode { name } | Evidence::Undeclared { name, .. } => places(name, &[]),
        Evidence::Oversize { name, places: small } => {
            places(name, &small.iter().map(|one| (one.class.clone(), 0)).collect::<Vec<_>>())
        }
        Evidence::Count { name, shown: Shown::Most(most), .. } => places(name, most),
        Evidence::Count { name, shown: Shown::Scarce { class, resource }, .. } => {
            priced(std::slice::from_ref(class), resource, std::slice::from_ref(name))
        }
        Evidence::Sum { minimal, classes, resource, .. } => priced(classes, resource, minimal),
        Evidence::Alone { name, count } => json!({ "kind": "alone", "type": name, "count": number(*count) }),
        Evidence::Locked { name, count, desired, budgets } => json!({
            "kind": "locked", "type": name, "count": number(*count), "desired": number(*desired), "budgets": budgets,
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
        // What the files alone decide a checker finds for itself; people are told which it is.
        Evidence::Unserved { .. }
        | Evidence::ClaimOversize { .. }
        | Evidence::ClaimsSum { .. }
        | Evidence::Bound(_)
        | Evidence::Quota(_)
        | Evidence::MissingKey { .. }
        | Evidence::Misfit { .. }
        | Evidence::InvalidPod { .. } => return None,
    })
}
