//! Changes of other things than amounts: how a workload rolls, what a budget keeps, how few replicas there are, what a quota
//! allows, whether pods are spread. Each rewrites objects, and everything is read again from them, as it would be from their text.

use indexmap::IndexMap;

use super::ChangeKind;
use super::attempts::Attempt;
use crate::data::{Node, NodeValue};
use crate::fit::Evidence;
use crate::fit::read::constraints::HOSTNAME;
use crate::fit::read::platform::Platform;
use crate::fit::read::pods::PodType;
use crate::fit::states::state::State;
use crate::fit::states::verdict::StateProof;
use crate::objects::Object;
use crate::objects::footprint::describe;
use crate::objects::quantity::ceil_div;
use crate::objects::selector::Selector;

/// So many replicas more are tried at the least.
const MOST_MORE: i128 = 2;
/// Quotas of bytes are raised to a multiple of this.
const MIB: i128 = 1 << 20;

/// The keys of a quota that are raised, as they are written.
const KEYS: [&str; 11] = [
    "cpu",
    "requests.cpu",
    "memory",
    "requests.memory",
    "limits.cpu",
    "limits.memory",
    "requests.ephemeral-storage",
    "limits.ephemeral-storage",
    "pods",
    "count/pods",
    "requests.storage",
];

/// A field of an object with what it becomes; without a value it is left out.
#[derive(Debug, Clone)]
pub(super) struct Rewrite {
    object: usize,
    path: Vec<&'static str>,
    value: Option<NodeValue>,
}

impl Rewrite {
    fn set(object: usize, path: &[&'static str], value: NodeValue) -> Self {
        Self { object, path: path.to_vec(), value: Some(value) }
    }

    fn remove(object: usize, path: &[&'static str]) -> Self {
        Self { object, path: path.to_vec(), value: None }
    }
}

/// The objects after some rewrites.
pub(super) fn apply(objects: &[Object], rewrites: &[Rewrite]) -> Vec<Object> {
    let mut changed = objects.to_vec();
    for rewrite in rewrites {
        put(&mut changed[rewrite.object].body, &rewrite.path, rewrite.value.clone());
    }
    changed
}

fn put(node: &mut Node, path: &[&'static str], value: Option<NodeValue>) {
    let [key, rest @ ..] = path else { return };
    if node.as_map_mut().is_none() {
        node.value = NodeValue::Map(IndexMap::new());
    }
    let Some(map) = node.as_map_mut() else { return };
    match (rest, value) {
        ([], Some(value)) => {
            map.insert((*key).into(), Node::synthetic(value));
        }
        ([], None) => {
            map.shift_remove(*key);
        }
        (rest, value) => put(map.entry((*key).into()).or_insert_with(Node::map), rest, value),
    }
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    let entries = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
    Node::synthetic(NodeValue::Map(entries))
}

fn number(number: i128) -> Node {
    Node::synthetic(NodeValue::Integer(number))
}

/// The platform as its objects state it.
pub(super) struct Written<'a> {
    pub(super) platform: &'a Platform,
    pub(super) objects: &'a [Object],
    pub(super) failing: &'a StateProof,
}

impl Written<'_> {
    /// What may be rewritten for these types. Only what somebody wrote can be written otherwise, so no footprint.
    pub(super) fn attempts(&self, types: &[usize]) -> Vec<Attempt> {
        let mut attempts: Vec<Attempt> = Vec::new();
        for index in types {
            match self.failing.state {
                State::S2 | State::S7 => {
                    attempts.extend(self.in_place(*index));
                    attempts.extend(self.recreated(*index));
                }
                State::S3 | State::S4 => {
                    attempts.extend(self.budgets(*index));
                    attempts.extend(self.more_at_least(*index));
                }
                State::S0 | State::S1 | State::S5 | State::S6 => {}
            }
            if self.failing.state != State::S7 {
                attempts.extend(self.spread(*index));
                attempts.extend(self.ordered(*index));
            }
        }
        attempts.extend(self.quota());
        attempts
    }

    fn object(&self, one: &PodType) -> Option<usize> {
        self.objects.iter().position(|object| !object.is_footprint() && describe(&object.key()) == one.name)
    }

    fn attempt(&self, index: usize, kind: ChangeKind, to: i128, rewrites: Vec<Rewrite>) -> Attempt {
        let one = &self.platform.types[index];
        let from = match kind {
            ChangeKind::InPlace | ChangeKind::Recreated => one.surge,
            ChangeKind::Least => one.steady,
            _ => 0,
        };
        let what = one.name.clone();
        Attempt { what, container: None, kind, target: index, from, far: to, steps: &[1], rewrites, also: Vec::new() }
    }

    /// One pod goes before its successor comes.
    pub(super) fn in_place(&self, index: usize) -> Option<Attempt> {
        let one = &self.platform.types[index];
        let object = self.object(one).filter(|_| one.surge > 0)?;
        let path = if one.per_node { ["spec", "updateStrategy"] } else { ["spec", "strategy"] };
        let rolling = map([("maxSurge", number(0)), ("maxUnavailable", number(1))]);
        let strategy = map([("type", Node::string("RollingUpdate")), ("rollingUpdate", rolling)]);
        Some(self.attempt(index, ChangeKind::InPlace, 0, vec![Rewrite::set(object, &path, strategy.value)]))
    }

    fn recreated(&self, index: usize) -> Option<Attempt> {
        let one = &self.platform.types[index];
        let object = self.object(one).filter(|_| one.is_deployment && one.surge > 0 && one.peak == 1)?;
        let strategy = map([("type", Node::string("Recreate"))]);
        let rewrite = Rewrite::set(object, &["spec", "strategy"], strategy.value);
        Some(self.attempt(index, ChangeKind::Recreated, 0, vec![rewrite]))
    }

    /// A budget that lets one pod go at a time, and one that keeps one pod fewer.
    fn budgets(&self, index: usize) -> Vec<Attempt> {
        let one = &self.platform.types[index];
        let selects = |object: &Object| {
            object.kind == "PodDisruptionBudget"
                && object.group() == "policy"
                && !object.is_footprint()
                && object.namespace == one.namespace
                && Selector::read(object.body.at(&["spec", "selector"])).matches(&one.labels)
        };
        let mut found = self.objects.iter().enumerate().filter(|(_, object)| selects(object));
        let (Some((position, object)), None) = (found.next(), found.next()) else { return Vec::new() };
        let least = object.body.at(&["spec", "minAvailable"]);
        let most = object.body.at(&["spec", "maxUnavailable"]).and_then(Node::as_integer);
        let mut attempts = Vec::new();
        if most != Some(1) {
            let rewrites = vec![
                Rewrite::remove(position, &["spec", "minAvailable"]),
                Rewrite::set(position, &["spec", "maxUnavailable"], NodeValue::Integer(1)),
            ];
            attempts.push(self.attempt(index, ChangeKind::OneAtATime, 1, rewrites));
        }
        let fewer = least.and_then(Node::as_integer).map(|least| (least, (one.steady - 1).min(least - 1)));
        if let Some((from, to)) = fewer.filter(|(_, to)| *to >= 1) {
            let rewrite = Rewrite::set(position, &["spec", "minAvailable"], NodeValue::Integer(to));
            attempts.push(Attempt { from, ..self.attempt(index, ChangeKind::Kept, to, vec![rewrite]) });
        }
        attempts
    }

    /// A replica or two more when there is least to do.
    fn more_at_least(&self, index: usize) -> Vec<Attempt> {
        let one = &self.platform.types[index];
        if one.per_node || one.is_batch || one.is_bare || one.steady < 1 {
            return Vec::new();
        }
        let Some(object) = self.object(one) else { return Vec::new() };
        let scales = |other: &&Object| {
            let target = |key: &str| other.body.at(&["spec", "scaleTargetRef", key]).and_then(Node::as_str);
            other.namespace == one.namespace
                && target("kind").unwrap_or("Deployment") == self.objects[object].kind
                && target("name") == Some(self.objects[object].name.as_str())
        };
        let scaler = self.objects.iter().position(|other| scales(&other));
        let (object, path, most) = match scaler {
            Some(scaler) if self.objects[scaler].is_footprint() => return Vec::new(),
            Some(scaler) if self.objects[scaler].kind == "HorizontalPodAutoscaler" => {
                (scaler, ["spec", "minReplicas"], one.peak)
            }
            Some(scaler) => (scaler, ["spec", "minReplicaCount"], one.peak),
            None => (object, ["spec", "replicas"], one.steady + MOST_MORE),
        };
        let more = one.steady + 1..=(one.steady + MOST_MORE).min(most);
        let attempt = |to: i128| {
            self.attempt(index, ChangeKind::Least, to, vec![Rewrite::set(object, &path, NodeValue::Integer(to))])
        };
        more.map(attempt).collect()
    }

    /// A hard spread over hosts where nothing keeps pods apart, in the place of a soft one where there is one.
    fn spread(&self, index: usize) -> Option<Attempt> {
        let (one, platform) = (&self.platform.types[index], self.platform);
        if one.per_node || one.is_batch || one.is_bare || one.peak < 2 {
            return None;
        }
        let object = self.object(one).filter(|_| !platform.is_spread(index) && !platform.is_alone(index))?;
        let body = &self.objects[object].body;
        let path = ["spec", "template", "spec", "topologySpreadConstraints"];
        let others = body.at(&path).map(Node::items).unwrap_or_default();
        let is_soft = |one: &&Node| one.get("topologyKey").and_then(Node::as_str) == Some(HOSTNAME);
        let mut all: Vec<Node> = others.iter().filter(|one| !is_soft(one)).cloned().collect();
        let labels = || one.labels.iter().map(|(key, value)| ((&**key).into(), Node::string(value.as_str()))).collect();
        let own = || map([("matchLabels", Node::synthetic(NodeValue::Map(labels())))]);
        let selector = body.at(&["spec", "selector"]).cloned().unwrap_or_else(own);
        let mut hard = map([
            ("maxSkew", number(1)),
            ("topologyKey", Node::string(HOSTNAME)),
            ("whenUnsatisfiable", Node::string("DoNotSchedule")),
            ("nodeAffinityPolicy", Node::string("Honor")),
            ("nodeTaintsPolicy", Node::string("Honor")),
            ("labelSelector", selector),
        ]);
        if one.is_deployment {
            let keys = NodeValue::List(vec![Node::string("pod-template-hash")]);
            put(&mut hard, &["matchLabelKeys"], Some(keys));
        }
        all.push(hard);
        let rewrite = Rewrite::set(object, &path, NodeValue::List(all));
        Some(self.attempt(index, ChangeKind::Spread, 1, vec![rewrite]))
    }

    /// Pods of a StatefulSet that come one after the other.
    fn ordered(&self, index: usize) -> Option<Attempt> {
        let one = &self.platform.types[index];
        let object = self.object(one).filter(|_| one.is_stateful && !one.ordered)?;
        let value = NodeValue::String("OrderedReady".into());
        let rewrite = Rewrite::set(object, &["spec", "podManagementPolicy"], value);
        Some(self.attempt(index, ChangeKind::Ordered, 1, vec![rewrite]))
    }

    /// The quota that refuses, raised to what is asked of it.
    fn quota(&self) -> Option<Attempt> {
        let Some(Evidence::Quota(key)) = &self.failing.evidence else { return None };
        let name = |object: &Object| format!("{}/{}", object.namespace.as_deref().unwrap_or_default(), object.name);
        let is_meant = |object: &Object| object.kind == "ResourceQuota" && name(object) == key.quota;
        let object = self.objects.iter().position(|object| !object.is_footprint() && is_meant(object))?;
        let written = *KEYS.iter().find(|written| **written == key.key)?;
        let (to, value) = match written {
            cpu if cpu.ends_with("cpu") => (key.used, NodeValue::String(format!("{}m", key.used).into())),
            pods if pods.ends_with("pods") => (key.used, NodeValue::Integer(key.used)),
            _ => {
                let mebibytes = ceil_div(key.used, MIB);
                (mebibytes * MIB, NodeValue::String(format!("{mebibytes}Mi").into()))
            }
        };
        let rewrites = vec![Rewrite::set(object, &["spec", "hard", written], value)];
        let (what, kind, target) = (key.quota.clone(), ChangeKind::Quota(written), 0);
        let also = Vec::new();
        Some(Attempt { what, container: None, kind, target, from: key.hard, far: to, steps: &[1], rewrites, also })
    }

    /// Everything that surges rolls in place: what one alone is not enough for, all may be.
    pub(super) fn all_in_place(&self, kept: impl Fn(usize) -> bool) -> Option<Attempt> {
        let surging = (0..self.platform.types.len()).filter(|index| kept(*index));
        let all: Vec<Attempt> = surging.filter_map(|index| self.in_place(index)).collect();
        let names: Vec<String> = all.iter().map(|one| one.what.clone()).collect();
        let rewrites = all.iter().flat_map(|one| one.rewrites.clone()).collect();
        let first = all.into_iter().next()?;
        Some(Attempt { rewrites, also: names[1..].to_vec(), ..first })
    }
}
