//! A Socket.IO server on the real crates, for the conformance run.
//!
//! It serves each `--instance PREFIX:PARSER` on a port of its own, prints one line of JSON with
//! the ports and uids once all of them take connections, and ends when its standard input closes or on SIGTERM.
//! Warnings and errors of the crates go to standard error, where the run looks for lost messages.

mod args;
mod backend;
#[cfg(any(feature = "kafka", feature = "nats"))]
mod drivers;
mod handlers;
mod instance;

use args::Args;
use futures_util::future::join_all;
use instance::Ready;
use serde::Serialize;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

/// How long telling the cluster that the server ends may take: less than a caller waits before it kills.
const LEAVE: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Line {
    instances: Vec<Ready>,
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_max_level(tracing::Level::WARN)
        .init();
    if let Err(err) = run().await {
        eprintln!("conformance server: {err}");
        std::process::exit(1);
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse(std::env::args().skip(1))?;
    let mut terminated = signal(SignalKind::terminate())?;
    let (mut instances, mut leaves) = (Vec::new(), Vec::new());
    for spec in &args.instances {
        let (ready, leave) = backend::serve(&args, spec).await?;
        instances.push(ready);
        leaves.extend(leave);
    }
    println!("{}", serde_json::to_string(&Line { instances })?);
    tokio::select! {
        () = wait_for_end_of_input() => {}
        _ = terminated.recv() => {}
    }
    timeout(LEAVE, join_all(leaves)).await.ok();
    // A read of standard input can't be cancelled and would keep the runtime from ending.
    std::process::exit(0);
}

async fn wait_for_end_of_input() {
    let mut input = tokio::io::stdin();
    let mut buf = [0; 64];
    while !matches!(input.read(&mut buf).await, Ok(0) | Err(_)) {}
}
