//! Stand-ins until the branches of the driver and the diagnostics land.
pub use crate::analysis::Analysis;
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::eval::model::{Acceptance, Model};
use crate::objects::Object;
use crate::source::{SourceMap, Span};
use crate::world::World;

#[derive(Debug, Clone, Default)]
pub struct Options {
    pub inputs: Vec<(String, String)>,
    pub today: Option<String>,
    pub environment: Option<String>,
}
#[derive(Debug, Default)]
pub struct Compilation {
    pub sources: SourceMap,
    pub diagnostics: Diagnostics,
    pub accepted: Vec<Accepted>,
    pub views: Vec<View>,
}
#[derive(Debug)]
pub struct Accepted {
    pub acceptance: Acceptance,
    pub finding: Diagnostic,
}
#[derive(Debug, Default)]
pub struct View {
    pub model: Model,
    pub objects: Vec<Object>,
    pub analysis: Analysis,
}
pub fn compile(world: &dyn World, _options: &Options) -> Compilation {
    let mut c = Compilation::default();
    match world.module("") {
        Ok(files) => {
            for f in files {
                let id = c.sources.add(f.name, String::from_utf8_lossy(&f.bytes));
                if f.bytes.windows(5).any(|w| w == b"ERROR") {
                    c.diagnostics.push(Diagnostic::error(codes::SYNTAX, Span::new(id, 0, 1), "toy"));
                }
            }
        }
        Err(e) => c.diagnostics.push(Diagnostic::error(codes::UNREADABLE, Span::NONE, e.to_string())),
    }
    c.views.push(View::default());
    c
}
pub fn human(d: &Diagnostics, s: &SourceMap, _colours: bool) -> String {
    short(d, s)
}
pub fn short(d: &Diagnostics, s: &SourceMap) -> String {
    d.iter()
        .map(|d| {
            let notes: String = d.notes.iter().chain(&d.help).map(|n| format!("  {n}\n")).collect();
            format!("{}: {} {}\n{notes}", s.cite(d.primary.span), d.code.number(), d.message)
        })
        .collect()
}
pub fn json(d: &Diagnostics, _: &SourceMap) -> String {
    let all: Vec<_> = d.iter().map(|d| serde_json::json!({"code": d.code.number(), "message": d.message})).collect();
    format!("{}\n", serde_json::json!({ "diagnostics": all }))
}
