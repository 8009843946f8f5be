//! Verdicts and what shows them. `docs/proof.md` says how each piece of evidence is checked.

/// What is proved of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Whatever the scheduler chooses, everything finds its place.
    Guaranteed,
    /// There is a placement, and the scheduler may miss it.
    Possible,
    DoesNotFit,
    Undecided,
    /// The state cannot occur.
    Empty,
}

impl Verdict {
    /// As `proof.json` writes it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Guaranteed => "fits-guaranteed",
            Self::Possible => "fits-possible",
            Self::DoesNotFit => "does-not-fit",
            Self::Undecided => "undecided",
            Self::Empty => "empty",
        }
    }
}

/// Why a guarantee holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// There is one node, and everything fits on it together.
    Sums,
    /// Every pod has one node that it can go to, and everything that may come there fits on it.
    Pinned,
    /// The constraints bound what can come together on any node, and that fits.
    Balanced,
    /// Whatever lies where, some node has room.
    AnyOrder,
}

impl Ground {
    /// As `proof.json` writes it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Sums => "sums",
            Self::Pinned => "pinned",
            Self::Balanced => "balanced",
            Self::AnyOrder => "any-order",
        }
    }

    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Sums => "everything together fits on the one node",
            Self::Pinned => "every pod has one node, and all that may come there fits on it",
            Self::Balanced => "the most that the constraints let onto any node fits on it",
            Self::AnyOrder => "whatever lies where, some node has room",
        }
    }
}

/// A type in a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    pub name: String,
    pub count: i128,
    pub nodes: i128,
    pub per_node: i128,
}

/// The most of a resource that can be asked of a node of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassSum {
    pub class: String,
    /// `cpu`, `memory`, `ephemeral-storage`, `pods`; for disks the name of the disk.
    pub resource: String,
    pub sum: i128,
    pub allocatable: i128,
}

/// Sums over what the constraints let onto one node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Charge {
    pub types: Vec<Charged>,
    pub sums: Vec<ClassSum>,
    /// Deployments whose surge is left out, because they can make room themselves.
    pub waits: Vec<String>,
}

/// What is left when a node of a class is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossCase {
    pub class: String,
    pub charge: Charge,
}

/// The weight of all other pods for one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    pub name: String,
    pub total: i128,
    pub limit: i128,
}

/// Memory limits on a node of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSum {
    pub class: String,
    pub sum: i128,
    /// The part of the sum that containers state as limits; the rest is whole nodes for pods without one.
    pub stated: i128,
    /// What the sum may be, in percent of what is allocatable.
    pub cap: i128,
    pub allocatable: i128,
    pub unlimited: Vec<String>,
}

/// Claims of one kind on the disks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimCharge {
    pub claim: String,
    pub storage_class: String,
    pub each: i128,
    pub count: i128,
    pub per_node: i128,
}

/// A disk of a class of nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskSum {
    pub class: String,
    pub disk: String,
    pub sum: i128,
    pub usable: i128,
}

/// A key of a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaKey {
    pub quota: String,
    pub key: String,
    pub used: i128,
    pub hard: i128,
}

/// A resource of which one pod wants more than a node has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooSmall {
    pub class: String,
    pub resource: String,
    pub request: i128,
    pub allocatable: i128,
}

/// What a unit of a resource costs on the nodes of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    pub class: String,
    pub resource: String,
    pub weight: i128,
}

/// What shows a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    Charge(Charge),
    AnyOrder(Vec<Weighed>),
    /// Node, type, number.
    Placement(Vec<(String, String, i128)>),
    Loss(Vec<LossCase>),
    Limits(Vec<LimitSum>),
    Disks {
        claims: Vec<ClaimCharge>,
        sums: Vec<DiskSum>,
    },
    Quotas(Vec<QuotaKey>),
    NoNode {
        name: String,
    },
    Oversize {
        name: String,
        places: Vec<TooSmall>,
    },
    /// Class and how many it takes on each node.
    Count {
        name: String,
        count: i128,
        places: Vec<(String, i128)>,
        total: i128,
    },
    Sum {
        types: Vec<String>,
        /// Those of the types that cannot stand together, whatever becomes of the others.
        minimal: Vec<String>,
        classes: Vec<String>,
        resource: String,
        demand: i128,
        allocatable: i128,
    },
    /// Prices by which all pods cost more than the nodes have, wherever they go.
    Farkas {
        weights: Vec<Price>,
        minimal: Vec<String>,
    },
    /// Weights of pods, of which a node of each class carries at most so much.
    Weights {
        types: Vec<(String, i128)>,
        minimal: Vec<String>,
        classes: Vec<(String, i128)>,
        /// Of all pods, and of what all nodes can carry.
        total: i128,
        limit: i128,
    },
    Unserved {
        claim: String,
        storage_class: Option<String>,
    },
    ClaimOversize {
        claim: String,
        each: i128,
        usable: i128,
    },
    ClaimsSum {
        storage_class: String,
        demand: i128,
        usable: i128,
    },
    Quota(QuotaKey),
    MissingKey {
        name: String,
        container: String,
        key: String,
    },
    InvalidPod {
        name: String,
        container: String,
        resource: String,
        request: i128,
        limit: i128,
    },
}

/// A state and what is proved of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateProof {
    /// `S0` to `S7`.
    pub state: &'static str,
    /// The state whose counts it has: `S0` or `S1`.
    pub at: &'static str,
    /// `all`, or `wave 3`.
    pub rolling: Option<String>,
    pub required: bool,
    pub verdict: Verdict,
    pub ground: Option<Ground>,
    pub evidence: Option<Evidence>,
    /// For undecided and empty states.
    pub reason: Option<String>,
}

impl StateProof {
    /// For people: `steady`, `rollout of wave 3`.
    #[must_use]
    pub fn title(&self) -> String {
        let name = match self.state {
            "S0" => "steady",
            "S1" => "peak",
            "S2" => "rollout",
            "S3" => "loss of a node",
            "S4" => "drain of a node",
            "S5" => "memory limits",
            "S6" => "disks",
            _ => "quotas",
        };
        match (&self.rolling, self.state) {
            (Some(rolling), "S2") if rolling == "all" => format!("{name} of everything at once"),
            (Some(rolling), "S2") => format!("{name} of {rolling}"),
            (Some(rolling), "S7") if rolling != "all" => format!("{name} while {rolling} rolls"),
            (None, "S3" | "S4") => format!("{name} at {}", if self.at == "S0" { "steady" } else { "peak" }),
            _ => name.to_owned(),
        }
    }

    /// Why the verdict holds, in words; nothing where the evidence of a refusal says it all.
    #[must_use]
    pub fn why(&self) -> String {
        match (self.state, self.verdict) {
            ("S5", Verdict::Guaranteed) if self.required => {
                "no node can be asked for more than the declared overcommit".to_owned()
            }
            ("S5", Verdict::Guaranteed) => "no node can be asked for more than it has".to_owned(),
            ("S5", Verdict::DoesNotFit) if self.required => {
                "when every container uses all that it may, it is more than the declared overcommit".to_owned()
            }
            ("S5", Verdict::DoesNotFit) => {
                "when every container uses all that it may; not every node type declares an `overcommit`".to_owned()
            }
            ("S6", Verdict::Guaranteed) => "the most that may come to lie on any disk fits on it".to_owned(),
            ("S7", Verdict::Guaranteed) => "no quota refuses anything".to_owned(),
            _ => {
                self.ground.map(|ground| ground.words().to_owned()).or_else(|| self.reason.clone()).unwrap_or_default()
            }
        }
    }
}
