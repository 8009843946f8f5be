//! Tests of the proof: the pitfalls that are known, and random platforms against exhaustive search.

mod apart;
mod changes;
mod domains;
mod edges;
mod exhaustive;
mod extended;
mod fixture;
mod injectors;
mod layers;
mod machines;
mod network;
mod partial;
mod pitfalls;
mod quotas;
mod random;
mod readings;
mod refusals;
mod refutation;
mod runs;
mod scratch;
mod spreads;
mod verticals;
mod written;
