//! How long a fleet takes: `check` and `build` of 10, 100 and 1,000 services, in memory.
//!
//! `cargo bench` runs it; `benches/README.md` says what to look at in the numbers.

use std::fmt::Write as _;

use divan::{Bencher, black_box};
use vaubanc::render::render;
use vaubanc::world::MemoryWorld;
use vaubanc::{Compilation, Options, compile};

const SIZES: [usize; 3] = [10, 100, 1000];

/// One namespace is somebody's team, and teams stay small however large the fleet is.
const SERVICES_OF_A_TEAM: usize = 25;

fn main() {
    divan::main();
}

/// A fleet on like nodes that hold it with room to spare. Service `n` needs `n / 2` and wants the one before that,
/// so that paths are as long as the logarithm of the fleet.
fn fleet(services: usize) -> MemoryWorld {
    written(services, 3 + services / 50, "2", "50m")
}

/// The same fleet with autoscaled replicas, which the library spreads hard over the nodes. At its peak it asks for 60 % of their
/// CPU: 8 pods of 400m are 3.2 CPU for each service, and 60 % of a node are 19.2 CPU, which six services ask for.
fn autoscaled(services: usize) -> MemoryWorld {
    written(services, services.div_ceil(6), "3..8", "400m")
}

fn written(services: usize, nodes: usize, replicas: &str, cpu: &str) -> MemoryWorld {
    let mut hardware = format!(
        "hardware rack {{\n  node machine {{\n    count = {nodes}\n    cpu = 32\n    memory = 128GB\n    pods = 250\n  }}\n}}\n\n\
         system fleet on rack {{}}\n\nnamespace edge {{}}\n"
    );
    for team in 0..services.div_ceil(SERVICES_OF_A_TEAM) {
        writeln!(hardware, "namespace team{team} {{}}").expect("writing to a string does not fail");
    }
    let mut text = String::from("use std { ingress-nginx, web }\n\n");
    text.push_str(
        "component ingress : ingress-nginx {\n  namespace = edge\n  cpu = 100m..500m\n  memory = 128Mi..256Mi\n}\n\n",
    );
    for service in 0..services {
        let team = service / SERVICES_OF_A_TEAM;
        write!(
            text,
            "component s{service} : web {{\n  namespace = team{team}\n  image = \"example.org/s{service}:1.0.0\"\n  \
             replicas = {replicas}\n  cpu = {cpu}..1\n  memory = 64Mi..128Mi\n  port = 8080\n"
        )
        .expect("writing to a string does not fail");
        if service > 1 {
            writeln!(text, "  needs s{}\n  wants s{}", service / 2, service / 2 - 1)
                .expect("writing to a string does not fail");
        }
        text.push_str("}\n\n");
    }
    writeln!(text, "expose \"fleet.example.org\" {{ to = s{}, via = ingress }}", services - 1)
        .expect("writing to a string does not fail");
    MemoryWorld::new().with("hardware.vauban", hardware).with("services.vauban", text)
}

/// A fleet that is refused would be measured up to the refusal only.
fn compiled(world: &MemoryWorld) -> Compilation {
    let compilation = compile(world, &Options::default());
    let first = compilation.diagnostics.iter().find(|one| one.severity == vaubanc::diag::Severity::Error);
    assert!(first.is_none(), "{first:?}");
    compilation
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn check(bencher: Bencher<'_, '_>, services: usize) {
    let world = fleet(services);
    bencher.bench_local(|| compiled(black_box(&world)));
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn build(bencher: Bencher<'_, '_>, services: usize) {
    let world = fleet(services);
    bencher.bench_local(|| {
        let compilation = compiled(black_box(&world));
        let (files, faults) = render(&compilation);
        assert!(faults.is_empty(), "{faults:?}");
        (compilation, files)
    });
}

#[divan::bench(args = [1000], sample_count = 5, sample_size = 1)]
fn check_autoscaled(bencher: Bencher<'_, '_>, services: usize) {
    let world = autoscaled(services);
    bencher.bench_local(|| compiled(black_box(&world)));
}
