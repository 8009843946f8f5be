//! The APIs that a compilation knows: the built-in ones and those that it declares.

use std::collections::BTreeMap;

use super::{ApiSchema, table, with_type_meta};

/// Looks up the schema of an API version and kind. Cloning is cheap, and so is [`Catalog::kubernetes`]: the built-in
/// table exists once.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    declared: BTreeMap<(String, String), ApiSchema>,
}

impl Catalog {
    /// The built-in APIs of Kubernetes 1.30.
    #[must_use]
    pub fn kubernetes() -> Self {
        Self::default()
    }

    /// Adds a custom API, or replaces the one of that name. `apiVersion`, `kind` and `metadata` are implied.
    pub fn declare(&mut self, api_version: &str, kind: &str, schema: ApiSchema) {
        let schema = ApiSchema { root: with_type_meta(schema.root), ..schema };
        self.declared.insert((api_version.to_owned(), kind.to_owned()), schema);
    }

    /// The API of an API version and kind.
    #[must_use]
    pub fn get(&self, api_version: &str, kind: &str) -> Option<ApiSchema> {
        let declared = self.declared.get(&(api_version.to_owned(), kind.to_owned()));
        declared.cloned().or_else(|| table::api(api_version, kind))
    }

    /// All API versions and kinds, declared ones first, for suggestions.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        let declared = self.declared.keys().map(|(api_version, kind)| (api_version.as_str(), kind.as_str()));
        declared.chain(table::kinds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::schema::{Creates, Field, Schema, Scope, object_schema};

    fn at(api_version: &str, kind: &str, path: &[&str]) -> Option<Field> {
        let root = Catalog::kubernetes().get(api_version, kind)?.root;
        path.iter().try_fold(Field { schema: root, required: false }, |field, name| match &field.schema {
            Schema::Object(object) => object.field(name),
            Schema::List(element) => element.as_object()?.field(name),
            _ => None,
        })
    }

    #[test]
    fn replica_is_unknown_to_a_deployment_and_replicas_is_an_integer() {
        let spec = at("apps/v1", "Deployment", &["spec"]).expect("a Deployment has a spec");
        let Schema::Object(spec) = spec.schema else { panic!("it is an object") };
        assert_eq!(spec.name, "DeploymentSpec");
        assert!(spec.field("replica").is_none());
        assert!(matches!(spec.field("replicas"), Some(Field { schema: Schema::Integer, required: false })));
        assert!(spec.field("selector").is_some_and(|selector| selector.required));
        assert!(spec.fields().any(|name| name == "replicas"));
    }

    #[test]
    fn types_that_are_written_differently_are_told_apart() {
        let pod = ["spec", "template", "spec"];
        let field = |path: &[&str]| at("apps/v1", "StatefulSet", &[&pod, path].concat()).expect("it exists").schema;
        assert!(matches!(field(&["containers", "livenessProbe", "httpGet", "port"]), Schema::IntOrString));
        assert!(matches!(field(&["containers", "ports", "containerPort"]), Schema::Integer));
        assert!(matches!(field(&["volumes", "emptyDir", "sizeLimit"]), Schema::Quantity));
        let Schema::Map(limit) = field(&["containers", "resources", "limits"]) else { panic!("limits is a map") };
        assert!(matches!(*limit, Schema::Quantity));
    }

    #[test]
    fn elements_are_keyed_by_their_name_wherever_it_stands() {
        let key = |path: &[&str]| match at("apps/v1", "StatefulSet", path).expect("it exists").schema {
            Schema::List(element) => element.as_object().and_then(|element| element.element_key()),
            _ => panic!("{path:?} is a list"),
        };
        assert_eq!(key(&["spec", "volumeClaimTemplates"]), Some(&["metadata", "name"][..]));
        assert_eq!(key(&["spec", "template", "spec", "containers"]), Some(&["name"][..]));
        assert_eq!(key(&["spec", "template", "spec", "containers", "env"]), Some(&["name"][..]));
        assert_eq!(key(&["spec", "template", "spec", "containers", "envFrom"]), None);
        assert_eq!(key(&["spec", "template", "spec", "tolerations"]), None);
    }

    #[test]
    fn a_definition_that_contains_itself_can_be_walked_as_deep_as_one_likes() {
        let crd = ("apiextensions.k8s.io/v1", "CustomResourceDefinition");
        let mut path = vec!["spec", "versions", "schema", "openAPIV3Schema"];
        path.extend(["not"; 50]);
        let deep = at(crd.0, crd.1, &path).expect("`not` holds the same type again");
        assert_eq!(deep.schema.as_object().map(|object| object.name.as_str()), Some("JSONSchemaProps"));
    }

    #[test]
    fn scopes_are_known() {
        let scope = |api_version, kind| Catalog::kubernetes().get(api_version, kind).map(|api| api.scope);
        assert_eq!(scope("v1", "Namespace"), Some(Scope::Cluster));
        assert_eq!(scope("rbac.authorization.k8s.io/v1", "ClusterRole"), Some(Scope::Cluster));
        assert_eq!(scope("rbac.authorization.k8s.io/v1", "Role"), Some(Scope::Namespaced));
        assert_eq!(scope("batch/v1", "CronJob"), Some(Scope::Namespaced));
        assert_eq!(scope("batch/v1beta1", "CronJob"), None);
    }

    #[test]
    fn a_declared_api_is_found_and_has_metadata() {
        let mut catalog = Catalog::kubernetes();
        let field = Field { schema: Schema::Any, required: false };
        let root = object_schema("Widget", vec![("spec".into(), field)]);
        catalog.declare(
            "example.com/v1",
            "Widget",
            ApiSchema { scope: Scope::Namespaced, creates: Creates::Pods, root },
        );
        let widget = catalog.get("example.com/v1", "Widget").expect("it is declared");
        assert_eq!(widget.creates, Creates::Pods);
        let root = widget.root.as_object().expect("it has fields");
        let meta = root.field("metadata").expect("it is implied").schema;
        assert!(meta.as_object().is_some_and(|meta| meta.field("labels").is_some()));
        assert_eq!(catalog.kinds().next(), Some(("example.com/v1", "Widget")));
    }
}
