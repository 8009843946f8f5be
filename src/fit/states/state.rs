//! Which states are proved, as types: whoever must know one matches on all of them.

/// A state of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The fewest replicas.
    S0,
    /// The most replicas.
    S1,
    /// A rollout at the peak.
    S2,
    /// The loss of a node or a zone.
    S3,
    /// The drain of a node.
    S4,
    /// Memory when every container uses what it may.
    S5,
    /// Claims on disks.
    S6,
    /// What the API server admits.
    S7,
}

impl State {
    /// All of them, in the order in which people ask for them.
    pub const ALL: [Self; 8] = [Self::S0, Self::S1, Self::S2, Self::S3, Self::S4, Self::S5, Self::S6, Self::S7];

    /// As `proof.json` writes it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::S0 => "S0",
            Self::S1 => "S1",
            Self::S2 => "S2",
            Self::S3 => "S3",
            Self::S4 => "S4",
            Self::S5 => "S5",
            Self::S6 => "S6",
            Self::S7 => "S7",
        }
    }

    /// Whether it must place all pods on all nodes.
    #[must_use]
    pub fn is_placing(self) -> bool {
        match self {
            Self::S0 | Self::S1 | Self::S2 => true,
            Self::S3 | Self::S4 | Self::S5 | Self::S6 | Self::S7 => false,
        }
    }

    /// Whether it is about a node that is not there.
    #[must_use]
    pub fn is_absence(self) -> bool {
        match self {
            Self::S3 | Self::S4 => true,
            Self::S0 | Self::S1 | Self::S2 | Self::S5 | Self::S6 | Self::S7 => false,
        }
    }
}

/// The counts that a state has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// The least replicas; no job runs.
    Steady,
    /// Every autoscaler at its maximum at once, and one run of every job.
    Peak,
}

impl At {
    /// Both, the smaller first.
    pub const ALL: [Self; 2] = [Self::Steady, Self::Peak];

    /// As `proof.json` writes it: the state that has no more than these counts.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Steady => State::S0.key(),
            Self::Peak => State::S1.key(),
        }
    }
}

/// What rolls together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rolling {
    All,
    Wave(i128),
    /// Everything at once, with all old pods still there.
    Terminating,
}

impl Rolling {
    /// As `proof.json` writes it.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Wave(wave) => format!("wave {wave}"),
            Self::Terminating => "all, terminating".to_owned(),
        }
    }

    /// Whether the workloads of a wave roll.
    #[must_use]
    pub fn includes(self, wave: i128) -> bool {
        match self {
            Self::All | Self::Terminating => true,
            Self::Wave(own) => own == wave,
        }
    }
}
