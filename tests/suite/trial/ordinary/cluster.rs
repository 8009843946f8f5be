//! A cluster with its pods, and where the scheduler may put one: the filters of kube-scheduler, each written from the file that it
//! cites, without a look at the prover.

use super::platform::{Form, Key, Platform, Spread, Volume};

/// A pod that is there, placed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pod {
    pub(super) workload: usize,
    /// 0 before a rollout, 1 after it.
    pub(super) revision: usize,
    pub(super) ordinal: usize,
    /// Of a DaemonSet, the only node that it may be on.
    pub(super) only: Option<usize>,
    pub(super) node: Option<usize>,
}

/// How it stands with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Up,
    /// It takes no pods, and is still listed with a taint.
    Tainted,
    /// It is not listed: it was taken out, or its pool has no need of it.
    Absent,
}

/// Where a volume was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Anywhere,
    Zone(u8),
    Node(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Cluster<'a> {
    pub(super) platform: &'a Platform,
    /// Of which group of machines each node is.
    pub(super) groups: Vec<usize>,
    pub(super) life: Vec<Life>,
    pub(super) pods: Vec<Pod>,
    /// Of each workload the volumes that were made, by ordinal; a claim that is an object is the one of ordinal 0.
    pub(super) volumes: Vec<Vec<Option<Place>>>,
    /// How many pods are on a node, by node, workload and revision.
    on: Vec<Vec<[usize; 2]>>,
}

impl<'a> Cluster<'a> {
    /// Without any pod. Of a pool there are as many nodes as there are always.
    pub(super) fn new(platform: &'a Platform) -> Self {
        let groups = platform.nodes();
        let mut life = vec![Life::Up; groups.len()];
        for (group, machines) in platform.machines.iter().enumerate() {
            let nodes = groups.iter().enumerate().filter(|(_, of)| **of == group).map(|(node, _)| node);
            if let Some(least) = machines.least {
                nodes.skip(least).for_each(|node| life[node] = Life::Absent);
            }
        }
        let workloads = platform.workloads.len();
        Self {
            on: vec![vec![[0; 2]; workloads]; groups.len()],
            volumes: platform.workloads.iter().map(|one| vec![None; one.most.max(1)]).collect(),
            platform,
            groups,
            life,
            pods: Vec::new(),
        }
    }

    pub(super) fn nodes(&self) -> usize {
        self.groups.len()
    }

    pub(super) fn zone(&self, node: usize) -> Option<u8> {
        self.platform.machines[self.groups[node]].zone
    }

    pub(super) fn is_pooled(&self, node: usize) -> bool {
        self.platform.machines[self.groups[node]].least.is_some()
    }

    /// Pods of a workload on a node, of both revisions.
    pub(super) fn on(&self, workload: usize, node: usize) -> usize {
        self.on[node][workload].iter().sum()
    }

    pub(super) fn is_empty(&self, node: usize) -> bool {
        let is_daemon = |workload: usize| self.platform.workloads[workload].is_daemon();
        (0..self.platform.workloads.len()).all(|workload| is_daemon(workload) || self.on(workload, node) == 0)
    }

    pub(super) fn placed(&self, workload: usize) -> usize {
        (0..self.nodes()).map(|node| self.on(workload, node)).sum()
    }

    pub(super) fn put(&mut self, position: usize, node: usize) {
        let pod = &mut self.pods[position];
        pod.node = Some(node);
        self.on[node][pod.workload][pod.revision] += 1;
        let pod = self.pods[position];
        if let Some(volume) = self.platform.workloads[pod.workload].volume {
            let place = match (volume, self.zone(node)) {
                (Volume::Local, _) => Place::Node(node),
                (Volume::Zonal, Some(zone)) => Place::Zone(zone),
                _ => Place::Anywhere,
            };
            let which = self.volume_of(pod);
            self.volumes[pod.workload][which].get_or_insert(place);
        }
    }

    /// The pod leaves its node and waits for another.
    pub(super) fn lift(&mut self, position: usize) {
        let pod = &mut self.pods[position];
        if let Some(node) = pod.node.take() {
            self.on[node][pod.workload][pod.revision] -= 1;
        }
    }

    pub(super) fn remove(&mut self, position: usize) {
        self.lift(position);
        self.pods.swap_remove(position);
    }

    fn volume_of(&self, pod: Pod) -> usize {
        if self.platform.workloads[pod.workload].has_object() { 0 } else { pod.ordinal }
    }

    /// Whether required node affinity and selector admit a node: `plugins/nodeaffinity/node_affinity.go`.
    fn selects(&self, workload: usize, node: usize) -> bool {
        let (one, machines) = (&self.platform.workloads[workload], &self.platform.machines[self.groups[node]]);
        one.tier.is_none_or(|tier| tier == machines.tier)
            && one.zones.as_ref().is_none_or(|zones| machines.zone.is_some_and(|zone| zones.contains(&zone)))
    }

    /// `plugins/tainttoleration/taint_toleration.go`.
    fn tolerates(&self, workload: usize, node: usize) -> bool {
        !self.platform.machines[self.groups[node]].is_tainted || self.platform.workloads[workload].tolerates
    }

    /// Whether a node could ever take a pod of a workload.
    pub(super) fn is_eligible(&self, workload: usize, node: usize) -> bool {
        self.selects(workload, node) && self.tolerates(workload, node)
    }

    /// Where the volume of a pod lets it be: `checkBoundClaims` of `plugins/volumebinding/binder.go`.
    fn reaches(&self, pod: Pod, node: usize) -> bool {
        match self.volumes[pod.workload][self.volume_of(pod)] {
            Some(Place::Node(there)) => there == node,
            Some(Place::Zone(zone)) => self.zone(node) == Some(zone),
            Some(Place::Anywhere) | None => true,
        }
    }

    /// Whether some node that is up could take a pod, were it empty.
    pub(super) fn has_home(&self, pod: Pod) -> bool {
        let is_home = |node: usize| self.life[node] == Life::Up && self.is_eligible(pod.workload, node);
        (0..self.nodes()).any(|node| is_home(node) && self.reaches(pod, node))
    }

    /// What is requested on a node, without what only one more pod adds: CPU, memory, pods, GPUs.
    pub(super) fn used(&self, node: usize) -> [i64; 4] {
        let mut used = [0; 4];
        for (workload, one) in self.platform.workloads.iter().enumerate() {
            let pods = self.on(workload, node) as i64;
            let each = [one.cpu, one.memory, 1, one.gpus];
            used.iter_mut().zip(each).for_each(|(sum, each)| *sum += pods * each);
        }
        used
    }

    pub(super) fn capacity(&self, node: usize) -> [i64; 4] {
        let machines = &self.platform.machines[self.groups[node]];
        [machines.cpu, machines.memory, machines.slots, machines.gpus]
    }

    /// `fitsRequest` of `plugins/noderesources/fit.go`.
    fn has_room(&self, workload: usize, node: usize) -> bool {
        let one = &self.platform.workloads[workload];
        let asked = [one.cpu, one.memory, 1, one.gpus];
        let (used, capacity) = (self.used(node), self.capacity(node));
        (0..4).all(|resource| asked[resource] == 0 || used[resource] + asked[resource] <= capacity[resource])
    }

    /// `Filter` of `plugins/nodevolumelimits/csi.go`: each volume counts once on a node, however many pods mount it.
    fn can_attach(&self, pod: Pod, node: usize) -> bool {
        let Some(limit) = self.platform.attach_limit else { return true };
        let is_network = |workload: usize| {
            let volume = self.platform.workloads[workload].volume;
            volume.is_some_and(|volume| volume != Volume::Local)
        };
        let own = &self.platform.workloads[pod.workload];
        if !is_network(pod.workload) || own.has_object() && self.on(pod.workload, node) > 0 {
            return true;
        }
        let attached: usize = (0..self.platform.workloads.len())
            .filter(|workload| is_network(*workload))
            .map(|workload| match self.platform.workloads[workload].has_object() {
                true => self.on(workload, node).min(1),
                false => self.on(workload, node),
            })
            .sum();
        (attached as i64) < limit
    }

    /// Pods of a workload in the domain of a node. A node without the label is in none.
    fn together(&self, workload: usize, key: Key, node: usize) -> usize {
        match (key, self.zone(node)) {
            (Key::Host, _) => self.on(workload, node),
            (Key::Zone, None) => 0,
            (Key::Zone, zone) => {
                let of = |other: &usize| self.zone(*other) == zone;
                (0..self.nodes()).filter(of).map(|other| self.on(workload, other)).sum()
            }
        }
    }

    /// `satisfyPodAntiAffinity` and `satisfyExistingPodsAntiAffinity` of `plugins/interpodaffinity/filtering.go`.
    fn keeps_apart(&self, workload: usize, node: usize) -> bool {
        let workloads = &self.platform.workloads;
        let refuses = workloads[workload].apart.iter().any(|term| self.together(term.to, term.key, node) > 0);
        let is_refused = |(other, one): (usize, &super::platform::Workload)| {
            one.apart.iter().any(|term| term.to == workload && self.together(other, term.key, node) > 0)
        };
        !refuses && !workloads.iter().enumerate().any(is_refused)
    }

    /// `satisfyPodAffinity` of `plugins/interpodaffinity/filtering.go`: the first of those that seek their own kind is let in.
    fn finds_company(&self, workload: usize, node: usize) -> bool {
        let Some(term) = self.platform.workloads[workload].company else { return true };
        if term.key == Key::Zone && self.zone(node).is_none() {
            return false;
        }
        self.together(term.to, term.key, node) > 0 || term.to == workload && self.placed(workload) == 0
    }

    /// `Filter` of `plugins/podtopologyspread/filtering.go` for one constraint.
    fn stays_even(&self, pod: Pod, spread: Spread, node: usize) -> bool {
        // Only the pods of Deployments have the label of their revision.
        let by_revision =
            spread.by_revision && matches!(self.platform.workloads[pod.workload].form, Form::Deployment { .. });
        let pods_on = |node: usize| match by_revision {
            true => self.on[node][pod.workload][pod.revision],
            false => self.on(pod.workload, node),
        };
        let domain = |node: usize| match spread.key {
            Key::Host => Some(node),
            Key::Zone => self.zone(node).map(usize::from),
        };
        let Some(own) = domain(node) else { return false };
        let counts = |node: usize| match self.life[node] {
            Life::Absent => false,
            Life::Tainted if spread.honours_taints => false,
            _ => self.selects(pod.workload, node) && (!spread.honours_taints || self.tolerates(pod.workload, node)),
        };
        let mut domains: Vec<(usize, usize)> = Vec::new();
        for node in (0..self.nodes()).filter(|node| counts(*node)) {
            let Some(domain) = domain(node) else { continue };
            match domains.iter_mut().find(|(of, _)| *of == domain) {
                Some((_, pods)) => *pods += pods_on(node),
                None => domains.push((domain, pods_on(node))),
            }
        }
        let mut least = domains.iter().map(|(_, pods)| *pods).min().unwrap_or(0);
        if spread.least_domains.is_some_and(|wanted| domains.len() < wanted) {
            least = 0;
        }
        let here = domains.iter().find(|(of, _)| *of == own).map_or(0, |(_, pods)| *pods);
        here < least + spread.skew
    }

    /// Whether the scheduler may put a pod on a node as it is now.
    pub(super) fn admits(&self, pod: Pod, node: usize) -> bool {
        self.could_go(pod, node)
            && self.has_room(pod.workload, node)
            && self.can_attach(pod, node)
            && self.keeps_apart(pod.workload, node)
            && self.finds_company(pod.workload, node)
            && self.platform.workloads[pod.workload].spreads.iter().all(|spread| self.stays_even(pod, *spread, node))
    }

    /// What nobody's leaving changes.
    pub(super) fn could_go(&self, pod: Pod, node: usize) -> bool {
        self.life[node] == Life::Up
            && self.is_eligible(pod.workload, node)
            && pod.only.is_none_or(|only| only == node)
            && self.reaches(pod, node)
    }

    /// Who is where, in words.
    pub(super) fn describe(&self) -> String {
        let mut parts = Vec::new();
        for node in 0..self.nodes() {
            let mut pods = Vec::new();
            for workload in 0..self.platform.workloads.len() {
                for (revision, mark) in ["", "'"].iter().enumerate() {
                    match self.on[node][workload][revision] {
                        0 => {}
                        count => pods.push(format!("{count} t{workload}{mark}")),
                    }
                }
            }
            let life = if self.life[node] == Life::Up { String::new() } else { format!(" {:?}", self.life[node]) };
            parts.push(format!("node {node} of n{}{life}: {}", self.groups[node], pods.join(" + ")));
        }
        let waits = self.pods.iter().filter(|pod| pod.node.is_none());
        let waits: Vec<String> = waits.map(|pod| format!("t{}", pod.workload)).collect();
        format!("{}; waiting: {}", parts.join("; "), waits.join(" "))
    }
}
