//! One hardware item by itself, for questions about manifests that no source describes.

use super::{Options, inputs, on_a_deep_stack};
use crate::diag::{Diagnostic, Diagnostics, codes, suggest};
use crate::eval::model::Hardware;
use crate::eval::{self, Evaluator};
use crate::resolve::{self, Loaded, Program};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{ExpressionKind, InstanceClass, ItemKind};
use crate::world::World;

/// Evaluates the hardware of a name, or the only one. Everything else in the module may be broken or missing: only
/// what the hardware reads is looked at.
#[must_use]
pub fn hardware(
    world: &dyn World,
    options: &Options,
    name: Option<&str>,
    sources: &mut SourceMap,
) -> (Option<Hardware>, Diagnostics) {
    on_a_deep_stack(|| {
        let (loaded, mut diagnostics) = resolve::load(world, sources);
        let inputs = inputs::read(&loaded, &options.inputs, sources, &mut diagnostics);
        if diagnostics.has_errors() {
            return (None, diagnostics);
        }
        let (name, span) = match choose(&loaded, name) {
            Ok(chosen) => chosen,
            Err(refusal) => {
                diagnostics.push(*refusal);
                return (None, diagnostics);
            }
        };
        let (program, _) = Program::index(&loaded);
        let view = eval::View { environment: None, inputs: &inputs, given: &[] };
        let mut evaluator = Evaluator::new(&program, sources, world, &view);
        // What the declarations of other things lack is not asked for.
        evaluator.take_diagnostics();
        let found = evaluator.hardware_named(&name, span);
        diagnostics.extend(evaluator.take_diagnostics());
        (found.filter(|_| !diagnostics.has_errors()), diagnostics)
    })
}

/// The name of the item that is meant.
fn choose(loaded: &Loaded, wanted: Option<&str>) -> Result<(String, Span), Box<Diagnostic>> {
    let files = loaded.modules.first().into_iter().flat_map(|module| module.files.iter());
    let items = files.flat_map(|file| &file.items).filter_map(|item| match &item.kind {
        ItemKind::Instance(instance) if instance.class == InstanceClass::Hardware => match &instance.name.kind {
            ExpressionKind::Name(name) => Some((name.clone(), instance.name.span)),
            _ => None,
        },
        _ => None,
    });
    let items: Vec<(String, Span)> = items.collect();
    let listed = || items.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let refuse = |span: Span, message: String, help: String| {
        Err(Box::new(Diagnostic::error(codes::HARDWARE, span, message).help(help)))
    };
    match (wanted, items.as_slice()) {
        (_, []) => refuse(
            Span::NONE,
            "the file declares no hardware".to_owned(),
            "add `hardware datacenter { node host { cpu = 8, memory = 64GB } }`".to_owned(),
        ),
        (None, [only]) => Ok(only.clone()),
        (None, [(first, span), ..]) => refuse(
            *span,
            format!("the file declares {} hardware items: {}", items.len(), listed()),
            format!("say which one: `--hardware FILE.vauban#{first}`"),
        ),
        (Some(wanted), all) => match all.iter().find(|(name, _)| name == wanted) {
            Some(found) => Ok(found.clone()),
            None => {
                let close = suggest::closest(wanted, all.iter().map(|(name, _)| name.as_str()));
                let help =
                    close.map_or_else(|| format!("there are {}", listed()), |close| format!("did you mean `{close}`?"));
                refuse(Span::NONE, format!("there is no hardware `{wanted}`"), help)
            }
        },
    }
}
