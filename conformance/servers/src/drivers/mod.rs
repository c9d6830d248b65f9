//! Reference drivers for the adapter of socketioxide-redis: docs/protocol.md, "Kafka and NATS, version 1".
//!
//! `spec` is what both have in common, without a backend; `member` keeps a server's presence; `kafka` and `nats` carry
//! the channels.

#[cfg(feature = "kafka")]
pub mod kafka;
#[cfg(feature = "kafka")]
mod kafka_client;
mod member;
#[cfg(feature = "nats")]
pub mod nats;

use std::error::Error;
use std::fmt;
use tokio::task::JoinHandle;

/// A message with this header, and another value than `VERSION`, is not for us.
const VERSION_HEADER: &str = "v";
const VERSION: &str = "1";

/// What a driver could not do, and why.
#[derive(Debug)]
pub struct DriverError {
    what: String,
    why: Box<dyn Error + Send + Sync>,
}

impl DriverError {
    fn new(what: impl Into<String>, why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let (what, why) = (what.into(), why.into());
        Self { what, why }
    }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl Error for DriverError {}

impl From<member::Silent> for DriverError {
    fn from(member::Silent(waited): member::Silent) -> Self {
        let why = format!("it did not come back within {} s", waited.as_secs());
        Self::new("publish on the presence channel", why)
    }
}

/// A task that ends with its owner.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
