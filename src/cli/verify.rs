//! `vaubanc verify`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::arguments::Verify;
use crate::cli::output::{Output, Style};
use crate::cli::{CLEAN, FAILURE, FINDINGS};
use crate::verify::{Files, Given, Outcome, Report, verify};

/// No file of a build is as large; it bounds what is read.
const LARGEST_FILE: u64 = 256 * 1024 * 1024;

/// What to type where the files are not those of a proof.
const HELP: &str = "a build is checked by `vaubanc verify DIR/reports/proof.json --manifests DIR`, one environment of it with `--env NAME`";

/// The directory of a build.
struct Directory(PathBuf);

impl Files for Directory {
    fn read(&self, path: &str) -> Option<String> {
        text(&self.0.join(path)).ok()
    }

    fn directories(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(path)).into_iter().flatten().flatten();
        let directories = entries.filter(|entry| entry.path().is_dir());
        let mut names: Vec<String> =
            directories.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn text(path: &Path) -> Result<String, String> {
    let refusal = |reason: String| format!("`{}` cannot be read: {reason}", path.display());
    let size = fs::metadata(path).map_err(|error| refusal(error.to_string()))?.len();
    if size > LARGEST_FILE {
        return Err(refusal(format!("it has {size} bytes")));
    }
    fs::read_to_string(path).map_err(|error| refusal(error.to_string()))
}

pub(crate) fn run(arguments: &Verify, output: &mut Output<'_>) -> u8 {
    match check(arguments) {
        Ok(report) => {
            let text = show(&report, output);
            output.result(&text);
            if report.holds() && report.unproved().next().is_none() { CLEAN } else { FINDINGS }
        }
        Err(reason) => {
            output.complaint(&format!("error: {reason}\n  {HELP}\n"));
            FAILURE
        }
    }
}

fn check(arguments: &Verify) -> Result<Report, String> {
    let proof = text(&arguments.proof)?;
    let optional = |path: &Option<PathBuf>| path.as_deref().map(text).transpose();
    let is_file = arguments.manifests.is_file();
    if !is_file && !arguments.manifests.is_dir() {
        return Err(format!("`{}` is neither a directory nor a file", arguments.manifests.display()));
    }
    // A proof lies in `reports/`; without a directory of the build, the other files are looked for beside it.
    let beside = || arguments.proof.parent().map(|reports| reports.join("..")).unwrap_or_default();
    let root = if is_file { beside() } else { arguments.manifests.clone() };
    let given = Given {
        environment: arguments.environment.clone(),
        manifests: if is_file { Some(text(&arguments.manifests)?) } else { None },
        nodes: optional(&arguments.nodes)?,
        footprints: optional(&arguments.footprints)?,
    };
    verify(&proof, &Directory(root), &given)
}

/// A table of all states, then what is refused, what everything rests on, and whether it holds.
fn show(report: &Report, output: &Output<'_>) -> String {
    let mut text = String::new();
    let states = || report.environments.iter().flat_map(|one| &one.states);
    let width = states().map(|state| state.label.chars().count()).max().unwrap_or(0);
    let verdicts = states().map(|state| state.verdict.chars().count()).max().unwrap_or(0);
    for one in &report.environments {
        text.push_str(&format!("{}\n", output.paint(Style::Strong, &one.name)));
        for state in &one.states {
            let (style, word) = match &state.outcome {
                Outcome::Confirmed => (Style::Good, "confirmed"),
                Outcome::Refused(_) => (Style::Bad, "refused"),
                Outcome::Stated(_) => (Style::Tight, "as stated"),
            };
            let word = output.paint(style, word);
            text.push_str(&format!("  {:width$}  {:verdicts$}  {word}\n", state.label, state.verdict));
        }
    }
    let mut complaints = report.refusals();
    let refused = complaints.len();
    for (one, state) in report.unproved().filter(|(_, state)| !matches!(state.outcome, Outcome::Refused(_))) {
        let reason = if let Outcome::Stated(reason) = &state.outcome { format!(": {reason}") } else { String::new() };
        complaints.push(format!("{} {} is needed and `{}`{reason}", one.name, state.label, state.verdict));
    }
    if !complaints.is_empty() {
        let title = if refused > 0 { "refused" } else { "not proved" };
        text.push_str(&format!("\n{}\n", output.paint(Style::Bad, title)));
        text.extend(complaints.iter().map(|complaint| format!("  {complaint}\n")));
        if complaints.iter().any(|complaint| complaint.contains("stale: ")) {
            text.push_str("  files were changed after the proof: build again with `vaubanc build … -o DIR`, or prove them as they are now with\n  ");
            text.push_str("`vaubanc prove --manifests FILE --hardware FILE.vauban`\n");
        }
    }
    for one in report.environments.iter().filter(|one| !one.assumptions.is_empty()) {
        text.push_str(&format!("\n{} rests on these assumptions\n", output.paint(Style::Strong, &one.name)));
        text.extend(one.assumptions.iter().map(|assumption| format!("  {assumption}\n")));
    }
    let (style, conclusion) = match (refused, complaints.len()) {
        (0, 0) => (Style::Good, "every required state is confirmed to fit"),
        (0, _) => (Style::Bad, "the proof holds, and does not show that everything fits"),
        _ => (Style::Bad, "the proof does not hold for these files"),
    };
    text.push_str(&format!("\n{}\n", output.paint(style, conclusion)));
    text
}
