//! Taints and what pods tolerate, as the scheduler compares them: by key, value and effect (`ToleratesTaint` of
//! `k8s.io/api/core/v1/toleration.go`).

use super::Node;
use super::node_labels::Truth;
use crate::eval::model::{Effect, Taint};

/// One entry of `tolerations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Toleration {
    key: Option<String>,
    value: String,
    operator: Option<String>,
    effect: Option<String>,
    /// Whether it ends after some seconds, when the pod is driven out.
    is_limited: bool,
}

impl Toleration {
    pub(super) fn read(node: &Node) -> Self {
        let text = |key: &str| node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            key: text("key"),
            value: text("value").unwrap_or_default(),
            operator: text("operator"),
            effect: text("effect"),
            is_limited: node.get("tolerationSeconds").and_then(Node::as_integer).is_some(),
        }
    }

    /// Of whatever value a taint has.
    pub(super) fn of(key: &str, effect: Effect) -> Self {
        let (operator, effect) = (Some("Exists".to_owned()), Some(effect.key().to_owned()));
        Self { key: Some(key.to_owned()), value: String::new(), operator, effect, is_limited: false }
    }

    /// Its operator, where not every cluster knows what it means.
    pub(super) fn uncertain_operator(&self) -> Option<&str> {
        self.operator.as_deref().filter(|operator| !["Exists", "Equal"].contains(operator))
    }

    fn tolerates(&self, taint: &Taint) -> Truth {
        let is_meant = self.key.as_ref().is_none_or(|key| *key == taint.key)
            && self.effect.as_ref().is_none_or(|effect| effect == taint.effect.key());
        if !is_meant {
            return Truth::No;
        }
        let holds = match self.operator.as_deref() {
            Some("Exists") => Truth::Yes,
            // Without a key only `Exists` says anything.
            None | Some("Equal") => Truth::from(self.key.is_some() && self.value == taint.value),
            // Comparisons of numbers come with a feature that may be off.
            Some(_) => Truth::Open,
        };
        // It lets the pod come and drives it out again.
        let is_brief = taint.effect == Effect::NoExecute && self.is_limited;
        if is_brief { holds.min(Truth::Open) } else { holds }
    }
}

/// Whether all taints of a node let pods with these tolerations stay.
pub(super) fn tolerated(tolerations: &[Toleration], taints: &[Taint]) -> Truth {
    let kept = taints.iter().filter(|taint| taint.effect != Effect::PreferNoSchedule);
    let best = |taint: &Taint| tolerations.iter().map(|one| one.tolerates(taint)).max().unwrap_or(Truth::No);
    kept.map(best).min().unwrap_or(Truth::Yes)
}
