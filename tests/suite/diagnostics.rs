//! Every code is explained, and has a module that provokes it and nothing else.

mod repairs;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use vaubanc::diag::Diagnostics;
use vaubanc::diag::codes::{self, CodeInfo};
use vaubanc::diag::render::{Style, render_all};
use vaubanc::source::SourceMap;
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile, run_tests};

/// Faults of the file system, of the compiler itself and of sources too large for a repository: their tests make them
/// where they check them.
const WITHOUT_CASE: [&str; 7] = ["V0105", "V0901", "V0902", "V0903", "V0904", "V0905", "V0906"];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a case: `V0401.vauban`, or everything below `V0401/`.
fn files(code: &str) -> Vec<(String, Vec<u8>)> {
    fn walk(directory: &Path, prefix: &str, found: &mut Vec<(String, Vec<u8>)>) {
        let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for entry in entries {
            let entry = entry.expect("a directory of the repository can be listed");
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else {
                found.push((name, read(&entry.path())));
            }
        }
    }
    let single = directory().join(format!("{code}.vauban"));
    if single.is_file() {
        return vec![("platform.vauban".to_owned(), read(&single))];
    }
    let mut found = Vec::new();
    walk(&directory().join(code), "", &mut found);
    found.sort();
    found
}

/// What the compiler has to say about a case.
struct Said {
    sources: SourceMap,
    diagnostics: Diagnostics,
}

fn compiled(files: &[(String, Vec<u8>)]) -> Said {
    let world = files.iter().fold(MemoryWorld::new(), |world, (name, bytes)| world.with(name, bytes.clone()));
    let text: String = files.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect();
    let mut options = Options::default();
    // `// set: release=1` and `// today: 2027-01-01` stand for the command line.
    for line in text.lines() {
        if let Some((name, value)) = line.strip_prefix("// set: ").and_then(|rest| rest.split_once('=')) {
            options.inputs.push((name.to_owned(), value.to_owned()));
        } else if let Some(date) = line.strip_prefix("// today: ") {
            options.today = Some(date.to_owned());
        }
    }
    let compilation = compile(&world, &options);
    let (sources, mut diagnostics) = (compilation.sources, compilation.diagnostics);
    if text.lines().any(|line| line.starts_with("test ")) {
        // The sources are the same and are read in the same order, so the places mean the same.
        diagnostics.extend(run_tests(&world, &options).outcomes.into_iter().flat_map(|outcome| outcome.failures));
    }
    Said { sources, diagnostics }
}

fn rendered(said: &Said) -> String {
    render_all(said.diagnostics.iter(), &said.sources, &Style::PLAIN)
}

fn cases() -> impl Iterator<Item = &'static CodeInfo> {
    codes::ALL.iter().map(|code| code.info()).filter(|info| !WITHOUT_CASE.contains(&info.code))
}

/// What a case gives, compiled once for all tests and on all cores, since each compiles the library, too.
fn said() -> &'static BTreeMap<&'static str, Said> {
    static SAID: OnceLock<BTreeMap<&'static str, Said>> = OnceLock::new();
    SAID.get_or_init(|| {
        let work: Vec<&str> = cases().map(|info| info.code).collect();
        in_parallel(&work, |code| compiled(&files(code)))
            .into_iter()
            .zip(work)
            .map(|(made, code)| (code, made))
            .collect()
    })
}

fn in_parallel<T: Sync, R: Send>(work: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = work.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let run = &run;
        let parts: Vec<_> =
            work.chunks(share).map(|part| scope.spawn(move || part.iter().map(run).collect::<Vec<R>>())).collect();
        parts.into_iter().flat_map(|part| part.join().expect("a test's thread does not panic")).collect()
    })
}

fn found(said: &Said) -> BTreeSet<&str> {
    said.diagnostics.iter().map(|diagnostic| diagnostic.code.number()).collect()
}

/// `// also: V0608` in a case that cannot break one rule without another.
fn expected(code: &'static str) -> BTreeSet<String> {
    let text: String = files(code).iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect();
    let also = text.lines().filter_map(|line| line.strip_prefix("// also: ")).map(str::to_owned);
    also.chain([code.to_owned()]).collect()
}

#[test]
fn every_case_provokes_its_code_and_no_other() {
    let mut wrong = String::new();
    for (code, compilation) in said() {
        let found: BTreeSet<String> = found(compilation).into_iter().map(str::to_owned).collect();
        if found != expected(code) {
            wrong.push_str(&format!("{code} gives {found:?}\n{}\n", rendered(compilation)));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_message_reads_as_it_did() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(directory().join("rendered"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (code, compilation) in said() {
            // The source and what is said about it in one file, so that a reviewer reads one file.
            let sources = files(code)
                .into_iter()
                .map(|(name, bytes)| format!("----- {name} -----\n{}\n", String::from_utf8_lossy(&bytes)));
            let page = format!("{}----- says -----\n{}", sources.collect::<String>(), rendered(compilation));
            insta::assert_snapshot!(*code, page);
        }
    });
}

#[test]
fn codes_without_a_case_have_no_case() {
    for code in WITHOUT_CASE {
        assert!(!directory().join(format!("{code}.vauban")).exists() && !directory().join(code).exists(), "{code}");
    }
    let known: BTreeSet<&str> = codes::ALL.iter().map(|code| code.number()).collect();
    for entry in fs::read_dir(directory()).expect("the directory of cases is there").flatten() {
        let name = entry.file_name().to_string_lossy().replace(".vauban", "");
        assert!(name == "rendered" || known.contains(name.as_str()), "{name} is a case of no code");
    }
}

/// The texts between "```vauban" and "```".
fn fences(page: &str) -> Vec<&str> {
    page.split("```vauban\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(fence, _)| fence).collect()
}

#[test]
fn every_page_begins_with_its_code_and_says_something() {
    for code in codes::ALL {
        let page = code.info().page;
        assert_eq!(page.lines().next(), Some(format!("# {} {}", code.number(), code.name()).as_str()));
        let lines = page.lines().count();
        assert!((5..=45).contains(&lines), "{}: {lines} lines", code.number());
        assert_eq!(page.matches("```").count() % 2, 0, "{}", code.number());
    }
}

#[test]
fn every_example_on_a_page_can_be_read() {
    for info in cases().filter(|info| !info.code.starts_with("V01")) {
        for fence in fences(info.page) {
            // Statements of a body are shown without the kind around them.
            let readings = [fence.to_owned(), format!("kind page {{\n{fence}\n}}\n")];
            let readable = readings.iter().any(|text| {
                let id = vaubanc::source::SourceMap::default().add(info.code, text.as_str());
                vaubanc::syntax::parse(id, text).1.is_empty()
            });
            assert!(readable, "{}:\n{fence}", info.code);
        }
    }
}

#[test]
fn the_repaired_example_of_a_page_is_repaired() {
    // Pages that show fragments have a case that is written out; the others show the case itself.
    let whole: Vec<(&str, &str)> = cases()
        .filter_map(|info| match fences(info.page).as_slice() {
            [wrong, right] if files(info.code).iter().any(|(_, bytes)| bytes == wrong.as_bytes()) => {
                Some((info.code, *right))
            }
            _ => None,
        })
        .collect();
    assert!(whole.len() > 20, "only {} pages show a whole module", whole.len());
    let compiled =
        in_parallel(&whole, |(_, text)| compiled(&[("platform.vauban".to_owned(), text.as_bytes().to_vec())]));
    for ((code, _), compilation) in whole.iter().zip(&compiled) {
        assert!(!found(compilation).contains(code), "{code}\n{}", rendered(compilation));
    }
}

#[test]
fn the_documentation_names_exactly_the_codes_that_can_be_accepted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics.md");
    let page = String::from_utf8(read(&path)).expect("the documentation is UTF-8");
    let rows = page.lines().filter(|line| line.starts_with("| `V0"));
    let named: BTreeSet<&str> = rows
        .flat_map(|row| row.split('`'))
        .filter(|word| word.len() == 5 && word.starts_with('V') && word[1..].bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let acceptable = codes::ALL.iter().filter(|code| code.info().acceptable).map(|code| code.number());
    assert_eq!(named, acceptable.collect());
}
