//! Ordinary platforms against a simulator that chooses at random, well, and as badly as it may: too large for every history to be
//! tried, and with what the smallest do not have. Zones and pools, hard spreads over hosts and zones, pods that keep apart from
//! others or seek them, network volumes that keep their pods in a zone, claims that several pods mount, GPUs.

mod agreement;
mod cluster;
mod documents;
mod door;
mod histories;
mod platform;
mod world;
