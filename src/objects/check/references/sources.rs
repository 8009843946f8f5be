//! Where Secrets and ConfigMaps come from, and which keys they hold.

use std::collections::{BTreeMap, BTreeSet};

use super::namespace;
use crate::eval::model::Model;
use crate::objects::{Node, Object};

/// The keys of a Secret or ConfigMap. None where somebody else decides.
pub(super) type Keys = Option<BTreeSet<String>>;

/// The keys that an emitted object states. A footprint does not state them all.
pub(super) fn stated_keys(object: &Object, fields: &[&str]) -> Keys {
    if object.is_footprint() {
        return None;
    }
    let maps = fields.iter().filter_map(|field| object.body.at(&field.split('.').collect::<Vec<_>>()));
    Some(maps.filter_map(Node::as_map).flat_map(|map| map.keys()).map(|key| key.to_string()).collect())
}

/// Every Secret that will exist, by namespace and name.
pub(super) fn secrets(model: &Model, objects: &[Object]) -> BTreeMap<(String, String), Keys> {
    let mut secrets: BTreeMap<(String, String), Keys> = BTreeMap::new();
    let mut add = |namespace: &str, name: &str, keys: Keys| {
        let slot = secrets.entry((namespace.to_owned(), name.to_owned())).or_insert_with(|| Some(BTreeSet::new()));
        // Two sources of one Secret share it: what both state is there, and nothing is certain once one is open.
        *slot = match (slot.take(), keys) {
            (Some(mut all), Some(more)) => {
                all.extend(more);
                Some(all)
            }
            _ => None,
        };
    };
    for request in &model.secrets {
        let keys = request.keys.iter().map(|key| key.name.clone()).collect();
        add(request.namespace.as_deref().unwrap_or("default"), &request.name, Some(keys));
    }
    for object in objects {
        for (name, keys) in secrets_of(object) {
            add(namespace(object), name, keys);
        }
    }
    secrets
}

/// The Secrets that come of one object, in its own namespace.
fn secrets_of(object: &Object) -> Vec<(&str, Keys)> {
    let text = |path: &[&str]| object.body.at(path).and_then(Node::as_str);
    let own = object.name.as_str();
    match (object.group(), object.kind.as_str()) {
        ("", "Secret") => vec![(own, stated_keys(object, &["data", "stringData"]))],
        ("bitnami.com", "SealedSecret") => {
            let name = text(&["spec", "template", "metadata", "name"]).unwrap_or(own);
            vec![(name, stated_keys(object, &["spec.encryptedData", "spec.template.data"]))]
        }
        ("external-secrets.io", "ExternalSecret") => {
            vec![(text(&["spec", "target", "name"]).unwrap_or(own), external_keys(object))]
        }
        ("secrets.hashicorp.com", _) => {
            text(&["spec", "destination", "name"]).map(|name| (name, None)).into_iter().collect()
        }
        ("cert-manager.io", "Certificate") => {
            text(&["spec", "secretName"]).map(|name| (name, None)).into_iter().collect()
        }
        // cert-manager's ingress-shim makes a Certificate of each `tls` of an annotated Ingress.
        ("networking.k8s.io", "Ingress") => {
            let annotations = object.body.at(&["metadata", "annotations"]).and_then(Node::as_map);
            let issuers = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme"];
            if !annotations.is_some_and(|annotations| issuers.iter().any(|issuer| annotations.contains_key(*issuer))) {
                return Vec::new();
            }
            let tls = object.body.at(&["spec", "tls"]).map_or(&[][..], Node::items);
            tls.iter().filter_map(|one| Some((one.get("secretName")?.as_str()?, None))).collect()
        }
        _ => Vec::new(),
    }
}

/// The keys of an ExternalSecret, unless it takes whole secrets or rewrites them.
fn external_keys(object: &Object) -> Keys {
    let open =
        object.body.at(&["spec", "dataFrom"]).is_some() || object.body.at(&["spec", "target", "template"]).is_some();
    if open || object.is_footprint() {
        return None;
    }
    let data = object.body.at(&["spec", "data"]).map_or(&[][..], Node::items);
    Some(data.iter().filter_map(|one| Some(one.get("secretKey")?.as_str()?.to_owned())).collect())
}
