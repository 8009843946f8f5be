//! Items.

use pest::iterators::Pair;

use super::{Children, Declares, Lowering, only};
use crate::syntax::ast::{
    Api, Budget, Environment, Expression, ExpressionKind, Import, Input, Instance, InstanceClass, Item, ItemKind, Kind,
    Policy, TestItem, TypeItem, UseItem, Word,
};
use crate::syntax::grammar::Rule;
use crate::syntax::recover::Form;

impl Lowering<'_> {
    /// Lowers the items of a `file`; what cannot be read leaves a diagnostic.
    pub(super) fn items(&self, pair: Pair<'_, Rule>) -> Vec<Item> {
        let mut items = Vec::new();
        let mut broken = Vec::new();
        for child in Children::of(pair) {
            let range = self.extent(&child);
            if child.as_rule() == Rule::broken {
                broken.push(range);
                continue;
            }
            self.explain(&mut broken, Form::Item);
            let span = self.range(range.clone());
            let kind = self.item_kind(child);
            items.push(Item { docs: self.docs(&range), span, kind });
        }
        self.explain(&mut broken, Form::Item);
        items
    }

    fn item_kind(&self, pair: Pair<'_, Rule>) -> ItemKind {
        match pair.as_rule() {
            Rule::use_item => ItemKind::Use(self.use_item(pair)),
            Rule::input_item => ItemKind::Input(self.input_item(pair)),
            Rule::let_entry => ItemKind::Let(self.let_item(pair)),
            Rule::fn_entry => ItemKind::Function(self.function(pair)),
            Rule::type_item => {
                let mut parts = Children::of(pair);
                let name = self.word(&parts.one(Rule::identifier));
                ItemKind::Type(TypeItem { name, ty: self.type_expression(parts.one(Rule::type_expression)) })
            }
            Rule::api_item => ItemKind::Api(self.api_item(pair)),
            Rule::kind_item => ItemKind::Kind(self.kind_item(pair)),
            Rule::instance => ItemKind::Instance(self.instance(pair)),
            Rule::environment_item => {
                let mut parts = Children::of(pair);
                let name = self.word(&parts.one(Rule::identifier));
                let on = self.word_in(&mut parts, Rule::on_hardware);
                ItemKind::Environment(Environment { name, on, body: self.body(parts.one(Rule::body)) })
            }
            Rule::policy_item => {
                let mut parts = Children::of(pair);
                let name = self.word(&parts.one(Rule::identifier));
                let description = parts.maybe(Rule::string).map(|string| self.string(string));
                ItemKind::Policy(Policy { name, description, body: self.body(parts.one(Rule::body)) })
            }
            Rule::budget_item => {
                let mut parts = Children::of(pair);
                let name = self.word(&parts.one(Rule::identifier));
                let subject = self.postfix(parts.one(Rule::postfix));
                ItemKind::Budget(Box::new(Budget { name, subject, body: self.body(parts.one(Rule::body)) }))
            }
            Rule::accept_entry => ItemKind::Accept(self.accept(pair)),
            Rule::test_item => {
                let mut parts = Children::of(pair);
                let name = self.fixed_text(parts.one(Rule::fixed_text));
                let environment = self.word_in(&mut parts, Rule::in_environment);
                ItemKind::Test(TestItem { name, environment, body: self.body(parts.one(Rule::body)) })
            }
            Rule::for_entry => ItemKind::For(self.for_entry(pair)),
            _ => ItemKind::If(self.if_entry(pair)),
        }
    }

    fn use_item(&self, pair: Pair<'_, Rule>) -> UseItem {
        let mut parts = Children::of(pair);
        let module = parts.any();
        let is_path = module.as_rule() == Rule::fixed_text;
        let import = |import| {
            let mut parts = Children::of(import);
            let name = self.word(&parts.one(Rule::identifier));
            Import { name, alias: parts.maybe(Rule::identifier).map(|alias| self.word(&alias)) }
        };
        UseItem { module: self.name_or_text(module), is_path, imports: parts.map(import).collect() }
    }

    fn input_item(&self, pair: Pair<'_, Rule>) -> Input {
        let mut parts = Children::of(pair);
        let name = self.word(&parts.one(Rule::identifier));
        let ty = parts.maybe(Rule::type_annotation).map(|ty| self.type_expression(only(ty)));
        let default = parts.maybe(Rule::default_value).map(|value| self.expression(only(value)));
        Input { name, ty, default }
    }

    fn api_item(&self, pair: Pair<'_, Rule>) -> Api {
        let mut parts = Children::of(pair);
        let version = self.fixed_text(parts.one(Rule::fixed_text));
        let kind = self.word(&parts.one(Rule::identifier));
        let from = parts.maybe(Rule::api_from).map(|from| self.fixed_text(only(from)));
        let body = parts.maybe(Rule::body).map(|body| self.declaring(Declares::Everywhere, body));
        Api { version, kind, from, body }
    }

    fn kind_item(&self, pair: Pair<'_, Rule>) -> Kind {
        let mut parts = Children::of(pair);
        let name = self.word(&parts.one(Rule::identifier));
        let base = self.word_in(&mut parts, Rule::base);
        Kind { name, base, body: self.declaring(Declares::Here, parts.one(Rule::body)) }
    }

    /// Lowers an `instance`, at the top level or in an environment.
    pub(super) fn instance(&self, pair: Pair<'_, Rule>) -> Instance {
        let mut parts = Children::of(pair);
        let class = match parts.one(Rule::class).as_str() {
            "system" => InstanceClass::System,
            "hardware" => InstanceClass::Hardware,
            "namespace" => InstanceClass::Namespace,
            "expose" => InstanceClass::Expose,
            "application" => InstanceClass::Application,
            _ => InstanceClass::Component,
        };
        let name = only(parts.one(Rule::instance_name));
        let name = match name.as_rule() {
            Rule::string => self.string(name),
            _ => Expression { span: self.span(&name), kind: ExpressionKind::Name(name.as_str().to_owned()) },
        };
        let kind = self.word_in(&mut parts, Rule::base);
        let on = self.word_in(&mut parts, Rule::on_hardware);
        Instance { class, name, kind, on, body: self.declaring(Declares::Nowhere, parts.one(Rule::body)) }
    }

    /// The one word of an optional clause such as `on datacenter` or `: web`.
    pub(super) fn word_in(&self, parts: &mut Children<'_>, clause: Rule) -> Option<Word> {
        parts.maybe(clause).map(|clause| self.word(&only(clause)))
    }
}
