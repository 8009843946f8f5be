//! Diagnostics for people; the only file that names `miette`.
