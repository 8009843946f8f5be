//! The annotated test suite: every promise of `docs/language.md` as a small source with what the compiler must say.
//!
//! A file of `tests/language` holds sections; what stands before the first is a file of each of them:
//!
//! ```text
//! --- name of the case
//! let a = 1
//! // error[V0301]: part of the headline           concerns the next line that is no expectation
//! // help: part of a help                         (or note:, label:) belongs to the expectation above it
//! let b : String = a
//! ```
//!
//! Every diagnostic must be expected and every expectation must occur; `// error[V0601] in production: …` is one of an
//! environment, `// error[V0411] elsewhere: …` one outside of the files of the section. Values are stated behind the
//! line that computes them, `sum = 1 + 1 //= 2` (a key of an emitted ConfigMap), or by the lines of `facts`. `// file:
//! other.vauban` begins another file, `// set: release=1`, `// today: 2026-01-01` and `// only: production` are options.
//!
//! `SUITE=word` runs the sections with that word in their name or file; `UPDATE_SUITE=1` rewrites what is expected of
//! sections that fail, to be read before it is believed.

mod facts;
mod section;
mod update;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use section::{Expectation, Section};
use vaubanc::diag::render::{Style, render};
use vaubanc::diag::{Diagnostic, Severity};
use vaubanc::world::MemoryWorld;
use vaubanc::{Compilation, Options, compile};

#[test]
fn every_section_means_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language");
    let filter = std::env::var("SUITE").unwrap_or_default();
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let documents: Vec<section::Document> = paths.iter().map(|path| section::Document::read(path)).collect();
    let chosen: Vec<(usize, usize)> = documents
        .iter()
        .enumerate()
        .flat_map(|(index, document)| (0..document.sections.len()).map(move |section| (index, section)))
        .filter(|(document, section)| {
            let document = &documents[*document];
            document.path.to_string_lossy().contains(&filter) || document.sections[*section].name.contains(&filter)
        })
        .collect();
    assert!(!chosen.is_empty(), "no section of {} is chosen", root.display());
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((document, section)) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(failure) = run(&documents[*document], &documents[*document].sections[*section]) {
                        failures.lock().expect("no other thread panics").push(((*document, *section), failure));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no other thread panics");
    failures.sort_by_key(|(place, _)| *place);
    if std::env::var_os("UPDATE_SUITE").is_some() {
        update::rewrite(&documents, &failures);
    }
    let texts: Vec<&str> = failures.iter().map(|(_, failure)| failure.text.as_str()).collect();
    assert!(texts.is_empty(), "{}\n{} of {} sections fail", texts.join("\n"), texts.len(), chosen.len());
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).expect("the directory of the suite is part of the repository");
    for entry in entries {
        let path = entry.expect("the directory of the suite can be read").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "vauban") {
            paths.push(path);
        }
    }
}

/// What went wrong in a section, and what would have been right.
struct Failure {
    text: String,
    /// What occurred: none after a panic.
    occurred: Option<Vec<Occurred>>,
    /// Values that are stated behind their line: file, line, what it is.
    values: Vec<(usize, usize, String)>,
}

/// A diagnostic with its place in the section.
struct Occurred {
    /// The index of the file and the line from 1; none outside of the section's files.
    place: Option<(usize, usize)>,
    /// `error[V0301] in production: headline`.
    headline: String,
    /// The expectation that it fulfils.
    expected: Option<usize>,
}

fn run(document: &section::Document, section: &Section) -> Result<(), Failure> {
    let mut world = MemoryWorld::new();
    if !document.common.trim().is_empty() {
        world = world.with("common.vauban", document.common.clone());
    }
    for file in &section.files {
        world = world.with(&file.path, file.lines.join("\n") + "\n");
    }
    let options = Options {
        inputs: section.inputs.clone(),
        today: section.today.clone(),
        environment: section.environment.clone(),
        ..Options::default()
    };
    let head = format!("{}:{}: {}", document.path.display(), section.line, section.name);
    let Ok(compilation) = catch_unwind(AssertUnwindSafe(|| compile(&world, &options))) else {
        return Err(Failure { text: format!("{head}\n  the compiler panics\n"), occurred: None, values: Vec::new() });
    };
    let mut text = String::new();
    let occurred = compare(section, &compilation, &mut text);
    let mut values = Vec::new();
    for (file, line, wanted, found) in facts::values(section, &compilation) {
        if wanted != found {
            text.push_str(&format!("  line {}: wants {wanted}\n    found {found}\n", section.files[file].first + line));
            values.push((file, line, found));
        }
    }
    facts::check(section, &compilation, &mut text);
    if text.is_empty() {
        Ok(())
    } else {
        Err(Failure { text: format!("{head}\n{text}"), occurred: Some(occurred), values })
    }
}

/// Holds what occurred against what is expected, both ways.
fn compare(section: &Section, compilation: &Compilation, text: &mut String) -> Vec<Occurred> {
    let mut free: Vec<Option<&Expectation>> = section.expectations.iter().map(Some).collect();
    let mut all = Vec::new();
    for diagnostic in compilation.diagnostics.iter() {
        let place = place(section, compilation, diagnostic);
        let position = free.iter().position(|expectation| expectation.is_some_and(|it| fulfils(it, diagnostic, place)));
        if let Some(position) = position {
            free[position] = None;
        } else {
            let shown = render(diagnostic, &compilation.sources, &Style::PLAIN);
            let shown: String = shown.lines().map(|line| format!("    {line}\n")).collect();
            text.push_str(&format!("  not expected:\n{shown}"));
        }
        all.push(Occurred { place, headline: headline(diagnostic), expected: position });
    }
    for expectation in free.into_iter().flatten() {
        let line = expectation.place.map_or(section.line, |(file, line)| section.files[file].first + line);
        text.push_str(&format!("  does not occur, line {line}: {}\n", expectation.lines.join(" ")));
    }
    all
}

fn place(section: &Section, compilation: &Compilation, diagnostic: &Diagnostic) -> Option<(usize, usize)> {
    let span = diagnostic.primary.span;
    let name = &compilation.sources.get(span.source)?.name;
    let file = section.files.iter().position(|file| file.path == *name)?;
    Some((file, compilation.sources.start(span)?.line as usize))
}

fn headline(diagnostic: &Diagnostic) -> String {
    let word = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
    let environment = diagnostic.environment.as_ref().map_or_else(String::new, |name| format!(" in {name}"));
    format!("{word}[{}]{environment}: {}", diagnostic.code.number(), diagnostic.message.replace('\n', " "))
}

fn fulfils(expectation: &Expectation, diagnostic: &Diagnostic, place: Option<(usize, usize)>) -> bool {
    let headline = headline(diagnostic);
    let (head, message) = headline.split_once(": ").unwrap_or((&headline, ""));
    let has = |kind: &str, part: &str| match kind {
        "help" => diagnostic.help.iter().any(|help| help.contains(part)),
        "note" => diagnostic.notes.iter().any(|note| note.contains(part)),
        _ => diagnostic.labels.iter().chain([&diagnostic.primary]).any(|label| label.text.contains(part)),
    };
    expectation.place == place
        && expectation.head == head
        && message.contains(&expectation.part)
        && expectation.remarks.iter().all(|(kind, part)| has(kind, part))
}
