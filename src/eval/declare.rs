//! The first phase: patch the items with the environment and fix what exists.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::context::{Evaluator, Override, Phase, Scope, Slot};
use super::model::InstanceId;
use super::value::{self, ValueKind};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::resolve::{FileScope, Guard, Located, Program, TypeItem, ValueItem, flatten};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, EntryKind, InstanceClass, ItemKind, KeyKind};
use crate::types::KindId;
use crate::world::World;

/// Which environment is evaluated, and with which inputs.
pub struct View<'v, 'a> {
    /// The environment and the file that declares it; none for the base.
    pub environment: Option<(usize, &'a ast::Environment)>,
    /// Inputs that the command line sets.
    pub inputs: &'a [(String, ast::Expression)],
    /// Patches of a test, on top of the environment, with the files that hold them.
    pub given: &'v [(usize, &'a ast::Body)],
}

/// The entries of a body, found by the first key of their path.
#[derive(Debug)]
pub struct LayerData<'a> {
    pub located: Vec<Located<'a>>,
    /// Whether a part of the body could not be read.
    pub(super) is_torn: bool,
    by_key: HashMap<&'a str, Vec<usize>>,
}

/// One statement of what an instance is: a kind of its chain, its own body, or a patch.
#[derive(Debug, Clone)]
pub struct Layer<'a> {
    pub data: Rc<LayerData<'a>>,
    /// Without the instance, which is added when the layer is evaluated.
    pub scope: Scope<'a>,
}

/// An instance while it is evaluated.
#[derive(Debug)]
pub(super) struct InstanceState<'a> {
    pub class: InstanceClass,
    pub name: Rc<str>,
    pub span: Span,
    pub docs: Option<&'a str>,
    pub kind: Option<KindId>,
    /// From the most general kind to the last patch; the later wins.
    pub layers: Vec<Layer<'a>>,
    pub(super) slots: HashMap<&'a str, Slot>,
    /// None while it is computed; what the layers say, if anything, once it has been.
    pub(super) attributes: HashMap<&'static str, Option<Option<super::value::Value>>>,
}

/// The body of an item of which a fault says nothing about the rest of this environment.
fn own_body<'a>(item: &'a ast::Item, view: &View<'_, 'a>) -> Option<&'a ast::Body> {
    match &item.kind {
        ItemKind::Instance(instance) => Some(&instance.body),
        ItemKind::Kind(kind) => Some(&kind.body),
        ItemKind::Policy(policy) => Some(&policy.body),
        ItemKind::Budget(budget) => Some(&budget.body),
        ItemKind::Test(test) => Some(&test.body),
        ItemKind::Environment(environment) => {
            let is_shown = view.environment.is_some_and(|(_, shown)| std::ptr::eq(shown, environment));
            (!is_shown).then_some(&environment.body)
        }
        _ => None,
    }
}

/// The hardware that a patch re-opens.
fn reopened(file: usize, body: &ast::Body) -> impl Iterator<Item = (usize, &ast::Instance)> {
    body.entries.iter().filter_map(move |entry| match &entry.kind {
        EntryKind::Instance(instance) if instance.class == InstanceClass::Hardware => Some((file, instance)),
        _ => None,
    })
}

impl<'a> LayerData<'a> {
    pub(super) fn new(located: Vec<Located<'a>>, is_torn: bool) -> Self {
        let mut by_key: HashMap<&'a str, Vec<usize>> = HashMap::new();
        for (index, entry) in located.iter().enumerate() {
            if let EntryKind::Attribute(attribute) = &entry.entry.kind
                && let Some(KeyKind::Name(name)) = attribute.path.first().map(|key| &key.kind)
            {
                by_key.entry(name).or_default().push(index);
            }
        }
        Self { located, is_torn, by_key }
    }

    /// The attributes whose path begins with a key, in the order of the text.
    pub(super) fn under(&self, key: &str) -> &[usize] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }
}

impl<'a> Evaluator<'a> {
    /// Starts the evaluation of one environment and fixes the set of its instances.
    pub fn new(program: &'a Program<'a>, sources: &'a SourceMap, world: &'a dyn World, view: &View<'_, 'a>) -> Self {
        let kind_layers = program.kinds.iter().map(|kind| {
            let is_torn = program.files[kind.file].tree.is_broken_in(kind.item.body.span);
            Rc::new(LayerData::new(kind.located.clone(), is_torn))
        });
        let kind_layers = kind_layers.collect();
        let mut evaluator = Self {
            program,
            sources,
            world,
            environment: view.environment.map(|(_, environment)| environment),
            overrides: HashMap::new(),
            hardware_patches: Vec::new(),
            hardware_read: HashMap::new(),
            instances: Vec::new(),
            by_name: HashMap::new(),
            kind_layers,
            globals: HashMap::new(),
            stack: Vec::new(),
            depth: 0,
            calls: Vec::new(),
            flows: HashMap::new(),
            fit: None,
            phase: Phase::Declare,
            diagnostics: Diagnostics::default(),
            faults: 0,
            faulty: BTreeSet::new(),
            at: Vec::new(),
            at_fault: BTreeSet::new(),
            is_torn: false,
            has_faulty_hardware: false,
            has_missing_objects: false,
        };
        let environment = view.environment.map(|(file, environment)| (file, &environment.body));
        let patches: Vec<(usize, &'a ast::Body)> = environment.into_iter().chain(view.given.iter().copied()).collect();
        for (file, body) in &patches {
            evaluator.collect_overrides(*file, body);
        }
        for (name, value) in view.inputs {
            evaluator.overrides.insert(name, Override { file: 0, value });
        }
        evaluator.declare_module();
        evaluator.hardware_patches = view.given.iter().flat_map(|(file, body)| reopened(*file, body)).collect();
        for (file, body) in &patches {
            evaluator.patch(&Scope::file(*file), body);
        }
        evaluator.phase = Phase::Parameters;
        // So far everything was about what there is.
        evaluator.is_torn = evaluator.faults > 0 || evaluator.hides_something(view);
        evaluator
    }

    /// Whether a text that could not be read may declare instances, or change those that there are. What lies in the body of an
    /// instance or a kind is a fault of these, and of no others.
    fn hides_something(&self, view: &View<'_, 'a>) -> bool {
        let is_own = |file: &&FileScope<'a>| !self.program.modules[file.module].is_library;
        let hides = |file: &FileScope<'a>| {
            let bodies = file.tree.items.iter().filter_map(|item| own_body(item, view));
            let bodies: Vec<Span> = bodies.map(|body| body.span).collect();
            file.tree.broken.iter().any(|broken| !bodies.iter().any(|body| body.holds(*broken)))
        };
        self.program.files.iter().filter(is_own).any(hides)
    }

    fn collect_overrides(&mut self, file: usize, body: &'a ast::Body) {
        for located in flatten(body) {
            let EntryKind::Attribute(attribute) = &located.entry.kind else { continue };
            let [ast::Key { kind: KeyKind::Name(name), span }] = attribute.path.as_slice() else {
                self.misplaced(located.entry, "an environment");
                continue;
            };
            if name == "exclusive" {
                continue;
            }
            if name == "fit" {
                self.fit = Some((file, &attribute.value));
                continue;
            }
            let module = &self.program.modules[0];
            match module.values.get(name.as_str()) {
                Some(ValueItem::Let(..) | ValueItem::Input(..)) => {
                    self.overrides.insert(name, Override { file, value: &attribute.value });
                }
                _ => {
                    let lets = module
                        .values
                        .iter()
                        .filter(|(_, item)| matches!(item, ValueItem::Let(..) | ValueItem::Input(..)));
                    let mut diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, *span, format!("there is no let or input `{name}` to override"))
                        .at("not declared")
                        .help("an environment overrides lets and inputs, re-opens instances (`component api { … }`) and takes away (`without search`)");
                    if let Some(close) = suggest::closest(name, lets.map(|(word, _)| *word)) {
                        diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(*span, close);
                    }
                    self.report(diagnostic);
                }
            }
        }
    }

    fn declare_module(&mut self) {
        let files: Vec<usize> =
            (0..self.program.files.len()).filter(|file| self.program.files[*file].module == 0).collect();
        for file in files {
            let scope = Scope::file(file);
            for item in &self.program.files[file].tree.items {
                match &item.kind {
                    ItemKind::Instance(instance) => self.declare(&scope, instance, item.docs.as_deref()),
                    ItemKind::For(each) => self.declare_guarded(&scope, &[Guard::For(each)], &each.body),
                    ItemKind::If(branch) => {
                        self.declare_guarded(&scope, &[Guard::If(&branch.condition, true)], &branch.then);
                        if let Some(otherwise) = &branch.otherwise {
                            self.declare_guarded(&scope, &[Guard::If(&branch.condition, false)], otherwise);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn declare_guarded(&mut self, scope: &Scope<'a>, guards: &[Guard<'a>], body: &'a ast::Body) {
        for outer in self.scopes_of(scope, guards) {
            for located in flatten(body) {
                for inner in self.scopes_of_entry(&outer, &located) {
                    match &located.entry.kind {
                        EntryKind::Instance(instance) => self.declare(&inner, instance, located.entry.docs.as_deref()),
                        _ => self.misplaced(located.entry, "a `for` or `if` around instances"),
                    }
                }
            }
        }
    }

    fn declare(&mut self, scope: &Scope<'a>, instance: &'a ast::Instance, docs: Option<&'a str>) {
        if instance.class == InstanceClass::Hardware {
            return;
        }
        let Some(name) = self.instance_name(scope, instance) else {
            return;
        };
        let span = instance.name.span;
        if let Some(first) = self.by_name.get(&name) {
            let first = self.instances[first.0 as usize].span;
            self.report(
                Diagnostic::error(codes::DUPLICATE_NAME, span, format!("`{name}` is declared twice"))
                    .at("declared again")
                    .label(first, "first declared here"),
            );
            return;
        }
        let other = self.instances.iter().find(|state| state.class == InstanceClass::System);
        if let Some(first) = other.filter(|_| instance.class == InstanceClass::System).map(|state| state.span) {
            self.report(
                Diagnostic::error(codes::DUPLICATE_NAME, span, format!("`{name}` is a second system"))
                    .at("one module describes one system")
                    .label(first, "the first system")
                    .help("describe another system in another directory, or what differs in an `environment`"),
            );
            return;
        }
        let kind = self.kind_of(scope, instance);
        let mut layers = Vec::new();
        if let Some(kind) = kind {
            for ancestor in &self.program.kinds[kind.0].chain {
                let info = &self.program.kinds[ancestor.0];
                let scope = Scope { file: info.file, instance: None, kind: Some(*ancestor), locals: None };
                layers.push(Layer { data: self.kind_layers[ancestor.0].clone(), scope });
            }
        }
        let data = self.layer(scope, instance);
        layers.push(Layer { data, scope: scope.clone() });
        let id = InstanceId(u32::try_from(self.instances.len()).unwrap_or(u32::MAX));
        self.by_name.insert(name.clone(), id);
        let (slots, attributes) = (HashMap::new(), HashMap::new());
        self.instances.push(InstanceState { class: instance.class, name, span, docs, kind, layers, slots, attributes });
    }

    fn layer(&self, scope: &Scope<'a>, instance: &'a ast::Instance) -> Rc<LayerData<'a>> {
        let is_torn = self.program.files[scope.file].tree.is_broken_in(instance.body.span);
        Rc::new(LayerData::new(flatten(&instance.body), is_torn))
    }

    /// A bare name is itself, whatever a value of that name may be; a string is evaluated.
    fn instance_name(&mut self, scope: &Scope<'a>, instance: &'a ast::Instance) -> Option<Rc<str>> {
        if let ast::ExpressionKind::Name(name) = &instance.name.kind {
            return Some(Rc::from(name.as_str()));
        }
        let value = self.eval(scope, &instance.name);
        match &value.kind {
            ValueKind::String(text) => Some(text.clone()),
            ValueKind::Poison => None,
            _ => {
                self.mismatch("a name is a String", &value);
                None
            }
        }
    }

    fn kind_of(&mut self, scope: &Scope<'a>, instance: &'a ast::Instance) -> Option<KindId> {
        let class = instance.class.word();
        match &instance.kind {
            Some(word) => match self.program.find_type(scope.file, &word.text) {
                Some(TypeItem::Kind(kind)) => Some(kind),
                _ => {
                    let diagnostic = self.program.unknown_kind(scope.file, word);
                    self.report(diagnostic);
                    None
                }
            },
            None if instance.class == InstanceClass::Component => {
                let shown = value::display(&super::value::Value::string(
                    self.sources.text(instance.name.span),
                    instance.name.span,
                ));
                self.report(
                    Diagnostic::error(
                        codes::UNKNOWN_KIND,
                        instance.name.span,
                        format!("the component `{shown}` has no kind"),
                    )
                    .at("of which kind?")
                    .help(format!("write `component {shown} : web {{ … }}`")),
                );
                None
            }
            None => self.program.library_kind(class),
        }
    }

    fn patch(&mut self, scope: &Scope<'a>, body: &'a ast::Body) {
        for located in flatten(body) {
            for inner in self.scopes_of_entry(scope, &located) {
                match &located.entry.kind {
                    EntryKind::Instance(instance) => {
                        self.patch_instance(&inner, instance, located.entry.docs.as_deref());
                    }
                    EntryKind::Without(word) => self.take_away(word),
                    EntryKind::Attribute(_) | EntryKind::Accept(_) => {}
                    _ => self.misplaced(located.entry, "an environment"),
                }
            }
        }
    }

    fn patch_instance(&mut self, scope: &Scope<'a>, instance: &'a ast::Instance, docs: Option<&'a str>) {
        if instance.class == InstanceClass::Hardware {
            self.patch_hardware(instance);
            return;
        }
        let Some(name) = self.instance_name(scope, instance) else {
            return;
        };
        let known = self.by_name.get(&name).copied();
        match known {
            Some(id) if instance.kind.is_none() => {
                let data = self.layer(scope, instance);
                let state = &mut self.instances[id.0 as usize];
                if state.class != instance.class {
                    let (class, first) = (state.class.word(), state.span);
                    self.report(
                        Diagnostic::error(
                            codes::UNKNOWN_NAME,
                            instance.name.span,
                            format!("`{name}` is a {class}, not a {}", instance.class.word()),
                        )
                        .at("re-opened here")
                        .label(first, "declared here"),
                    );
                    return;
                }
                state.layers.push(Layer { data, scope: scope.clone() });
            }
            None if instance.kind.is_none() && instance.class == InstanceClass::Component => {
                let names: Vec<Rc<str>> = self.instances.iter().map(|state| state.name.clone()).collect();
                let mut diagnostic = Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    instance.name.span,
                    format!("there is no component `{name}` to re-open"),
                )
                .at("not declared");
                diagnostic = match suggest::closest(&name, names.iter().map(AsRef::as_ref)) {
                    Some(close) => diagnostic.help(format!("did you mean `{close}`?")).fix(instance.name.span, close),
                    None => diagnostic.help(format!("write `component {name} : KIND {{ … }}` to add one")),
                };
                self.report(diagnostic);
            }
            _ => self.declare(scope, instance, docs),
        }
    }

    /// A `given` may re-open hardware that there is; an environment may not, because others may run on it, too.
    fn patch_hardware(&mut self, instance: &'a ast::Instance) {
        let span = instance.name.span;
        if !self.hardware_patches.iter().any(|(_, patch)| std::ptr::eq(*patch, instance)) {
            let diagnostic = Diagnostic::error(codes::MISPLACED, span, "an environment does not change hardware")
                .at("re-opened here");
            self.report(diagnostic.help(
                "declare another one that starts from it, `hardware lab : datacenter { … }`, and write `environment NAME on lab { … }`",
            ));
            return;
        }
        let ast::ExpressionKind::Name(name) = &instance.name.kind else { return };
        let is_hardware =
            |item: &ValueItem<'_>| matches!(item, ValueItem::Instance(item) if item.class == InstanceClass::Hardware);
        let values = &self.program.modules[0].values;
        if values.get(name.as_str()).is_some_and(is_hardware) {
            return;
        }
        let names = values.iter().filter(|(_, item)| is_hardware(item)).map(|(name, _)| *name);
        let mut diagnostic =
            Diagnostic::error(codes::UNKNOWN_NAME, span, format!("there is no hardware `{name}` to re-open"))
                .at("not declared");
        if let Some(close) = suggest::closest(name, names) {
            diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(span, close);
        }
        self.report(diagnostic);
    }

    fn take_away(&mut self, word: &'a ast::Word) {
        let Some(id) = self.by_name.remove(word.text.as_str()) else {
            let names: Vec<Rc<str>> = self.instances.iter().map(|state| state.name.clone()).collect();
            let mut diagnostic =
                Diagnostic::error(codes::UNKNOWN_NAME, word.span, format!("there is no `{}` to take away", word.text))
                    .at("not declared");
            if let Some(close) = suggest::closest(&word.text, names.iter().map(AsRef::as_ref)) {
                diagnostic = diagnostic.help(format!("did you mean `{close}`?")).fix(word.span, close);
            }
            self.report(diagnostic);
            return;
        };
        // Ids are positions: those behind it move up by one. Nothing has been evaluated that holds an id yet.
        self.instances.remove(id.0 as usize);
        #[expect(clippy::iter_over_hash_type, reason = "every id is moved by itself, so the order decides nothing")]
        for other in self.by_name.values_mut() {
            if other.0 > id.0 {
                other.0 -= 1;
            }
        }
    }
}
