//! `vaubanc test`.

use crate::cli::arguments::{Format, Test};
use crate::cli::compile::{options, report, world};
use crate::cli::output::Output;
use crate::cli::{CLEAN, FINDINGS};
use crate::diag::Diagnostics;

pub(crate) fn run(test: &Test, output: &mut Output<'_>) -> u8 {
    let format = test.report.format;
    let world = match world(&test.source, format, output) {
        Ok(world) => world,
        Err(code) => return code,
    };
    let mut run = crate::run_tests(&world, &options(&test.source));
    let mut failures = Diagnostics::default();
    failures.extend(run.outcomes.iter().flat_map(|outcome| outcome.failures.clone()));
    run.diagnostics.extend(failures);
    let code = report(&run.diagnostics, &run.sources, format, output);
    if format == Format::Json || (code != CLEAN && run.outcomes.is_empty()) {
        return code;
    }
    let mut failed = 0;
    for outcome in &run.outcomes {
        let place = outcome.environment.as_ref().map_or_else(String::new, |name| format!(" in {name}"));
        let verdict = if outcome.failures.is_empty() { "holds " } else { "FAILS " };
        failed += usize::from(!outcome.failures.is_empty());
        output.remark(&format!("{verdict} {}{place} ({} expectations)\n", outcome.name, outcome.expectations));
    }
    let passed = run.outcomes.len() - failed;
    output.remark(&format!("{passed} hold, {failed} fail\n"));
    if failed > 0 { FINDINGS } else { code }
}
