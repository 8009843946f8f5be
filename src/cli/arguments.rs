//! What can be typed. The help texts are the first documentation that most people read.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::query::what_if::Factor;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "vaubanc",
    version,
    about = "A compiler for platforms: if it compiles, it fits, and you know what breaks it.",
    long_about = "A compiler for platforms.\n\nIt reads a directory of `.vauban` files, proves that what they describe fits the hardware, finds what \
                  takes it down, and writes Kubernetes manifests with Kustomize overlays. If it compiles, it fits, \
                  and you know what breaks it.",
    after_help = "Start here:\n  vaubanc new shop                  a small platform that builds\n  vaubanc check shop                what fits, how full it is, what breaks it\n  vaubanc build shop -o deploy      write the manifests\n  kubectl apply -k deploy/overlays/production\n\nExit codes: 0 clean (warnings included), 1 errors in the sources or stale output, 2 wrong usage, files, or a fault of the compiler.",
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Say nothing but errors and warnings
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// When to use colours; `auto` respects NO_COLOR and stays plain when the output is no terminal
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Colour::Auto)]
    pub(crate) color: Colour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Build(Build),
    Check(Check),
    Test(Test),
    Graph(Graph),
    Prove(Prove),
    Explain(Explain),
    New(New),
    Verify(Verify),
    WhatIf(WhatIf),
    Minimum(Minimum),
    Import(Import),
}

/// Prove the platform and write its manifests
///
/// Everything is proved and rendered in memory first; nothing is written when there are errors. Then only files whose
/// content differs are replaced, and files of an earlier build that are no longer produced are removed and listed.
/// Files that vaubanc did not write are never touched.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vaubanc build -o deploy                           the module in this directory\n  vaubanc build shop -o deploy --set release=3f2a91c\n  vaubanc build shop -o deploy --check              for CI: exit 1 when deploy/ is stale"
)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) source: Source,
    /// The directory to write to: empty, absent, or written by an earlier build
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Write nothing; exit 1 and list the files when DIR is not what the sources give
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// Run the `test` blocks of the platform
///
/// Each states what must stay true of an environment, under patches if it likes: that it fits, which single points of
/// failure there are, that a change would be refused.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vaubanc test shop\n  vaubanc test shop --env production")]
pub(crate) struct Test {
    #[command(flatten)]
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// Prove the platform and write nothing
///
/// Prints what is wrong, then for each environment how full every resource is and what takes the platform down.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vaubanc check\n  vaubanc check shop --env production\n  cat platform.vauban | vaubanc check -\n  vaubanc check shop --format json | jq '.diagnostics[].code'"
)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) report: Report,
}

/// Print who depends on whom
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vaubanc graph shop | dot -Tsvg > shop.svg\n  vaubanc graph shop --format mermaid --env production"
)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) source: Source,
    /// `dot` for Graphviz, `mermaid` for Markdown, `json` for programs
    #[arg(long, value_enum, default_value_t = GraphFormat::Dot)]
    pub(crate) format: GraphFormat,
}

/// Print what is proved of every state, how full each node is in it, and why it holds
///
/// Of a platform in `.vauban` files, or with `--manifests` of any Kubernetes YAML, on hardware that is declared in such a
/// file or on the nodes of a cluster. Exit code 1 where a required state does not fit or is undecided, or where the manifests cannot all be accounted for.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("machines").args(["hardware", "nodes"]),
    after_help = "States: S0 steady, S1 peak, S2 rollout, S3 loss of a node, S4 drain of a node, S5 memory limits, S6 disks, S7 quotas\n\nExamples:\n  vaubanc prove shop\n  vaubanc prove shop --env production --state S2\n  vaubanc prove shop --json | jq '.environments[].states[] | {state, verdict}'\n\nManifests that no .vauban file describes:\n  vaubanc prove --manifests deploy/ --hardware lab.vauban\n  helm template charts/shop | vaubanc prove --manifests - --hardware hardware.vauban#lab\n  kubectl get nodes -o json > nodes.json && vaubanc prove --manifests deploy/ --nodes nodes.json\n  vaubanc prove --manifests all.yaml --hardware lab.vauban -o proved && vaubanc verify proved/reports/proof.json --manifests proved"
)]
pub(crate) struct Prove {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Only this state, with every resource
    #[arg(long, value_name = "STATE", ignore_case = true, value_parser = ["S0", "S1", "S2", "S3", "S4", "S5", "S6", "S7"])]
    pub(crate) state: Option<String>,
    /// The proof as it is in `reports/proof.json`
    #[arg(long)]
    pub(crate) json: bool,
    /// Prove these manifests instead of a platform: a directory (with all `.yaml` and `.yml` below it), a file, or `-`
    #[arg(long, value_name = "DIR", requires = "machines", conflicts_with_all = ["path", "environment", "today"])]
    pub(crate) manifests: Option<PathBuf>,
    /// The `.vauban` file that declares the nodes for `--manifests`; `#NAME` behind it where it declares several hardware items
    #[arg(long, value_name = "FILE[#NAME]", requires = "manifests")]
    pub(crate) hardware: Option<String>,
    /// The nodes of a cluster for `--manifests`, instead of `--hardware`: what `kubectl get nodes -o json` (or `-o yaml`) prints
    #[arg(long, value_name = "FILE", requires = "manifests")]
    pub(crate) nodes: Option<PathBuf>,
    /// With `--manifests`: write the proof and the manifests to this directory, for `vaubanc verify`
    #[arg(short, long, value_name = "DIR", requires = "manifests")]
    pub(crate) output: Option<PathBuf>,
}

/// Explain a diagnostic code, or list all of them
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  vaubanc explain V0401\n  vaubanc explain overfull\n  vaubanc explain")]
pub(crate) struct Explain {
    /// A number such as V0401, or a name such as `overfull`; without it all codes are listed
    pub(crate) code: Option<String>,
}

/// Write a small platform that builds, to start from
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  vaubanc new shop && vaubanc build shop -o deploy")]
pub(crate) struct New {
    /// The directory; it must be empty or absent
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// Check a proof that `build` wrote, without trusting the compiler
///
/// Reads the manifests, the nodes and the footprints again, renders the overlays by itself, and adds up every number of
/// the proof. Shares no code with the compiler. Prints what everything rests on.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vaubanc verify deploy/reports/proof.json --manifests deploy\n  kubectl kustomize deploy/overlays/production > all.yaml\n  vaubanc verify deploy/reports/proof.json --manifests all.yaml --env production\n\nExit codes: 0 every required state is confirmed to fit, 1 something is refused or not proved, 2 wrong usage or files."
)]
pub(crate) struct Verify {
    /// The `proof.json` of a build
    #[arg(value_name = "PROOF.json")]
    pub(crate) proof: PathBuf,
    /// The directory of the build, or a file with what `kubectl kustomize` printed for one environment
    #[arg(long, value_name = "DIR")]
    pub(crate) manifests: PathBuf,
    /// Read the nodes from here
    #[arg(long, value_name = "FILE")]
    pub(crate) nodes: Option<PathBuf>,
    /// Read what operators create from here
    #[arg(long, value_name = "FILE")]
    pub(crate) footprints: Option<PathBuf>,
    /// Check this environment only
    #[arg(long = "env", value_name = "NAME")]
    pub(crate) environment: Option<String>,
}

/// Show what a change of values, or more load, does to the proof
///
/// The change is laid on top of every environment, as `given` does in a test; nothing is written. Shown are, before and after: the
/// verdict of every state, how full the tightest resources are at peak, findings that appear and disappear, and how many objects
/// change. With `--load` the ranges of all autoscalers are multiplied, and the largest load that is still guaranteed is searched.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true).args(["set", "load"]),
    after_help = "Examples:\n  vaubanc what-if shop --set api.replicas=4..40\n  vaubanc what-if shop --set db.memory=12Gi --set datacenter.host.memory=256GB\n  vaubanc what-if shop --set datacenter.host.count=3 --env production\n  vaubanc what-if shop --load 10x\n  vaubanc what-if shop --set api.cpu=250m..1 --load 2x --json | jq .fits\n\nThe first word names a component, a namespace, a let, an input or hardware; texts in quotes: --set 'api.image=\"api:2\"'.\nHardware: NAME.NODE.cpu, .memory, .pods, .count, or the name of a disk for its size.\n\nExit codes: 0 it still fits, 1 it does not, or the sources or the change have errors, 2 wrong usage."
)]
pub(crate) struct WhatIf {
    /// A directory of `.vauban` files, one such file, or `-` for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Change a value; may be repeated
    #[arg(long = "set", value_name = "NAME.ATTRIBUTE=VALUE", value_parser = change)]
    pub(crate) set: Vec<(String, String)>,
    /// Multiply both ends of every autoscaler's range
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    pub(crate) load: Option<Factor>,
    /// Only this environment, instead of all
    #[arg(long = "env", value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Report acceptances whose `until` has passed on this day; without it none expires
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) today: Option<String>,
    /// The answer for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// Search the fewest of the declared nodes on which everything still is what it must be
///
/// Whatever is guaranteed on the declared nodes must be guaranteed on fewer, and a loss that is survived must be survived. Shown are,
/// for each environment, the declared and the smallest count of each node type, what fails with one fewer, and how full everything
/// then is. Of several types the cheapest combination is searched, where all state their `cost`, else that with the fewest nodes.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vaubanc minimum shop\n  vaubanc minimum shop --env production\n  vaubanc minimum shop --json | jq '.environments[].types[] | {name, declared, minimum}'\n\nExit codes: 0 the declared nodes are enough, 1 they are not, or the sources have errors, 2 wrong usage."
)]
pub(crate) struct Minimum {
    #[command(flatten)]
    pub(crate) source: Source,
    /// The answer for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// Write the sources of manifests, or of a cluster, to start from
///
/// Every object is emitted as it is, one component for each workload with what belongs to it, so that what is written builds to
/// equivalent objects. Values of Secrets are never written. Nodes become hardware. What needs the author's word is said in comments.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vaubanc import deploy/ -o shop\n  helm template charts/shop | vaubanc import - -o shop\n  kubectl get all,cm,secret,ing,pvc,hpa,pdb,sa,ns,nodes -A -o yaml > dump.yaml\n  vaubanc import dump.yaml -o shop && vaubanc check shop"
)]
pub(crate) struct Import {
    /// A directory (with all `.yaml` and `.yml` below it), a file, or `-`
    #[arg(value_name = "DIR|DUMP")]
    pub(crate) manifests: PathBuf,
    /// The nodes, where they are not among the manifests: what `kubectl get nodes -o json` prints
    #[arg(long, value_name = "FILE")]
    pub(crate) nodes: Option<PathBuf>,
    /// The directory to write to, empty or absent; without it everything is printed
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

/// Where the sources are and what varies.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// A directory of `.vauban` files, one such file, or `-` for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) path: PathBuf,
    /// Only this environment, instead of all; other environments' files are left as they are
    #[arg(long = "env", value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Give an `input` a value; may be repeated
    #[arg(long = "set", value_name = "INPUT=VALUE", value_parser = input)]
    pub(crate) inputs: Vec<(String, String)>,
    /// Report acceptances whose `until` has passed on this day; without it none expires
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub(crate) today: Option<String>,
}

/// How findings are printed.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// `human` with excerpts, `short` one line each, `json` for programs
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Short,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Dot,
    Mermaid,
    Json,
}

fn input(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write the name of the input, `=` and its value, such as `release=3f2a91c`".to_owned()),
    }
}

fn change(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() && !value.trim().is_empty() => {
            Ok((path.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("write what is changed, `=` and its value, such as `api.replicas=4..40`".to_owned()),
    }
}

fn factor(text: &str) -> Result<Factor, String> {
    Factor::parse(text).ok_or_else(|| "write a factor such as `10x`, `2x` or `1.5x`".to_owned())
}

fn date(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |index: usize, length: usize| {
        let part = parts.get(index).filter(|part| part.len() == length && part.bytes().all(|b| b.is_ascii_digit()));
        part.and_then(|part| part.parse::<u32>().ok())
    };
    let (Some(year), Some(month), Some(day), 3) = (number(0, 4), number(1, 2), number(2, 2), parts.len()) else {
        return Err("write a date as year, month and day, such as `2026-12-31`".to_owned());
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return Err(format!("there is no month {month}")),
    };
    if (1..=days).contains(&day) { Ok(text.to_owned()) } else { Err(format!("month {month} has no day {day}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        assert!(date("2028-02-29").is_ok());
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-1", "tomorrow", "2026-12-31-1", "2026-00-10", "2026-04-31"] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_input_keeps_everything_behind_its_first_equals_sign() {
        assert_eq!(input("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(input("=x").is_err() && input("x").is_err());
    }
}
