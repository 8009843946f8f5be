//! The compiler as a library: another program hands it texts and gets files, and no file system is asked for anything.

use vaubanc::diag::{Severity, codes};
use vaubanc::render::{FileSet, render};
use vaubanc::world::{MemoryWorld, ModuleFile, World, WorldError};
use vaubanc::{Compilation, Options, compile};

const HARDWARE: &str = "
hardware laptop {
  node box {
    cpu    = 4
    memory = 8GB
  }
}
system hello on laptop {}
namespace demo {}
";

fn site(replicas: u32) -> String {
    format!(
        "
        use std {{ web }}
        component site : web {{
          namespace = demo
          image     = \"nginxinc/nginx-unprivileged:1.27.3\"
          replicas  = {replicas}
          cpu       = 50m..200m
          memory    = 64Mi..128Mi
          port      = 8080
        }}
        "
    )
}

fn world(replicas: u32) -> MemoryWorld {
    MemoryWorld::new().with("hardware.vauban", HARDWARE).with("site.vauban", site(replicas))
}

fn files(compilation: &Compilation) -> FileSet {
    let messages: Vec<&str> = compilation.diagnostics.iter().map(|one| one.message.as_str()).collect();
    assert!(!compilation.diagnostics.has_errors(), "{messages:?}");
    let (files, faults) = render(compilation);
    assert!(faults.is_empty(), "{faults:?}");
    files
}

#[test]
fn texts_in_memory_become_manifests_in_memory() {
    let compilation = compile(&world(2), &Options::default());
    let files = files(&compilation);
    let deployment = files.iter().find(|(_, text)| text.contains("kind: Deployment"));
    let (path, text) = deployment.expect("a web component runs as a Deployment");
    assert!(path.starts_with("base/"), "{path}");
    assert!(text.contains("replicas: 2") && text.contains("image: nginxinc/nginx-unprivileged:1.27.3"), "{text}");
    assert!(files.contains("reports/report.md"));
}

#[test]
fn what_does_not_fit_is_an_error_at_a_place_in_the_text_that_was_given() {
    let compilation = compile(&world(200), &Options::default());
    let overfull = compilation.diagnostics.iter().find(|one| one.code == codes::OVERFULL).expect("10 of 4 cores");
    assert_eq!(overfull.severity, Severity::Error);
    let text = compilation.sources.text(overfull.primary.span);
    assert!(site(200).contains(text) || HARDWARE.contains(text), "{text}");
}

#[test]
fn the_same_texts_give_the_same_bytes() {
    let once = files(&compile(&world(2), &Options::default()));
    let again = files(&compile(&world(2), &Options::default()));
    assert_eq!(once, again);
}

/// A world of one's own, as an editor has one for what is typed and not yet saved.
struct Buffers(MemoryWorld);

impl World for Buffers {
    fn module(&self, path: &str) -> Result<Vec<ModuleFile>, WorldError> {
        self.0.module(path)
    }

    fn file(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        Err(WorldError::Unreadable { name: path.to_owned(), reason: "the buffer is locked".to_owned() })
    }
}

#[test]
fn a_world_of_ones_own_answers_and_its_refusals_are_reported() {
    let text = "let page = read(\"page.html\")\ncomponent site : web { env { PAGE = page } }\nuse std { web }\n";
    let compilation = compile(&Buffers(world(2).with("page.vauban", text)), &Options::default());
    let mut messages = compilation.diagnostics.iter().map(|one| format!("{} {:?}", one.message, one.notes));
    assert!(messages.any(|message| message.contains("the buffer is locked")), "{:?}", compilation.diagnostics);
}
