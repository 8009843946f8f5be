//! Verdicts on states, and the grounds of those that hold.

use crate::eval::model::Fit;
use crate::fit::evidence::Evidence;
use crate::fit::evidence::reason::Reason;
use crate::fit::states::state::{At, Rolling, State};

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
    /// Whether it is what is demanded of a state that must fit.
    #[must_use]
    pub fn meets(self, demand: Fit) -> bool {
        match self {
            Self::Guaranteed | Self::Empty => true,
            Self::Possible => demand == Fit::Possible,
            Self::DoesNotFit | Self::Undecided => false,
        }
    }

    /// How bad it is beside others: of several the worst is that of all.
    #[must_use]
    pub(crate) fn badness(self) -> u8 {
        match self {
            Self::Empty => 0,
            Self::Guaranteed => 1,
            Self::Possible => 2,
            Self::Undecided => 3,
            Self::DoesNotFit => 4,
        }
    }

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
    /// What ranks higher pushes out what ranks lower, and each rank is proved against all above it.
    Layered,
    /// The constraints bound what can come together on any node, and that fits.
    Balanced,
    /// Whatever lies where, some node has room.
    AnyOrder,
}

impl Ground {
    /// In a word. The proof has none of it: what is written shows a verdict, whatever it is called.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Sums => "sums",
            Self::Pinned => "pinned",
            Self::Layered => "layered",
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
            Self::Layered => "what ranks higher pushes out what ranks lower, and every rank finds room",
            Self::Balanced => "the most that the constraints let onto any node fits on it",
            Self::AnyOrder => "whatever lies where, some node has room",
        }
    }
}

/// A state and what is proved of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateProof {
    pub state: State,
    pub at: At,
    pub rolling: Option<Rolling>,
    pub required: bool,
    pub verdict: Verdict,
    pub ground: Option<Ground>,
    pub evidence: Option<Evidence>,
    /// For undecided, empty and possible states.
    pub reason: Option<Reason>,
    /// Of a refusal that holds although not everything is known: the workloads that it leaves out.
    pub without: Option<Vec<String>>,
    /// Of an open state: what is proved of everything that is accounted for.
    pub rest: Option<Box<StateProof>>,
}

impl StateProof {
    /// Whether all old pods of a rollout are still there while they terminate.
    #[must_use]
    pub fn is_terminating(&self) -> bool {
        self.rolling == Some(Rolling::Terminating)
    }
}
