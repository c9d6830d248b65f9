//! The Rust emitter as a contestant: a case a line of JSON on standard input, what it took a line of JSON on standard
//! output. It ends with its standard input.

mod case;
mod encode;
mod meter;
mod send;

use case::{Case, Sample, Value};
use send::Connections;
use std::error::Error;
use std::io::BufRead;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut connections = Connections::default();
    for line in std::io::stdin().lock().lines() {
        let sample = run(&line?, &mut connections).await.unwrap_or_else(|e| Sample {
            error: e.to_string(),
            ..Sample::default()
        });
        println!("{}", serde_json::to_string(&sample)?);
    }
    Ok(())
}

async fn run(line: &str, connections: &mut Connections) -> Result<Sample, Box<dyn Error>> {
    let case: Case = serde_json::from_str(line)?;
    let value = Value::parse(&case)?;
    match case.op.as_str() {
        "encode" => encode::run(&case, &value).await,
        "send" => send::run(&case, value, connections).await,
        other => Err(format!("the Rust emitter has no {other}").into()),
    }
}
