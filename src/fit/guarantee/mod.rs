//! Guarantees: sums and bounds that hold for every order in which the scheduler may place the pods of a situation.

pub(crate) mod any_order;
pub(crate) mod apart;
pub(crate) mod attachments;
pub(crate) mod bounds;
pub(crate) mod charge;
pub(crate) mod company;
pub(crate) mod layers;
pub(crate) mod rollouts;
pub(crate) mod situation;
pub(crate) mod ways;
pub(crate) mod weights;
