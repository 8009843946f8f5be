//! Tests of the proof: the pitfalls that are known, and random platforms against exhaustive search.

mod exhaustive;
mod fixture;
mod machines;
mod pitfalls;
mod random;
mod refusals;
mod refutation;
