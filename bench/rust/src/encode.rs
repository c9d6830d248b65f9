use crate::case::{Case, Sample, Value};
use crate::meter::Meter;
use socketioxide_emitter::Driver;
use std::convert::Infallible;
use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Drops every message, and knows how long the last one was.
#[derive(Default)]
struct Discard(AtomicUsize);

impl Driver for Discard {
    type Error = Infallible;

    async fn emit(&self, _channel: String, data: Vec<u8>) -> Result<(), Self::Error> {
        self.0.store(black_box(&data).len(), Relaxed);
        Ok(())
    }
}

pub async fn run(case: &Case, value: &Value) -> Result<Sample, Box<dyn Error>> {
    let discard = Discard::default();
    // The value's type is settled outside of the loop, as it is in a program of a user.
    let meter = Meter::start();
    match value {
        Value::Text(v) => repeat(case, v, &discard).await?,
        Value::Bytes(v) => repeat(case, v, &discard).await?,
        Value::Order(v) => repeat(case, v, &discard).await?,
        Value::Map(v) => repeat(case, v, &discard).await?,
    }
    Ok(meter.stop(discard.0.load(Relaxed)))
}

async fn repeat<T: serde::Serialize>(case: &Case, value: &T, discard: &Discard) -> Result<(), Box<dyn Error>> {
    let io = case.emitter();
    for _ in 0..case.n {
        let io = if case.rooms <= 1 { case.emitter() } else { io.clone() };
        io.emit("event", black_box(value), discard).await?;
    }
    Ok(())
}
