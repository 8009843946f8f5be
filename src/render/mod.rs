//! Texts that leave the compiler: everything that turns the evaluated platform into files.

pub use crate::data::yaml;
