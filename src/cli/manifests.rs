//! `vaubanc prove --manifests`: the proof of any Kubernetes YAML.

use std::fmt::Write as _;
use std::fs;
use std::io::Read;
use std::path::Path;

use crate::Options;
use crate::cli::arguments::{Format, Prove};
use crate::cli::compile::{fail, report};
use crate::cli::output::{Output, Style};
use crate::cli::world::{FileWorld, show};
use crate::cli::write::plan;
use crate::cli::{CLEAN, FAILURE, FINDINGS, placements, prove, table};
use crate::diag::{Diagnostic, Diagnostics, codes};
use crate::fit::evidence::json;
use crate::fit::words;
use crate::fit::{Names, Reason};
use crate::objects::injection::{INJECTS, Injector, Unknown};
use crate::objects::pod::Doubt;
use crate::query::manifests::{self, Contents, Foreign, Manifest};
use crate::query::nodes;
use crate::render::{FileSet, render_foreign};
use crate::source::{SourceMap, Span};

/// No rendered chart is as large; it bounds what is read.
const LARGEST_FILE: u64 = 256 * 1024 * 1024;
/// Directories within directories.
const DEEPEST: usize = 64;
/// How many containers without requests are listed.
const SHOWN: usize = 10;

pub(crate) type Refusal = Box<Diagnostic>;

pub(crate) fn run(arguments: &Prove, path: &Path, output: &mut Output<'_>) -> u8 {
    match prove(arguments, path, output) {
        Ok(code) => code,
        Err(refusal) => fail(*refusal, Format::Human, output),
    }
}

fn prove(arguments: &Prove, path: &Path, output: &mut Output<'_>) -> Result<u8, Refusal> {
    let files = files(path)?;
    let mut sources = SourceMap::default();
    let mut diagnostics = Diagnostics::default();
    let (Contents { objects, placed }, found) = manifests::contents(files, &mut sources);
    diagnostics.extend(found);
    let hardware = match &arguments.nodes {
        Some(nodes) => {
            let (hardware, found) = nodes::read(self::files(nodes)?, &objects, &mut sources);
            diagnostics.extend(found);
            hardware
        }
        None => hardware(arguments, &mut sources, &mut diagnostics)?,
    };
    diagnostics.sort(&sources);
    let code = report(&diagnostics, &sources, Format::Human, output);
    let Some(hardware) = hardware.filter(|_| code == CLEAN) else { return Ok(code.max(FINDINGS)) };
    if objects.is_empty() {
        let message = format!("`{}` holds no object of Kubernetes", path.display());
        return Err(unreadable(message));
    }
    let mut foreign = manifests::prove(objects, hardware);
    let written = match &arguments.output {
        Some(directory) => Some(write(&render_foreign(&foreign.view), directory)?),
        None => None,
    };
    foreign.view.proof.iter_mut().for_each(|proof| prove::keep_state(proof, arguments));
    let Some(proof) = &foreign.view.proof else { return Ok(FAILURE) };
    let code = prove::code([proof]);
    if arguments.json {
        output.result(&json::document([proof]));
    } else {
        let title = if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() };
        let names = Names::of_manifests(&foreign.view.objects);
        let text = table::environment(&title, &foreign.view, &names, arguments.state.is_some(), output);
        output.result(&text);
        if arguments.state.is_none() {
            output.result(&placements::text(&placed, &foreign.view, output));
        }
    }
    let remarks = remarks(&foreign, output);
    output.complaint(&remarks);
    if !arguments.json && arguments.state.is_none() {
        let conclusion = table::conclusion([proof], output);
        output.result(&conclusion);
    }
    if !arguments.json {
        output.remark(&written.unwrap_or_default());
    }
    Ok(if foreign.unaccounted.is_empty() { code } else { FINDINGS })
}

/// What a reader of the table must know beside it.
fn remarks(foreign: &Foreign, output: &Output<'_>) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    if !foreign.unaccounted.is_empty() {
        let title = "nothing says which pods these objects make, so nothing is guaranteed:";
        let _ = writeln!(text, "{}", output.paint(Style::Bad, title));
        text.extend(foreign.unaccounted.iter().map(|name| format!("  {name}\n")));
        let first = foreign.unaccounted.first().map_or("", String::as_str);
        let _ = writeln!(
            text,
            "  add what their operators create to the manifests, each object with the annotation\n    vauban.dev/stands-for: \"{first}\"\n  \
             (one without pods, such as a ConfigMap, where an operator makes none); docs/proof.md §4.1"
        );
    }
    for one in &foreign.nowhere {
        let title = match one.is_open {
            true => format!("nobody says whether a node takes the pods of {}:", one.label),
            false => format!("no node takes the pods of {}:", one.label),
        };
        let _ = writeln!(text, "{}\n  {}\n  {}", output.paint(Style::Bad, &title), one.lack.note, one.lack.help);
    }
    for one in &foreign.promised {
        let title = output.paint(Style::Tight, &words::promised(one));
        let _ = writeln!(text, "{title}\n  {}\n  {}", words::consequence(&one.why), words::smaller(one));
    }
    let injector = Injector::ALL.into_iter().find(|one| {
        let mut obstacles = foreign.view.proof.iter().flat_map(|proof| &proof.obstacles);
        obstacles.any(|obstacle| match obstacle {
            Reason::Doubtful { doubt: Doubt::Injection { injector, why: Unknown::Described(_) }, .. } => {
                injector == one
            }
            _ => false,
        })
    });
    if let Some(injector) = injector {
        let (title, key) = (injector.title(), injector.key());
        let _ = writeln!(text, "{}", output.paint(Style::Bad, "say once what an injector adds, among the manifests:"));
        let _ = writeln!(
            text,
            "  # What {title} adds to each pod; the amounts are those that it is configured with.\n  \
             apiVersion: v1\n  kind: PodTemplate\n  metadata: {{name: {key}, annotations: {{{INJECTS}: {key}}}}}\n  \
             template: {{spec: {{containers: [{{name: proxy, resources: {{requests: {{cpu: 100m, memory: 128Mi}}, limits: {{memory: 1Gi}}}}}}]}}}}"
        );
    }
    if !foreign.unbudgeted.is_empty() {
        let title = "these containers state no request and are counted as needing nothing, as the scheduler does:";
        let _ = writeln!(text, "{}", output.paint(Style::Tight, title));
        for one in foreign.unbudgeted.iter().take(SHOWN) {
            let _ = writeln!(text, "  {} of {}: {}", one.container, one.label, one.missing.join(" and "));
        }
        if foreign.unbudgeted.len() > SHOWN {
            let _ = writeln!(text, "  and {} more", foreign.unbudgeted.len() - SHOWN);
        }
    }
    if foreign.view.analysis.sums.pods.peak == 0 && foreign.unaccounted.is_empty() {
        let _ = writeln!(
            text,
            "{}",
            output.paint(Style::Tight, "there are no pods in these manifests, so everything fits")
        );
    }
    text
}

fn hardware(
    arguments: &Prove,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) -> Result<Option<crate::eval::model::Hardware>, Refusal> {
    let stated = arguments.hardware.as_deref().unwrap_or_default();
    // A path may hold a `#`; then the file itself is meant.
    let (file, name) = match stated.rsplit_once('#') {
        Some((file, name)) if !Path::new(stated).exists() => (file, Some(name)),
        _ => (stated, None),
    };
    if !Path::new(file).exists() {
        let message = format!("`{file}` does not exist");
        return Err(Box::new(
            Diagnostic::error(codes::UNREADABLE, Span::NONE, message)
                .help("give a `.vauban` file that declares `hardware`"),
        ));
    }
    let options = Options { inputs: arguments.source.inputs.clone(), ..Options::default() };
    let (hardware, found) = crate::hardware(&FileWorld::new(Path::new(file)), &options, name, sources);
    diagnostics.extend(found);
    Ok(hardware)
}

/// The texts of all manifests at a path.
pub(crate) fn files(path: &Path) -> Result<Vec<Manifest>, Refusal> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(LARGEST_FILE + 1).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(format!("standard input cannot be read: {error}")))?;
        return Ok(vec![manifest("<stdin>".to_owned(), bytes)?]);
    }
    let mut found = Vec::new();
    if path.is_dir() {
        collect(path, 0, &mut found)?;
        if found.is_empty() {
            return Err(unreadable(format!("there is no `.yaml` or `.yml` file in `{}`", path.display())));
        }
    } else {
        found.push(read(path)?);
    }
    Ok(found)
}

fn collect(directory: &Path, depth: usize, found: &mut Vec<Manifest>) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Err(unreadable(format!("`{}` is nested too deeply", directory.display())));
    }
    let refuse = |error: std::io::Error| unreadable(format!("`{}` cannot be read: {error}", directory.display()));
    let entries: Result<Vec<_>, _> = fs::read_dir(directory).map_err(refuse)?.collect();
    let mut paths: Vec<_> = entries.map_err(refuse)?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        // Hidden directories belong to other tools, and links to directories may go in circles.
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            collect(&path, depth + 1, found)?;
        } else if is_yaml && path.is_file() {
            found.push(read(&path)?);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Manifest, Refusal> {
    let refuse = |error: std::io::Error| unreadable(format!("`{}` cannot be read: {error}", path.display()));
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(refuse)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(refuse)?;
    manifest(show(path), bytes)
}

fn manifest(name: String, bytes: Vec<u8>) -> Result<Manifest, Refusal> {
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(unreadable(format!("`{name}` is larger than {} MiB", LARGEST_FILE >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable(format!("`{name}` is not UTF-8")))?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(Manifest { name, text })
}

fn unreadable(message: String) -> Refusal {
    let help = "give a directory with `.yaml` files, one such file, or `-` for standard input";
    Box::new(Diagnostic::error(codes::UNREADABLE, Span::NONE, message).help(help))
}

fn write(files: &FileSet, directory: &Path) -> Result<String, Refusal> {
    plan(files, directory, None)?.carry_out()?;
    let directory = directory.display();
    Ok(format!("written; check it with `vaubanc verify {directory}/reports/proof.json --manifests {directory}`\n"))
}
