//! What `LimitRange`s refuse: pods and claims below a least or above a most.

use std::collections::BTreeSet;

use crate::data::Node;
use crate::fit::evidence::reason::Reason;
use crate::fit::evidence::{Evidence, OutOfBounds, Side};
use crate::fit::read::platform::{ClaimUse, Platform};
use crate::fit::read::pods::PodType;
use crate::fit::states::finding::Finding;
use crate::objects::Object;
use crate::objects::pod::ContainerResource;
use crate::objects::quantity::{Quantity, ceil_div};

/// A bound of an item.
struct Bound<'a> {
    limit_range: String,
    namespace: Option<&'a str>,
    side: Side,
    resource: &'a str,
    /// In thousandths.
    allowed: i128,
}

/// The verdict where some bound refuses something, or where nobody can tell.
pub(crate) fn decide(platform: &Platform, objects: &[Object], own: &BTreeSet<String>) -> Option<Finding> {
    let is_range = |object: &&Object| object.kind == "LimitRange" && object.group().is_empty();
    for object in objects.iter().filter(is_range) {
        for item in object.body.at(&["spec", "limits"]).map(Node::items).unwrap_or_default() {
            let limit_range = format!("{}/{}", object.namespace.as_deref().unwrap_or_default(), object.name);
            if item.get("maxLimitRequestRatio").is_some_and(|node| node.as_map().is_some()) {
                return Some(Finding::undecided(Reason::RatioRange { limit_range }));
            }
            for (key, side) in [("min", Side::Least), ("max", Side::Most)] {
                for (resource, node) in item.get(key).and_then(Node::as_map).into_iter().flatten() {
                    let Some(allowed) = Quantity::of(node) else {
                        return Some(Finding::undecided(Reason::BadRangeAmount {
                            limit_range,
                            resource: resource.to_string(),
                        }));
                    };
                    let namespace = object.namespace.as_deref();
                    let allowed = allowed.milli();
                    let bound = Bound { limit_range: limit_range.clone(), namespace, side, resource, allowed };
                    let kind = item.get("type").and_then(Node::as_str).unwrap_or_default();
                    if let Some(finding) = bound.judge(platform, kind, own) {
                        return Some(finding);
                    }
                }
            }
        }
    }
    None
}

impl Bound<'_> {
    /// Of the pods and claims of the environment's own in its namespace.
    fn judge(&self, platform: &Platform, kind: &str, own: &BTreeSet<String>) -> Option<Finding> {
        let is_here = |one: &&PodType| one.namespace.as_deref() == self.namespace && own.contains(&one.name);
        let types = || platform.known_types().filter(is_here);
        let resource = ContainerResource::ALL.into_iter().find(|resource| resource.key() == self.resource);
        match (kind, resource) {
            ("Container", Some(resource)) => types().find_map(|one| self.containers(one, resource)),
            ("Pod", Some(resource)) => types().find_map(|one| self.pod(one, resource)),
            ("PersistentVolumeClaim", None) if self.resource == "storage" => {
                let is_own = |claim: &&ClaimUse| match claim.types.as_slice() {
                    [owner] if !claim.shared => {
                        let owner = &platform.types[*owner];
                        !owner.is_left_out && own.contains(&owner.name)
                    }
                    _ => own.contains(&format!("PersistentVolumeClaim {}", claim.name)),
                };
                let here = platform.claims.iter().filter(|claim| claim.namespace.as_deref() == self.namespace);
                here.filter(is_own).find_map(|claim| {
                    let stated = Some(claim.each * 1000);
                    self.refuses(stated).then(|| self.refusal("PersistentVolumeClaim", &claim.name, None, stated))
                })
            }
            _ => Some(Finding::undecided(Reason::StrangeRange {
                limit_range: self.limit_range.clone(),
                resource: self.resource.to_owned(),
                kind: kind.to_owned(),
            })),
        }
    }

    fn containers(&self, one: &PodType, resource: ContainerResource) -> Option<Finding> {
        one.resources.containers.iter().find_map(|container| {
            let amounts = match self.side {
                Side::Least => &container.requests,
                Side::Most => &container.limits,
            };
            let stated = amounts.get(resource).map(|stated| stated.milli());
            self.refuses(stated).then(|| self.refusal("Container", &one.name, Some(&container.name), stated))
        })
    }

    fn pod(&self, one: &PodType, resource: ContainerResource) -> Option<Finding> {
        let index = resource as usize;
        let (amount, says) = match self.side {
            Side::Least => (one.resources.requests[index], one.resources.requests[index] > 0),
            Side::Most => (one.resources.limits[index], one.resources.limits[index] > 0),
        };
        let milli = if resource == ContainerResource::Cpu { amount } else { amount * 1000 };
        let stated = says.then_some(milli);
        if self.refuses(stated) {
            return Some(self.refusal("Pod", &one.name, None, stated));
        }
        // A container without a limit beside one with a limit: the sum says nothing about the pod.
        let is_open = self.side == Side::Most && one.resources.unlimited[index];
        is_open.then(|| {
            Finding::undecided(Reason::NoLimit { workload: one.name.clone(), resource: self.resource.to_owned() })
        })
    }

    fn refuses(&self, stated: Option<i128>) -> bool {
        stated.is_none_or(|stated| match self.side {
            Side::Least => stated < self.allowed,
            Side::Most => stated > self.allowed,
        })
    }

    fn refusal(&self, kind: &'static str, of: &str, container: Option<&str>, stated: Option<i128>) -> Finding {
        let unit = |milli: i128| if self.resource == "cpu" { milli } else { ceil_div(milli, 1000) };
        Finding::refused(Evidence::Bound(OutOfBounds {
            limit_range: self.limit_range.clone(),
            kind,
            of: of.to_owned(),
            container: container.map(str::to_owned),
            resource: self.resource.to_owned(),
            side: self.side,
            stated: stated.map(unit),
            allowed: unit(self.allowed),
        }))
    }
}
