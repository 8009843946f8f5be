//! All findings of the platform as its specification wrote it, line by line, and what each single failure costs.

use std::collections::BTreeSet;
use std::path::Path;

use vaubanc::analysis::failure::Failure;
use vaubanc::cli::world::FileWorld;
use vaubanc::diag::codes;
use vaubanc::diag::render::render_short;
use vaubanc::{Compilation, Options, compile};

fn as_written() -> (Compilation, String) {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/vauban-blog-as-written");
    let compilation = compile(&FileWorld::new(&module), &Options::default());
    // Where the repository stands is nobody's finding.
    let place = format!("{}/", module.display());
    let mut text = String::new();
    for finding in compilation.diagnostics.iter() {
        text.push_str(&render_short(finding, &compilation.sources).replace(&place, ""));
        // What degrades an entry point is only counted in the headline.
        let ways =
            finding.notes.iter().filter(|_| finding.code == codes::DEGRADED).flat_map(|note| note.lines().skip(1));
        text.extend(ways.map(|way| format!("    {}\n", way.trim())));
    }
    (compilation, text)
}

fn failure(compilation: &Compilation) -> &Failure {
    &compilation.views.first().expect("a platform without environments has its base").analysis.failure
}

/// `INSTA_UPDATE=always cargo test --test main as_written` accepts a change. Read it before: each line is a claim about the text.
#[test]
fn the_findings_of_the_platform_as_written_change_only_on_purpose() {
    let (_, findings) = as_written();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("expected");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("as-written", findings));
}

#[test]
fn every_single_failure_that_the_text_admits_or_hides_is_found() {
    let (compilation, _) = as_written();
    let failure = failure(&compilation);
    let fatal: BTreeSet<&str> = failure.spofs.iter().map(|spof| spof.subject.as_str()).collect();
    let losses = failure.degraded.iter().flat_map(|one| &one.losses);
    let bearable: BTreeSet<&str> = losses.map(|loss| loss.subject.as_str()).collect();
    for subject in [
        "datacenter.host",
        "datacenter.host.nvme",
        "elasticsearch.master",
        "postgres.pooler",
        "madara-rpc",
        "starknet",
        "grafana",
        "gitops.server",
        "gitops.application-controller",
        "gitops.dex-server",
        "route53",
    ] {
        assert!(fatal.contains(subject), "losing `{subject}` takes no entry point down: {fatal:?}");
    }
    for subject in [
        "vauban-indexer",
        "vauban-worker",
        "prometheus",
        "alertmanager",
        "loki",
        "tempo",
        "otel-collector",
        "certificates.controller",
        "policies.admission-controller",
        "sealing",
        "cloudflare",
        "s3",
        "github",
        "pinata",
        "pagerduty",
        "vault",
        "on-call",
    ] {
        assert!(bearable.contains(subject), "losing `{subject}` degrades no entry point: {bearable:?}");
    }
    // Two replicas on one node fall with it and not before.
    assert!(!fatal.contains("ingress") && !bearable.contains("ingress"));
    let host = failure.spofs.iter().find(|spof| spof.subject == "datacenter.host").expect("asserted above");
    assert!(host.takes_down.iter().any(|name| name == "ingress"), "{:?}", host.takes_down);
}

#[test]
fn a_failure_is_never_told_of_the_same_entry_point_as_fatal_and_as_bearable() {
    let (compilation, _) = as_written();
    let failure = failure(&compilation);
    assert_eq!(failure.degraded.len(), failure.entries.len());
    for one in &failure.degraded {
        let fatal = failure.spofs.iter().filter(|spof| spof.entries.contains(&one.entry));
        let fatal: BTreeSet<&str> = fatal.map(|spof| spof.subject.as_str()).collect();
        let subjects: BTreeSet<&str> = one.losses.iter().map(|loss| loss.subject.as_str()).collect();
        assert_eq!(subjects.len(), one.losses.len(), "told twice of {}", one.entry);
        assert!(subjects.is_disjoint(&fatal), "{}: {fatal:?}", one.entry);
    }
}

#[test]
fn the_requests_exceed_the_machine_at_the_least_and_more_so_at_peak() {
    let (compilation, _) = as_written();
    let overfull = compilation.diagnostics.iter().find(|finding| finding.message.contains("10.82 CPU"));
    let notes = &overfull.expect("the pods ask for 10.82 of 7 CPU").notes;
    assert!(notes.iter().any(|note| note.contains("at peak") && note.contains("12.59 CPU")), "{notes:#?}");
}
