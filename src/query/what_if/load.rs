//! More load: autoscalers with larger ranges, and how far that can go.

use std::collections::BTreeSet;
use std::fmt;

use super::neighbours;
use crate::eval::model::{InstanceId, Target};
use crate::fit::{self, EnvironmentProof, Names, Reading, Scenario};
use crate::objects::Object;
use crate::objects::scaling::{is_autoscaler, range, scale};
use crate::query::reason;
use crate::syntax::ast::InstanceClass;
use crate::{Compilation, View};

/// The search for the largest load ends here, in tenths.
const LARGEST: i128 = 10_000;

/// By how much the load grows, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor(i128);

impl Factor {
    /// Reads `10x`, `1.5x` or `2`. None for what is no positive number with at most three decimals, or above a million.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_suffix(['x', 'X']).unwrap_or(text);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.len() <= 7 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
            return None;
        }
        let thousandths = whole.parse::<i128>().ok()? * 1000 + format!("{fraction:0<3}").parse::<i128>().ok()?;
        (thousandths > 0 && thousandths <= 1_000_000_000).then_some(Self(thousandths))
    }

    /// In thousandths.
    #[must_use]
    pub fn thousandths(self) -> i128 {
        self.0
    }

    /// Whether it is the load of now.
    #[must_use]
    pub fn is_one(self) -> bool {
        self.0 == 1000
    }

    /// The next that is tried: a tenth of the load of now more.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 100)
    }

    fn tenths(tenths: i128) -> Self {
        Self(tenths * 100)
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / 1000, format!("{:03}", self.0 % 1000));
        match fraction.trim_end_matches('0') {
            "" => write!(formatter, "{whole}x"),
            fraction => write!(formatter, "{whole}.{fraction}x"),
        }
    }
}

/// The range of one autoscaler, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// `api`, the instance.
    pub name: String,
    pub before: (i128, i128),
    pub after: (i128, i128),
}

/// What more load does to one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadChange {
    pub factor: Factor,
    pub grows: Vec<Growth>,
    /// Instances that an entry point reaches, with pods and without an autoscaler.
    pub stays: Vec<String>,
    /// The largest load up to which every required state is guaranteed; none when not even today's is, or when there
    /// is nothing that grows.
    pub guaranteed: Option<Factor>,
    /// Whether the search ended before anything was exceeded.
    pub is_open: bool,
    /// What is not guaranteed a tenth above that.
    pub then: Option<String>,
}

/// Looks at an environment whose autoscalers are as the source has them.
pub(super) fn load(view: &View, compilation: &Compilation, factor: Factor) -> LoadChange {
    let autoscalers = || view.objects.iter().filter(|object| is_autoscaler(object));
    let mut change = LoadChange {
        factor,
        grows: autoscalers().filter_map(|object| growth(object, view, factor)).collect(),
        stays: stays(view),
        guaranteed: None,
        is_open: false,
        then: None,
    };
    if autoscalers().next().is_none() {
        return change;
    }
    let prover = Prover { view, compilation, names: reason::names(view, compilation) };
    let mut good = 10;
    change.then = prover.obstacle(good);
    if change.then.is_some() {
        return change;
    }
    let mut bad = 2 * good;
    loop {
        change.then = prover.obstacle(bad);
        if change.then.is_some() {
            break;
        }
        good = bad;
        if good >= LARGEST {
            change.is_open = true;
            break;
        }
        bad = (2 * good).min(LARGEST);
    }
    while !change.is_open && bad - good > 1 {
        let middle = (good + bad) / 2;
        match prover.obstacle(middle) {
            Some(obstacle) => (bad, change.then) = (middle, Some(obstacle)),
            None => good = middle,
        }
    }
    change.guaranteed = Some(Factor::tenths(good));
    change
}

struct Prover<'a> {
    view: &'a View,
    compilation: &'a Compilation,
    names: Names,
}

impl Prover<'_> {
    /// What is not guaranteed under a load in tenths.
    fn obstacle(&self, tenths: i128) -> Option<String> {
        let proof = self.prove(Factor::tenths(tenths));
        reason::first_unguaranteed(&proof).map(|state| reason::sentence(state, &self.names))
    }

    fn prove(&self, factor: Factor) -> EnvironmentProof {
        let own = scaled(&self.view.objects, factor);
        // Environments that are shown grow together; one that is only counted beside them stays as it is.
        let is_shown = |view: &View| self.compilation.views.iter().any(|other| std::ptr::eq(other, view));
        let beside: Vec<(&View, Vec<Object>)> = neighbours(self.view, self.compilation)
            .map(|view| (view, if is_shown(view) { scaled(&view.objects, factor) } else { view.objects.clone() }))
            .collect();
        let scenarios: Vec<Scenario<'_>> =
            beside.iter().map(|(view, objects)| Scenario { model: &view.model, objects }).collect();
        fit::verdicts(&Reading::of(Scenario { model: &self.view.model, objects: &own }, &scenarios))
    }
}

fn scaled(objects: &[Object], factor: Factor) -> Vec<Object> {
    let mut objects = objects.to_vec();
    scale(&mut objects, factor.thousandths());
    objects
}

fn growth(object: &Object, view: &View, factor: Factor) -> Option<Growth> {
    let both = |object: &Object| range(object).and_then(|(least, most)| Some((least?, most?)));
    let name = view.model.instance(object.instance).name.clone();
    let grown = scaled(std::slice::from_ref(object), factor);
    Some(Growth { name, before: both(object)?, after: both(grown.first()?)? })
}

/// Everything with pods that requests from an entry point come to, over edges with a port, and that no autoscaler moves.
fn stays(view: &View) -> Vec<String> {
    let model = &view.model;
    let mut reached: BTreeSet<InstanceId> = BTreeSet::new();
    let mut next: Vec<InstanceId> = model.entries.iter().flat_map(|entry| [entry.via, entry.to]).collect();
    while let Some(id) = next.pop() {
        if reached.insert(id) {
            let targets = model.edges.iter().filter(|edge| edge.from == id && !edge.ports.is_empty());
            let targets = targets.filter_map(|edge| match edge.to {
                Target::Instance(to) => Some(to),
                _ => None,
            });
            next.extend(targets);
        }
    }
    const LONG_RUNNING: [&str; 5] = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "DaemonSet"];
    let has = |id: InstanceId, test: &dyn Fn(&Object) -> bool| {
        view.objects.iter().any(|object| object.instance == id && test(object))
    };
    let stays = reached.into_iter().filter(|id| {
        let instance = model.instance(*id);
        instance.class == InstanceClass::Component
            && !instance.external
            && has(*id, &|object| LONG_RUNNING.contains(&object.kind.as_str()))
            && !has(*id, &is_autoscaler)
    });
    stays.map(|id| model.instance(id).name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::Factor;

    #[test]
    fn factors_are_exact_and_written_as_they_are_read() {
        for (text, thousandths, shown) in [
            ("10x", 10_000, "10x"),
            ("1.5x", 1500, "1.5x"),
            ("2", 2000, "2x"),
            ("0.25X", 250, "0.25x"),
            ("1.10x", 1100, "1.1x"),
        ] {
            let factor = Factor::parse(text);
            assert_eq!(factor.map(Factor::thousandths), Some(thousandths), "{text}");
            assert_eq!(factor.map(|factor| factor.to_string()).as_deref(), Some(shown));
        }
        for text in ["", "x", "0x", "-1x", "1.x", ".5x", "1.2345x", "ten", "1e3", "99999999x", "1 x", "1.5.5x"] {
            assert_eq!(Factor::parse(text), None, "{text}");
        }
    }
}
