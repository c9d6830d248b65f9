//! The specification without a backend, a library of its own so that its tests build in seconds.

pub mod names;
pub mod presence;
