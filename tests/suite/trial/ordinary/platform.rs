//! An ordinary platform in numbers: machines over zones, and workloads as people write them, before they are written as Kubernetes
//! objects or simulated.

use super::super::seed::Seed;

pub(super) const GIB: i64 = 1 << 30;

/// Machines of one type in one zone. Amounts are milli-cores and bytes.
#[derive(Debug, Clone)]
pub(super) struct Machines {
    pub(super) count: usize,
    pub(super) cpu: i64,
    pub(super) memory: i64,
    /// How many pods the kubelet takes.
    pub(super) slots: i64,
    pub(super) gpus: i64,
    pub(super) zone: Option<u8>,
    /// The value of the label `tier`.
    pub(super) tier: u8,
    /// Whether they have the taint `dedicated`.
    pub(super) is_tainted: bool,
    /// Of a pool that an autoscaler makes larger and smaller, how many there are always.
    pub(super) least: Option<usize>,
}

/// What makes the pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Deployment {
        surge: usize,
        unavailable: usize,
        recreates: bool,
    },
    /// With claims of its own where `claims` says of which storage.
    StatefulSet {
        parallel: bool,
    },
    DaemonSet {
        surge: bool,
    },
}

/// Over what pods are kept apart, even or together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Host,
    Zone,
}

/// A hard spread over the pods of the workload itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    pub(super) key: Key,
    pub(super) skew: usize,
    pub(super) honours_taints: bool,
    pub(super) by_revision: bool,
    pub(super) least_domains: Option<usize>,
}

/// A required term of affinity or anti-affinity to the pods of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) key: Key,
    pub(super) to: usize,
}

/// What lies behind a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Volume {
    /// A network volume that is attached in its zone only.
    Zonal,
    /// A network volume that is attached anywhere.
    Free,
    /// A directory of a node.
    Local,
}

#[derive(Debug, Clone)]
pub(super) struct Workload {
    pub(super) form: Form,
    pub(super) cpu: i64,
    pub(super) memory: i64,
    pub(super) gpus: i64,
    /// Replicas, or the least and the most of an autoscaler; of a DaemonSet 1.
    pub(super) least: usize,
    pub(super) most: usize,
    /// 0 is none.
    pub(super) priority: u8,
    pub(super) tolerates: bool,
    /// The only value of the label `tier` that it selects.
    pub(super) tier: Option<u8>,
    /// The only zones that it may go to, by required node affinity.
    pub(super) zones: Option<Vec<u8>>,
    pub(super) spreads: Vec<Spread>,
    /// Whether it states a soft spread, which binds nobody.
    pub(super) has_soft_spread: bool,
    pub(super) apart: Vec<Term>,
    pub(super) company: Option<Term>,
    /// Of a StatefulSet a claim for each pod, of others one that all of their pods mount.
    pub(super) volume: Option<Volume>,
    /// `maxUnavailable` of a disruption budget.
    pub(super) lets_go: Option<usize>,
}

impl Workload {
    pub(super) fn is_daemon(&self) -> bool {
        matches!(self.form, Form::DaemonSet { .. })
    }

    /// Whether all of its pods share one volume.
    pub(super) fn has_object(&self) -> bool {
        self.volume.is_some() && !matches!(self.form, Form::StatefulSet { .. })
    }

    /// Whether its pods are not expected on another node than that of their volumes: these are bound to one, or to a zone in which
    /// the pods keep to nodes of their own.
    pub(super) fn stays(&self, own: usize) -> bool {
        let by_host = self.spreads.iter().any(|spread| spread.key == Key::Host)
            || self.apart.contains(&Term { key: Key::Host, to: own });
        self.volume == Some(Volume::Local) || self.volume == Some(Volume::Zonal) && by_host
    }

    /// By how many its rollout may have more pods than its peak.
    pub(super) fn surge(&self) -> usize {
        match self.form {
            Form::Deployment { surge, recreates: false, .. } if self.most > 0 => surge,
            _ => 0,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Platform {
    pub(super) machines: Vec<Machines>,
    pub(super) workloads: Vec<Workload>,
    /// How many network volumes a node attaches.
    pub(super) attach_limit: Option<i64>,
}

impl Platform {
    /// The platform of a seed.
    pub(super) fn of(seed: u64) -> Self {
        let seed = &mut Seed::new(seed);
        let mut platform = Self {
            machines: machines(seed),
            workloads: Vec::new(),
            attach_limit: seed.chance(50).then(|| seed.between(8, 28)),
        };
        // How full it is on average, and how large pods are: most platforms have room, and some are at the edge of their verdict.
        let fill = [15, 30, 45, 60, 75, 90, 105][number(seed.below(7))];
        let wanted = number(seed.between(2, 7) as u64);
        // Now and then everything of one platform is plain, so that room alone decides.
        let odd = [0, 10, 25, 40][number(seed.below(4))];
        for index in 0..wanted {
            let one = workload(seed, &platform, index, wanted, fill, odd);
            platform.workloads.push(one);
        }
        platform
    }

    /// Of which group each node is.
    pub(super) fn nodes(&self) -> Vec<usize> {
        let all = self.machines.iter().enumerate();
        all.flat_map(|(group, machines)| std::iter::repeat_n(group, machines.count)).collect()
    }
}

fn number(value: u64) -> usize {
    usize::try_from(value).unwrap_or_default()
}

/// One or two types of machines over one to three zones.
fn machines(seed: &mut Seed) -> Vec<Machines> {
    let zones = [0, 1, 2, 3, 3, 3][number(seed.below(6))];
    let types = if seed.chance(70) { 1 } else { 2 };
    let mut all = Vec::new();
    for position in 0..types {
        let cpu = [2000, 4000, 4000, 8000, 16000][number(seed.below(5))];
        let memory = cpu / 1000 * GIB * [2, 4, 4, 8][number(seed.below(4))];
        let is_first = position == 0;
        let one = Machines {
            count: number(seed.between(1, if zones == 3 { 3 } else { 4 }) as u64),
            cpu,
            memory,
            slots: if seed.chance(85) { 110 } else { seed.between(8, 29) },
            gpus: if !is_first && seed.chance(40) { seed.between(1, 4) } else { 0 },
            zone: None,
            tier: u8::from(!is_first),
            is_tainted: !is_first && seed.chance(40),
            least: None,
        };
        // Now and then a zone has fewer of them than the others.
        let uneven = seed.chance(20);
        for zone in 0..zones.max(1) {
            let count = if uneven && zone == 0 { 1 } else { one.count };
            all.push(Machines { count, zone: (zones > 0).then_some(zone), ..one.clone() });
        }
    }
    // One group may be a pool.
    if seed.chance(15) {
        let which = number(seed.below(all.len() as u64));
        let most = all[which].count + number(seed.between(0, 2) as u64);
        all[which].least = Some(number(seed.below(most as u64 + 1)));
        all[which].count = most;
    }
    all
}

fn workload(seed: &mut Seed, platform: &Platform, index: usize, wanted: usize, fill: i64, odd: u64) -> Workload {
    let nodes: i64 = platform.machines.iter().map(|machines| machines.count as i64).sum();
    let (cpu, memory) = platform.machines.iter().fold((0, 0), |(cpu, memory), machines| {
        (cpu + machines.cpu * machines.count as i64, memory + machines.memory * machines.count as i64)
    });
    let least = if seed.chance(25) { 1 } else { number(seed.between(2, 6.min(nodes + 2)) as u64) };
    let share = |total: i64, least: usize, seed: &mut Seed| {
        let each = total * fill / 100 / wanted as i64 / least as i64;
        (each * seed.between(40, 160) / 100).max(1)
    };
    let smallest = platform.machines.iter().map(|machines| (machines.cpu, machines.memory)).min().unwrap_or((1, 1));
    let mut one = Workload {
        form: Form::Deployment { surge: 1, unavailable: 0, recreates: false },
        cpu: (share(cpu, least, seed).min(smallest.0 * 3 / 4) / 50 * 50).max(50),
        memory: (share(memory, least, seed).min(smallest.1 * 3 / 4) / (GIB / 16)).max(1) * (GIB / 16),
        gpus: 0,
        least,
        most: least,
        priority: 0,
        tolerates: seed.chance(20),
        tier: seed.chance(odd / 2).then(|| u8::try_from(seed.below(2)).unwrap_or_default()),
        zones: None,
        spreads: Vec::new(),
        has_soft_spread: seed.chance(30),
        apart: Vec::new(),
        company: None,
        volume: None,
        lets_go: None,
    };
    if one.tier == Some(1) {
        one.tolerates = true;
        if platform.machines.iter().any(|machines| machines.gpus > 0) && seed.chance(60) {
            one.gpus = 1;
        }
        if platform.machines.iter().all(|machines| machines.tier == 0) {
            one.tier = None;
        }
    }
    match seed.below(20) {
        0..=1 => {
            one.form = Form::DaemonSet { surge: seed.chance(odd / 2) };
            (one.least, one.most, one.tolerates) = (1, 1, true);
            one.priority = if seed.chance(60) { 3 } else { 0 };
            (one.cpu, one.memory) = (50 * seed.between(1, 4), GIB / 16 * seed.between(1, 4));
            one.gpus = 0;
            return one;
        }
        2..=5 => one.form = Form::StatefulSet { parallel: seed.chance(10) },
        6 => one.form = Form::Deployment { surge: 0, unavailable: 0, recreates: true },
        _ => {
            let (surge, unavailable) = match seed.below(4) {
                // A quarter of each, as Kubernetes has it where nobody says otherwise.
                0..=1 => (one.least.div_ceil(4), one.least / 4),
                2 => (1, 0),
                _ => (0, 1),
            };
            one.form = Form::Deployment { surge, unavailable, recreates: false };
            if seed.chance(20) {
                one.most = one.least + number(seed.between(1, 3) as u64);
            }
        }
    }
    let has_zones = platform.machines.iter().any(|machines| machines.zone.is_some());
    let key = |seed: &mut Seed| if has_zones && seed.chance(45) { Key::Zone } else { Key::Host };
    if seed.chance(odd / 3) {
        one.priority = u8::try_from(seed.between(1, 2)).unwrap_or_default();
    }
    if has_zones && seed.chance(odd / 3) {
        one.zones = Some(if seed.chance(50) { vec![0] } else { vec![0, 1] });
    }
    if seed.chance(odd) {
        let spread = |key, seed: &mut Seed| Spread {
            key,
            skew: if seed.chance(80) { 1 } else { 2 },
            honours_taints: seed.chance(60),
            by_revision: seed.chance(40),
            least_domains: seed.chance(8).then(|| number(seed.between(1, 3) as u64)),
        };
        if has_zones && seed.chance(25) {
            one.spreads = vec![spread(Key::Host, seed), spread(Key::Zone, seed)];
        } else {
            let key = key(seed);
            one.spreads = vec![spread(key, seed)];
        }
        // What is written for one workload is written alike.
        let first = one.spreads[0];
        for spread in &mut one.spreads {
            (spread.by_revision, spread.honours_taints) = (first.by_revision, first.honours_taints);
        }
    } else if seed.chance(odd / 2) {
        one.apart.push(Term { key: key(seed), to: index });
    }
    if index > 0 && seed.chance(odd / 3) {
        let term = Term { key: key(seed), to: number(seed.below(index as u64)) };
        if seed.chance(60) { one.apart.push(term) } else { one.company = Some(term) }
    }
    let volume = match seed.below(10) {
        0..=6 => Volume::Zonal,
        7..=8 => Volume::Free,
        _ => Volume::Local,
    };
    let may_have = match one.form {
        Form::StatefulSet { .. } => 70,
        _ if one.most == 1 => odd / 2,
        // A directory that all replicas share is of a kind that may be mounted by many.
        _ => odd / 6,
    };
    if seed.chance(may_have) {
        one.volume = Some(match volume {
            Volume::Zonal if !has_zones => Volume::Free,
            other => other,
        });
    }
    if seed.chance(40) {
        one.lets_go = Some(if seed.chance(80) { 1 } else { 0 });
    }
    one
}
