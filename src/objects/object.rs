//! One emitted Kubernetes object, or a footprint of one that an operator creates.

use super::Node;
use crate::eval::model::InstanceId;
use crate::source::Span;

/// What Kubernetes identifies an object by, within one cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// `apps` of `apps/v1`; empty for the core group.
    pub group: String,
    /// `Deployment`.
    pub kind: String,
    /// None for cluster-scoped objects.
    pub namespace: Option<String>,
    /// `metadata.name`.
    pub name: String,
}

/// An object with where it comes from.
#[derive(Debug, Clone)]
pub struct Object {
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`; none for cluster-scoped objects.
    pub namespace: Option<String>,
    /// The whole object, `apiVersion`, `kind` and `metadata` included, lists as Kubernetes wants them.
    pub body: Node,
    /// Who emitted it.
    pub instance: InstanceId,
    /// The label of the emission, when it has one.
    pub label: Option<String>,
    /// The head of the `emit` or `footprint`.
    pub span: Span,
    /// For a footprint: the emitted object whose controller will create it. Footprints are proved, never applied.
    pub stands_for: Option<ObjectKey>,
}

impl Object {
    /// The group of the API, empty for core.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The identity within the cluster.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        ObjectKey {
            group: self.group().to_owned(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }

    /// What holds the metadata and the spec of its pods, where it is one of the kinds of which Kubernetes itself runs pods.
    #[must_use]
    pub fn pod_template(&self) -> Option<&Node> {
        match (self.group(), self.kind.as_str()) {
            ("", "ReplicationController")
            | ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
            | ("batch", "Job") => self.body.at(&["spec", "template"]),
            ("batch", "CronJob") => self.body.at(&["spec", "jobTemplate", "spec", "template"]),
            ("", "Pod") => Some(&self.body),
            _ => None,
        }
    }

    /// Whether it is a footprint.
    #[must_use]
    pub fn is_footprint(&self) -> bool {
        self.stands_for.is_some()
    }
}
