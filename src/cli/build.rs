//! `vaubanc build`.

use std::fmt::Write as _;

use crate::cli::arguments::{Build, Format};
use crate::cli::compile::{compile, fail, report};
use crate::cli::output::{Output, Style};
use crate::cli::tree::checked_files;
use crate::cli::write::{Plan, plan};
use crate::cli::{CLEAN, FINDINGS, summary};

/// How many removed files are listed.
const LISTED: usize = 20;

pub(crate) fn run(build: &Build, output: &mut Output<'_>) -> u8 {
    let format = build.report.format;
    let mut compilation = match compile(&build.source, format, output) {
        Ok(compilation) => compilation,
        Err(code) => return code,
    };
    if compilation.diagnostics.has_errors() {
        return refuse(&compilation, format, output);
    }
    let files = checked_files(&mut compilation);
    if compilation.diagnostics.has_errors() {
        return refuse(&compilation, format, output);
    }
    let plan = match plan(&files, &build.output, build.source.environment.as_deref()) {
        Ok(plan) => plan,
        Err(refusal) => return fail(*refusal, format, output),
    };
    if build.check {
        let stale = plan.stale();
        let code = if stale.is_some() { FINDINGS } else { CLEAN };
        compilation.diagnostics.extend(stale);
        report(&compilation.diagnostics, &compilation.sources, format, output);
        if code == CLEAN && format != Format::Json {
            output.remark(&format!("`{}` corresponds to the sources\n", build.output.display()));
        }
        return code;
    }
    if let Err(refusal) = plan.carry_out() {
        return fail(*refusal, format, output);
    }
    report(&compilation.diagnostics, &compilation.sources, format, output);
    if format != Format::Json {
        let text = summary::text(&compilation, output);
        output.remark(&text);
        let text = written(&plan, build, output);
        output.remark(&text);
    }
    CLEAN
}

fn refuse(compilation: &crate::Compilation, format: Format, output: &mut Output<'_>) -> u8 {
    report(&compilation.diagnostics, &compilation.sources, format, output);
    if format != Format::Json {
        let text = summary::text(compilation, output);
        output.remark(&text);
        output.remark("nothing was written\n");
    }
    FINDINGS
}

/// What happened to the directory.
fn written(plan: &Plan, build: &Build, output: &Output<'_>) -> String {
    let directory = build.output.display();
    let total = plan.created.len() + plan.replaced.len() + plan.unchanged;
    let mut text = String::new();
    let counts = [
        (plan.created.len(), "new"),
        (plan.replaced.len(), "changed"),
        (plan.removed.len(), "removed"),
        (plan.unchanged, "unchanged"),
    ];
    let counts: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let files = if total == 1 { "1 file".to_owned() } else { format!("{total} files") };
    if plan.is_empty() {
        return format!("{} {files} in {directory} are up to date\n", output.paint(Style::Strong, "unchanged"));
    }
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{} {files} in {directory}: {}", output.paint(Style::Strong, "written"), counts.join(", "));
    for path in plan.removed.iter().take(LISTED) {
        let _ = writeln!(text, "  removed {directory}/{path}");
    }
    if plan.removed.len() > LISTED {
        let _ = writeln!(text, "  and {} more", plan.removed.len() - LISTED);
    }
    for path in &plan.edited {
        let _ = writeln!(text, "  left {directory}/{path}: it is no longer produced, but was edited by hand");
    }
    text
}
