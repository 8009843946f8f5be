//! Every repair of every message, applied as text: the fault is gone, and no other came.

use std::collections::{BTreeMap, BTreeSet};

use vaubanc::diag::Diagnostic;
use vaubanc::source::SourceMap;

use super::{Said, compiled, files, in_parallel, rendered, said};

/// A text of some files.
type Texts = Vec<(String, Vec<u8>)>;

/// One typing mistake each, of kinds that the cases of the codes do not show.
const MISTAKES: &[(&str, &str)] = &[
    (
        "a kind of the library that is not imported",
        "component one : web { port = 80, namespace = n, image = \"a.example.com/a:1\", cpu = 100m..200m, memory = 64Mi..64Mi }\n",
    ),
    (
        "a kind beside an import",
        "use std { worker }\ncomponent a : worker { namespace = n, image = \"a.example.com/a:1\", cpu = 100m..200m, memory = 64Mi..64Mi }\ncomponent b : singletn { namespace = n, image = \"a.example.com/a:1\", cpu = 100m..200m, memory = 64Mi..64Mi }\n",
    ),
    (
        "an imported kind",
        "use std { worker }\ncomponent a : wroker { namespace = n, image = \"a.example.com/a:1\", cpu = 100m..200m, memory = 64Mi..64Mi }\n",
    ),
    (
        "the version of an API",
        "kind k {\n  emit \"example.com/v1\" ConfigMap { data.a = \"b\" }\n}\ncomponent one : k {}\n",
    ),
    ("the kind of an API", "kind k {\n  emit \"v1\" ConfgMap { data.a = \"b\" }\n}\ncomponent one : k {}\n"),
    (
        "what is refined",
        "kind a {\n  emit \"v1\" ConfigMap { data.a = \"b\" }\n}\nkind b : a {\n  refine \"v1\" ConfgMap { data.b = \"c\" }\n}\n\
         component one : b {}\n",
    ),
    (
        "what is taken away",
        "kind a {\n  emit \"v1\" ConfigMap first { data.a = \"b\" }\n  emit \"v1\" ConfigMap second { name = \"other\", data.a = \"b\" }\n}\n\
         kind b : a {\n  without \"v1\" ConfigMap secnd\n}\ncomponent one : b {}\n",
    ),
    (
        "a Service",
        "kind k {\n  emit \"v1\" Service { spec { ports.http { port = 80 }, type = \"ExternalName\", externalName = \"a.example.com\" } }\n\
         \x20 emit \"networking.k8s.io/v1\" Ingress {\n    spec.defaultBackend.service { name = \"on\", port.number = 80 }\n  }\n}\n\
         component one : k {}\n",
    ),
    (
        "a word of the API server",
        "kind k {\n  emit \"v1\" Service { spec { ports.http { port = 80 }, type = \"ExternalNam\", externalName = \"a.example.com\" } }\n}\n\
         component one : k {}\n",
    ),
    (
        "the effect of a taint",
        "hardware box {\n  node host { cpu = 4, memory = 8GB, taints = [\"spot=true:NoSchedul\"] }\n}\nsystem demo on box {}\n",
    ),
    (
        "the period of a rate",
        "let r = 5/mn\nkind k {\n  emit \"v1\" ConfigMap { data.a = text(r) }\n}\ncomponent one : k {}\n",
    ),
    (
        "a range of durations",
        "kind k {\n  t : Range<Duration> = 5min..1min\n  emit \"v1\" ConfigMap { data.a = text(t.min) }\n}\ncomponent one : k {}\n",
    ),
    ("a function of the language", "kind k {\n  emit \"v1\" ConfigMap { data.a = txt(3) }\n}\ncomponent one : k {}\n"),
    (
        "a parameter",
        "use std { worker }\ncomponent a : worker { namespace = n, imge = \"a.example.com/a:1\", cpu = 100m..200m, memory = 64Mi..64Mi }\n",
    ),
    (
        "a word in single quotes",
        "use std { worker }\ncomponent a : worker { namespace = n, image = 'a.example.com/a:1', cpu = 100m..200m, memory = 64Mi..64Mi }\n",
    ),
    (
        "bytes in thousandths",
        "kind k {\n  emit \"v1\" ResourceQuota { spec.hard { \"requests.memory\" = \"500m\" } }\n}\ncomponent one : k {}\n",
    ),
];

/// Cases of which nothing but their fault is there: the next phase finds that much is missing.
const FRAGMENTS: [&str; 3] = ["V0202", "V0206", "V0704"];

/// What a mistake stands in, where it is a workload.
const AROUND: &str =
    "namespace n {}\nhardware box {\n  node host { cpu = 4, memory = 8GB, count = 3 }\n}\nsystem demo on box {}\n";

/// The files with all repairs of a message in them.
fn repaired(texts: &Texts, diagnostic: &Diagnostic, sources: &SourceMap) -> Texts {
    let mut texts = texts.clone();
    let mut fixes: Vec<_> = diagnostic.fixes.iter().collect();
    fixes.sort_by_key(|fix| std::cmp::Reverse(fix.span.start));
    for fix in fixes {
        let name = &sources.get(fix.span.source).expect("a repair has a place").name;
        let (_, bytes) = texts
            .iter_mut()
            .find(|(file, _)| file == name)
            .unwrap_or_else(|| panic!("{name} is no file of the author"));
        bytes.splice(fix.span.range(), fix.replacement.bytes());
    }
    texts
}

/// How often each message is given. The terms of a message may change with what is repaired elsewhere; its headline does not.
fn counted(said: &Said) -> BTreeMap<(&str, &str), usize> {
    let mut counted = BTreeMap::new();
    for one in said.diagnostics.iter() {
        *counted.entry((one.code.number(), one.message.as_str())).or_default() += 1;
    }
    counted
}

/// What is wrong with the repairs of what is said about a text.
fn broken(title: &str, texts: &Texts, before: &Said) -> Vec<String> {
    let mut broken = Vec::new();
    for one in before.diagnostics.iter() {
        let promised = one.help.iter().any(|help| help.starts_with("did you mean"));
        if one.fixes.is_empty() {
            // What was given on the command line stands in no file.
            let stands = before
                .sources
                .get(one.primary.span.source)
                .filter(|file| texts.iter().any(|(name, _)| *name == file.name));
            if promised && stands.is_some() {
                broken.push(format!("{title}: `{}` says what is meant and does not repair it", one.message));
            }
            continue;
        }
        let texts = repaired(texts, one, &before.sources);
        let after = compiled(&texts);
        let key = (one.code.number(), one.message.as_str());
        let how_often = |said: &Said| counted(said).get(&key).copied().unwrap_or_default();
        let known: BTreeSet<&str> = before.diagnostics.iter().map(|one| one.code.number()).collect();
        let is_new = |one: &Diagnostic| !FRAGMENTS.contains(&title) && !known.contains(one.code.number());
        let same_place =
            after.diagnostics.iter().any(|other| other.code == one.code && other.primary.span == one.primary.span);
        if how_often(&after) >= how_often(before) || same_place || after.diagnostics.iter().any(is_new) {
            let text: Vec<_> = texts.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes)).collect();
            broken.push(format!("{title}: {}\n{}\n{}", one.message, text.join("\n"), rendered(&after)));
        }
    }
    broken
}

#[test]
fn every_repair_of_every_case_repairs() {
    let cases: Vec<(&str, &Said)> = said().iter().map(|(code, said)| (*code, said)).collect();
    let broken: Vec<String> =
        in_parallel(&cases, |(code, said)| broken(code, &files(code), said)).into_iter().flatten().collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_typing_mistake_has_a_repair_that_repairs() {
    let broken: Vec<String> = in_parallel(MISTAKES, |(title, text)| {
        let whole = if text.contains("namespace = n") { format!("{text}{AROUND}") } else { (*text).to_owned() };
        let texts = vec![("platform.vauban".to_owned(), whole.into_bytes())];
        let said = compiled(&texts);
        let mut found = broken(title, &texts, &said);
        if said.diagnostics.iter().all(|one| one.fixes.is_empty()) {
            found.push(format!("{title}: no repair\n{}", rendered(&said)));
        }
        found
    })
    .into_iter()
    .flatten()
    .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
