//! How long the proof of a large cluster takes, and how long its check: over 10,000 pods of 200 types on 1,000 nodes of five classes,
//! and the same shape at a quarter and a sixteenth of the size, at three degrees of use.
//!
//! `cargo bench --bench proof` runs it; `benches/README.md` says what to look at in the numbers.

#![expect(clippy::print_stdout, reason = "a benchmark says what it has measured")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use divan::{Bencher, black_box};
use vaubanc::data::{Node as Tree, yaml};
use vaubanc::eval::model::Model;
use vaubanc::fit::evidence::json;
use vaubanc::fit::{EnvironmentProof, Reading, Scenario, prove};
use vaubanc::objects::Object;
use vaubanc::verify::{Given, verify};
use vaubanc::world::MemoryWorld;
use vaubanc::{Options, compile};

const MILLI: i64 = 1000;
const GIB: i64 = 1 << 30;

/// Cores and GiB of a node, and how many of a thousand nodes are of the class.
const CLASSES: [(&str, i64, i64, usize); 5] = [
    ("general", 32, 128, 300),
    ("small", 16, 64, 250),
    ("compute", 48, 96, 200),
    ("memory", 32, 256, 150),
    ("large", 96, 512, 100),
];

/// What shares a label with another class, so that a selector may mean both.
const POOLS: [&str; 5] = ["a", "a", "b", "c", "b"];

/// Parts of the full size, and use in percent.
const CASES: [(usize, i64); 9] = [(16, 70), (16, 90), (16, 98), (4, 70), (4, 90), (4, 98), (1, 70), (1, 90), (1, 98)];

/// Numbers that are the same in each run.
struct Seed(u64);

impl Seed {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or_default()
    }
}

/// Pods that are alike.
struct Kind {
    is_daemon: bool,
    cpu: i64,
    memory: i64,
    /// The classes that it may use, by position.
    classes: Vec<usize>,
    selector: Option<(&'static str, &'static str)>,
    priority: usize,
    count: usize,
}

/// A request between a sixtieth and a twelfth of a node of the first class, in proportions near those of the nodes that it is
/// meant for. The fewer nodes a type may use, the higher it ranks, as `prove` advises.
fn kind(seed: &mut Seed, index: usize) -> Kind {
    let main = index % CLASSES.len();
    let (name, cores, gib, _) = CLASSES[main];
    let of = |wanted: &dyn Fn(usize) -> bool| (0..CLASSES.len()).filter(|class| wanted(*class)).collect::<Vec<_>>();
    let (classes, selector, priority) = match index % 4 {
        0 => (vec![main], Some(("class", name)), 2),
        1 => (of(&|class| POOLS[class] == POOLS[main]), Some(("pool", POOLS[main])), 1),
        _ => (of(&|_| true), None, 0),
    };
    if index == 7 || index == 47 {
        let cpu = 100 + 50 * index as i64 % 150;
        return Kind { is_daemon: true, cpu, memory: GIB / 8, classes, selector, priority: 3, count: 0 };
    }
    // Each about four fifths of the one before, so that some twenty pods fill a node.
    let parts = [60, 48, 38, 30, 24, 20, 16, 14, 12][seed.below(9)];
    // What may go anywhere is no larger than for the smallest node, and as most nodes are.
    let (cores, gib) = if selector.is_none() { (16, 64) } else { (cores, gib) };
    let smallest = classes.iter().map(|class| CLASSES[*class].1).min().unwrap_or(cores).min(cores);
    let cpu = smallest * MILLI / parts;
    let memory = cpu * gib * GIB / (cores * MILLI) * [3, 4, 5][seed.below(3)] / 4;
    Kind { is_daemon: false, cpu, memory, classes, selector, priority, count: 0 }
}

/// Types with the counts of a placement that was made node by node, so that there is one.
fn fleet(part: usize, percent: i64) -> (Vec<Kind>, [usize; 5]) {
    let mut seed = Seed(part as u64 * 1000 + 7);
    let sizes = CLASSES.map(|(_, _, _, count)| count / part);
    let mut kinds: Vec<Kind> = (0..200 / part).map(|index| kind(&mut seed, index)).collect();
    let mut nodes: Vec<(usize, i64, i64)> = Vec::new();
    for (class, size) in sizes.iter().enumerate() {
        nodes.extend(std::iter::repeat_n((class, 0, 0), *size));
    }
    let capacity = |class: usize| (CLASSES[class].1 * MILLI, CLASSES[class].2 * GIB);
    for one in kinds.iter_mut().filter(|one| one.is_daemon) {
        for (class, cpu, memory) in &mut nodes {
            if one.classes.contains(class) {
                (*cpu, *memory) = (*cpu + one.cpu, *memory + one.memory);
            }
        }
    }
    for (class, cpu, memory) in &mut nodes {
        let (cpus, bytes) = capacity(*class);
        let floating: Vec<usize> = (0..kinds.len())
            .filter(|index| !kinds[*index].is_daemon && kinds[*index].classes.contains(class))
            .collect();
        let mut failed = 0;
        while failed < 60
            && (*cpu * 100).max(*memory * 100 / bytes * cpus) < percent * cpus
            && (*memory * 100) < percent * bytes
        {
            let one = &mut kinds[floating[seed.below(floating.len())]];
            if *cpu + one.cpu <= cpus && *memory + one.memory <= bytes {
                (*cpu, *memory) = (*cpu + one.cpu, *memory + one.memory);
                one.count += 1;
            } else {
                failed += 1;
            }
        }
    }
    (kinds, sizes)
}

fn hardware(sizes: [usize; 5]) -> String {
    let mut text = String::from("use std { unit }\nhardware rack {\n");
    for ((name, cores, gib, _), (pool, count)) in CLASSES.iter().zip(POOLS.iter().zip(sizes)) {
        writeln!(
            text,
            "  node {name} {{ count = {count}, cpu = {cores}, memory = {gib}GiB, observed = true, pods = 250, labels = {{ class = \"{name}\", pool = \"{pool}\" }} }}"
        )
        .expect("writing to a string does not fail");
    }
    text.push_str("}\nsystem fleet on rack {}\nkind objects : unit { emit \"v1\" ConfigMap { data { a = \"b\" } } }\ncomponent objects : objects {}\n");
    text
}

fn document(index: usize, one: &Kind) -> String {
    let kind = if one.is_daemon { "DaemonSet" } else { "Deployment" };
    let (mut pod, mut spec) = (String::new(), String::new());
    if let Some((key, value)) = one.selector {
        write!(pod, ", nodeSelector: {{{key}: {value}}}").expect("writing to a string does not fail");
    }
    if one.priority > 0 {
        write!(pod, ", priorityClassName: level-{}", one.priority).expect("writing to a string does not fail");
    }
    if !one.is_daemon {
        write!(spec, "replicas: {}, strategy: {{rollingUpdate: {{maxSurge: 0, maxUnavailable: 1}}}}, ", one.count)
            .expect("writing to a string does not fail");
    }
    format!(
        "{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: t{index}, namespace: fleet}}, spec: {{{spec}selector: {{matchLabels: {{app: \
         t{index}}}}}, template: {{metadata: {{labels: {{app: t{index}}}}}, spec: {{containers: [{{name: main, image: 'example.org/t{index}:1', \
         resources: {{requests: {{cpu: {}m, memory: {}}}, limits: {{memory: {}}}}}}}]{pod}}}}}}}}}\n",
        one.cpu, one.memory, one.memory
    )
}

/// A cluster and what is to be proved of it.
struct Cluster {
    model: Model,
    objects: Vec<Object>,
    pods: usize,
}

fn cluster(part: usize, percent: i64) -> Cluster {
    let (kinds, sizes) = fleet(part, percent);
    let compilation = compile(&MemoryWorld::new().with("main.vauban", hardware(sizes)), &Options::default());
    let view = compilation.views.into_iter().next().expect("the pattern compiles");
    let pattern = view.objects.into_iter().next().expect("the pattern emits an object");
    let mut documents: Vec<String> = kinds.iter().enumerate().map(|(index, one)| document(index, one)).collect();
    for level in 1..4 {
        documents.push(format!(
            "{{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {{name: level-{level}}}, value: {level}00}}\n"
        ));
    }
    let object = |text: &String| {
        let body = yaml::read_all(text).expect("documents are YAML").remove(0);
        let at = |path: &[&str]| body.at(path).and_then(Tree::as_str).map(str::to_owned);
        Object {
            api_version: at(&["apiVersion"]).expect("an object has an API"),
            kind: at(&["kind"]).expect("an object has a kind"),
            name: at(&["metadata", "name"]).expect("an object has a name"),
            namespace: at(&["metadata", "namespace"]),
            body,
            ..pattern.clone()
        }
    };
    let nodes: usize = sizes.iter().sum();
    let of = |one: &Kind| if one.is_daemon { nodes * one.classes.len() / CLASSES.len() } else { one.count };
    Cluster { model: view.model, objects: documents.iter().map(object).collect(), pods: kinds.iter().map(of).sum() }
}

fn proved(cluster: &Cluster) -> EnvironmentProof {
    prove(&Reading::of(Scenario { model: &cluster.model, objects: &cluster.objects }, &[]))
}

fn given(cluster: &Cluster, proof: &EnvironmentProof) -> Given {
    let text = |nodes: Vec<&Tree>| nodes.into_iter().map(yaml::document).collect::<Vec<_>>().join("---\n");
    Given {
        manifests: Some(text(cluster.objects.iter().map(|object| &object.body).collect())),
        nodes: Some(text(proof.nodes.iter().collect())),
        ..Given::default()
    }
}

/// `cargo bench --bench proof -- case 16 90` proves one case once and says what came out; this is what memory is measured with.
fn case(part: usize, percent: i64) {
    let cluster = cluster(part, percent);
    let begin = Instant::now();
    let proof = proved(&cluster);
    let to_prove = begin.elapsed();
    let text = json::document([&proof]);
    let given = given(&cluster, &proof);
    let begin = Instant::now();
    let report = verify(&text, &BTreeMap::<String, String>::new(), &given);
    let to_verify = begin.elapsed();
    let refusals = report.map_or_else(|fault| vec![fault], |report| report.refusals());
    let states: Vec<String> = proof
        .states
        .iter()
        .map(|one| {
            format!(
                "{}@{} {} {}",
                one.state.key(),
                one.at.key(),
                one.verdict.key(),
                one.ground.map_or("", |ground| ground.key())
            )
        })
        .collect();
    println!(
        "1/{part} at {percent} %: {} pods, {} nodes, proof {} ms, {} bytes, check {} ms, refused: {refusals:?}\n  {}",
        cluster.pods,
        proof.nodes.len(),
        to_prove.as_millis(),
        text.len(),
        to_verify.as_millis(),
        states.join("\n  ")
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse::<usize>().ok());
    match (arguments.get(1).map(String::as_str), number(2), number(3)) {
        (Some("case"), Some(part), Some(percent)) => case(part, i64::try_from(percent).unwrap_or(100)),
        _ => divan::main(),
    }
}

#[divan::bench(args = CASES, sample_count = 3, sample_size = 1)]
fn prove_all(bencher: Bencher<'_, '_>, (part, percent): (usize, i64)) {
    let cluster = cluster(part, percent);
    bencher.bench_local(|| proved(black_box(&cluster)));
}

#[divan::bench(args = CASES, sample_count = 3, sample_size = 1)]
fn check(bencher: Bencher<'_, '_>, (part, percent): (usize, i64)) {
    let cluster = cluster(part, percent);
    let proof = proved(&cluster);
    let (text, given) = (json::document([&proof]), given(&cluster, &proof));
    bencher.bench_local(|| verify(black_box(&text), &BTreeMap::<String, String>::new(), &given));
}
