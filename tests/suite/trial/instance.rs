//! A small platform in numbers: what a seed makes, before it is written as Kubernetes objects or simulated.

use super::seed::Seed;

/// A machine. Amounts are milli-cores and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) cpu: i64,
    pub(super) memory: i64,
    pub(super) slots: i64,
    /// The value of the label `tier`.
    pub(super) tier: u8,
    /// The value of the label of the zone.
    pub(super) zone: Option<u8>,
    /// Whether it has the taint `dedicated`.
    pub(super) is_tainted: bool,
    /// Of a pool, how many of its nodes there are always; those of one pool stand together.
    pub(super) pool: Option<u8>,
}

/// What makes the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Deployment { surge: u8, unavailable: u8, recreates: bool },
    StatefulSet { claims: bool, parallel: bool },
    DaemonSet { surge: u8 },
    Job,
}

/// How it is written what the pods of a workload request, and how many there are; the numbers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dress {
    Plain,
    /// Half of it is requested, and a vertical autoscaler may double that.
    Raised,
    /// A part of it is a sidecar that something adds.
    Injected,
    /// The pods of a job are those of several runs at once.
    Overlapping,
}

/// What the sidecar requests.
pub(super) const SIDECAR: (i64, i64) = (100, 1000);

/// Whose labels a selector matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selected {
    Own,
    /// All workloads of this group.
    Group(u8),
}

/// A hard spread over hosts, or over zones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    pub(super) over_zones: bool,
    pub(super) skew: u8,
    pub(super) honours_taints: bool,
    pub(super) honours_affinity: bool,
    pub(super) least_domains: Option<u8>,
    pub(super) by_revision: bool,
    pub(super) over: Selected,
}

impl Spread {
    /// The pods of the workload itself, at most one more on a host than on another that it may use.
    pub(super) fn even(by_revision: bool) -> Self {
        Self {
            over_zones: false,
            skew: 1,
            honours_taints: true,
            honours_affinity: true,
            least_domains: None,
            by_revision,
            over: Selected::Own,
        }
    }
}

/// A workload.
#[derive(Debug, Clone)]
pub(super) struct Workload {
    pub(super) form: Form,
    pub(super) cpu: i64,
    pub(super) memory: i64,
    /// Replicas, or the least of an autoscaler.
    pub(super) least: u8,
    /// The most of an autoscaler; the same as `least` where there is none.
    pub(super) most: u8,
    pub(super) priority: u8,
    pub(super) preempts: bool,
    pub(super) tolerates: bool,
    pub(super) tiers: Option<Vec<u8>>,
    pub(super) group: Option<u8>,
    /// Required anti-affinity on the host.
    pub(super) apart: Option<Selected>,
    pub(super) spread: Option<Spread>,
    /// Host port.
    pub(super) port: Option<u16>,
    /// `minAvailable` of a disruption budget.
    pub(super) keeps: Option<u8>,
    /// When it is rolled out.
    pub(super) wave: u8,
    pub(super) dress: Dress,
}

impl Workload {
    pub(super) fn has_claims(&self) -> bool {
        matches!(self.form, Form::StatefulSet { claims: true, .. })
    }

    pub(super) fn is_daemon(&self) -> bool {
        matches!(self.form, Form::DaemonSet { .. })
    }
}

/// Machines and workloads.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    pub(super) machines: Vec<Machine>,
    pub(super) workloads: Vec<Workload>,
    /// Whether like machines that follow each other are declared as several of one.
    pub(super) gathers: bool,
}

/// What instances are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taste {
    /// Requests only.
    Plain,
    /// Requests and priorities.
    Ranked,
    /// A few of everything but claims.
    Mixed,
    /// StatefulSets with claims beside others.
    Bound,
    /// Deployments that roll.
    Rolling,
    /// Selectors over several workloads.
    Grouped,
    /// Spread workloads and DaemonSets above others by priority.
    Layered,
    /// Nodes that come when pods find none, and go when they are empty.
    Pooled,
    /// Small workloads that are spread over zones.
    Zonal,
}

pub(super) const TASTES: [Taste; 9] = [
    Taste::Plain,
    Taste::Ranked,
    Taste::Mixed,
    Taste::Bound,
    Taste::Rolling,
    Taste::Grouped,
    Taste::Layered,
    Taste::Pooled,
    Taste::Zonal,
];

const CPU: i64 = 100;
const MEMORY: i64 = 1000;

impl Instance {
    /// The instance of a seed. The taste changes from seed to seed.
    pub(super) fn of(seed: u64) -> (Taste, Self) {
        let taste = TASTES[usize::try_from(seed).unwrap_or_default() % TASTES.len()];
        let mut instance = Self::tasting(taste, &mut Seed::new(seed));
        instance.dress(&mut Seed::new(!seed));
        (taste, instance)
    }

    /// Writes some workloads in other words.
    fn dress(&mut self, seed: &mut Seed) {
        for one in &mut self.workloads {
            let is_large = one.cpu >= SIDECAR.0 && one.memory >= SIDECAR.1;
            one.dress = match seed.below(10) {
                0..=3 if one.form == Form::Job => Dress::Overlapping,
                4..=6 => Dress::Raised,
                7..=8 if is_large => Dress::Injected,
                _ => Dress::Plain,
            };
        }
    }

    /// How the machines are declared: the first of each run, and how many there are.
    pub(super) fn runs(&self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (index, machine) in self.machines.iter().enumerate() {
            match runs.last_mut() {
                Some((first, count))
                    if self.machines[*first] == *machine && (self.gathers || machine.pool.is_some()) =>
                {
                    *count += 1;
                }
                _ => runs.push((index, 1)),
            }
        }
        runs
    }

    /// The position of a node by its name, `n2` or `n2-1`.
    pub(super) fn node(&self, name: &str) -> Option<usize> {
        let (first, number) = name.strip_prefix('n')?.split_once('-').unwrap_or((name.strip_prefix('n')?, "1"));
        Some(first.parse::<usize>().ok()? + number.parse::<usize>().ok()? - 1)
    }

    /// The name of a node by its position.
    pub(super) fn node_name(&self, position: usize) -> String {
        let runs = self.runs();
        let (first, count) = runs.into_iter().rfind(|(first, _)| *first <= position).unwrap_or((position, 1));
        if count == 1 { format!("n{first}") } else { format!("n{first}-{}", position - first + 1) }
    }

    pub(super) fn tasting(taste: Taste, seed: &mut Seed) -> Self {
        let most_nodes = if taste == Taste::Rolling { 3 } else { 4 };
        let nodes = if seed.chance(10) { 1 } else { seed.between(2, most_nodes) };
        let even = seed.chance(50);
        let first = machine(taste, seed);
        let machines = (0..nodes).map(|_| if even { first.clone() } else { machine(taste, seed) });
        let mut instance = Self { machines: machines.collect(), workloads: Vec::new(), gathers: seed.chance(60) };
        let zones = nodes > 2 && seed.chance(20) || nodes > 1 && taste == Taste::Zonal;
        for (index, machine) in instance.machines.iter_mut().enumerate() {
            let zone = if taste == Taste::Zonal { byte(seed.between(0, 1)) } else { byte(index as i64 % 2) };
            machine.zone = zones.then_some(zone);
        }
        let kinds = seed.between(1, if matches!(taste, Taste::Rolling | Taste::Bound) { 2 } else { 3 });
        let mut left = 8;
        for index in 0..kinds {
            let one =
                if taste == Taste::Layered { layered(seed, left, index == 0) } else { workload(taste, seed, left) };
            left -= one.most.min(left);
            instance.workloads.push(one);
        }
        if taste == Taste::Rolling && seed.chance(60) {
            instance.add_waves(seed);
        }
        if taste == Taste::Pooled {
            instance.add_pool(seed);
        }
        instance
    }

    /// Rolls one workload after the other.
    fn add_waves(&mut self, seed: &mut Seed) {
        for (one, wave) in self.workloads.iter_mut().zip(1..) {
            one.wave = wave;
            if let Form::Deployment { surge, unavailable, .. } = &mut one.form {
                *surge = (*surge).max(1);
                *unavailable = if seed.chance(60) { 0 } else { *unavailable };
            }
        }
    }

    /// Makes the last of the machines, all like each other, a pool.
    fn add_pool(&mut self, seed: &mut Seed) {
        let size = seed.between(1, self.machines.len() as i64);
        let first = self.machines.len() - usize::try_from(size).unwrap_or_default();
        let mut one = self.machines[first].clone();
        one.pool = Some(byte(seed.between(0, size)));
        self.machines[first..].fill(one);
    }
}

fn machine(taste: Taste, seed: &mut Seed) -> Machine {
    let plain = matches!(taste, Taste::Plain | Taste::Ranked | Taste::Layered);
    Machine {
        cpu: CPU * seed.between(4, 14),
        memory: MEMORY * seed.between(4, 14),
        slots: if seed.chance(80) { 110 } else { seed.between(1, 6) },
        tier: if plain || seed.chance(60) { 0 } else { 1 },
        zone: None,
        is_tainted: !plain && seed.chance(15),
        pool: None,
    }
}

fn workload(taste: Taste, seed: &mut Seed, left: u8) -> Workload {
    let least = if seed.chance(5) { 0 } else { byte(seed.between(1, 4)) }.min(left);
    let mut one = Workload {
        form: Form::Deployment { surge: 0, unavailable: 1, recreates: false },
        cpu: if seed.chance(15) { 0 } else { CPU * request(seed) },
        memory: if seed.chance(15) { 0 } else { MEMORY * request(seed) },
        least,
        most: least,
        priority: 0,
        preempts: true,
        tolerates: false,
        tiers: None,
        group: None,
        apart: None,
        spread: None,
        port: None,
        keeps: None,
        wave: 0,
        dress: Dress::Plain,
    };
    if taste == Taste::Plain {
        return one;
    }
    if taste == Taste::Ranked || seed.chance(30) {
        one.priority = byte(seed.between(0, 3));
        one.preempts = !seed.chance(15);
    }
    one.form = form(taste, seed);
    if let Form::Deployment { .. } = one.form
        && seed.chance(25)
    {
        one.most = byte(i64::from(one.least) + seed.between(0, 2)).min(left).max(one.least);
    }
    if matches!(one.form, Form::DaemonSet { .. }) {
        (one.least, one.most) = (1, 1);
    }
    if taste == Taste::Ranked {
        return one;
    }
    if taste == Taste::Zonal {
        (one.cpu, one.memory) = (CPU * seed.between(0, 3), MEMORY * seed.between(0, 2));
        (one.tolerates, one.tiers) = (seed.chance(30), seed.chance(20).then(|| vec![byte(seed.between(0, 1))]));
        one.spread = (!one.is_daemon()).then(|| Spread {
            over_zones: seed.chance(85),
            skew: byte(seed.between(1, 2)),
            honours_taints: seed.chance(70),
            honours_affinity: seed.chance(90),
            least_domains: None,
            by_revision: seed.chance(50),
            over: Selected::Own,
        });
        one.apart = seed.chance(30).then_some(Selected::Own);
        one.port = seed.chance(10).then_some(8000);
        return one;
    }
    one.keeps = (seed.chance(10) && !one.is_daemon()).then(|| byte(seed.between(0, i64::from(one.least))));
    one.tolerates = seed.chance(25);
    one.tiers = seed.chance(25).then(|| vec![byte(seed.between(0, 1))]);
    let grouped = taste == Taste::Grouped;
    one.group = (grouped && seed.chance(70)).then_some(0);
    let over = if grouped && seed.chance(60) { Selected::Group(0) } else { Selected::Own };
    if !one.is_daemon() && seed.chance(50) {
        let usual = seed.chance(60);
        one.spread = Some(Spread {
            over_zones: seed.chance(20),
            skew: if usual || seed.chance(60) { 1 } else { 2 },
            honours_taints: usual || seed.chance(50),
            honours_affinity: usual || seed.chance(70),
            least_domains: if usual || seed.chance(80) { None } else { Some(byte(seed.between(1, 4))) },
            by_revision: seed.chance(50) && !one.has_claims(),
            over,
        });
    } else if seed.chance(25) {
        one.apart = Some(over);
    }
    one.port = seed.chance(10).then(|| 8000 + u16::try_from(seed.between(0, 1)).unwrap_or_default());
    one
}

/// The first is above the others and kept even, on every node, or on one; those below float.
fn layered(seed: &mut Seed, left: u8, is_first: bool) -> Workload {
    let mut one = workload(Taste::Ranked, seed, left);
    if !is_first {
        one.priority = one.priority.min(1);
        return one;
    }
    (one.priority, one.preempts) = (byte(seed.between(2, 3)), true);
    if one.is_daemon() {
        return one;
    }
    if seed.chance(20) {
        one.apart = Some(Selected::Own);
    } else {
        let by_revision = seed.chance(50);
        one.spread = Some(Spread::even(by_revision));
    }
    one
}

/// Small ones are more frequent, so that about half of the instances fit.
fn request(seed: &mut Seed) -> i64 {
    let most = seed.between(1, 7);
    seed.between(1, most)
}

fn form(taste: Taste, seed: &mut Seed) -> Form {
    let rolling = Form::Deployment {
        surge: byte(seed.between(0, 2)),
        unavailable: byte(seed.between(0, 2)),
        recreates: seed.chance(5),
    };
    let set = Form::StatefulSet { claims: taste == Taste::Bound, parallel: seed.chance(15) };
    match (taste, seed.below(10)) {
        (Taste::Rolling, 0..=7) | (_, 0..=3) => rolling,
        (Taste::Bound, 4..=9) | (_, 4..=5) => set,
        (_, 6..=7) => Form::DaemonSet { surge: byte(seed.between(0, 1)) },
        (_, 8) => Form::Job,
        _ => rolling,
    }
}

fn byte(number: i64) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
