//! Hand-made views for the tests of this module.

use crate::View;
use crate::analysis::Analysis;
use crate::data::Node;
use crate::eval::model::{Instance, InstanceId, Model};
use crate::objects::Object;
use crate::source::Span;
use crate::syntax::ast::InstanceClass;

pub(crate) fn instance(class: InstanceClass, name: &str) -> Instance {
    Instance::bare(class, name, Span::NONE)
}

pub(crate) fn component(name: &str) -> Instance {
    instance(InstanceClass::Component, name)
}

pub(crate) fn namespace(name: &str) -> Instance {
    instance(InstanceClass::Namespace, name)
}

pub(crate) fn expose(name: &str) -> Instance {
    instance(InstanceClass::Expose, name)
}

pub(crate) fn application(name: &str, members: &[&str]) -> Instance {
    let members = members.iter().map(|member| ((*member).to_owned(), Span::NONE)).collect();
    Instance { members, ..instance(InstanceClass::Application, name) }
}

/// An object with an identity only.
pub(crate) fn object(api_version: &str, kind: &str, name: &str, namespace: Option<&str>, instance: u32) -> Object {
    let mut object = Object {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        body: Node::map(),
        instance: InstanceId(instance),
        label: None,
        span: Span::NONE,
        stands_for: None,
    };
    object.body = super::kustomization::identity(&object);
    object
}

/// An object with a `spec`, written as YAML.
pub(crate) fn with_spec(mut object: Object, spec: &str) -> Object {
    let spec = crate::data::yaml::read_all(spec).expect("the test's own text is YAML").remove(0);
    object.body.as_map_mut().expect("identities are maps").insert("spec".into(), spec);
    object
}

pub(crate) fn view(environment: Option<&str>, instances: Vec<Instance>, objects: &[Object]) -> View {
    let model =
        Model { environment: environment.map(str::to_owned), system: "shop".to_owned(), instances, ..Model::default() };
    View { model, objects: objects.to_vec(), analysis: Analysis::default(), proof: None }
}
