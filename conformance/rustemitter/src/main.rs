//! Sends a burst through the Rust emitter, for the comparison in the table of bursts.
//!
//! It connects, prints a line, waits for a line on standard input, sends all events, each after the one before it as
//! its documentation does, and prints how long that took as a line of JSON.

use redis::aio::MultiplexedConnection;
use socketioxide_emitter::{Driver, IoEmitter};
use std::error::Error;
use std::io::BufRead;
use std::time::{SystemTime, UNIX_EPOCH};

/// Publishes as the servers listen: by PUBLISH or SPUBLISH.
struct Publisher {
    connection: MultiplexedConnection,
    command: String,
}

impl Driver for Publisher {
    type Error = redis::RedisError;

    async fn emit(&self, channel: String, data: Vec<u8>) -> Result<(), Self::Error> {
        redis::cmd(&self.command)
            .arg(channel)
            .arg(data)
            .query_async::<redis::Value>(&mut self.connection.clone())
            .await?;
        Ok(())
    }
}

struct Args {
    addr: String,
    command: String,
    room: String,
    event: String,
    events: usize,
    size: usize,
}

impl Args {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut args = Args {
            addr: String::new(),
            command: String::new(),
            room: String::new(),
            event: String::new(),
            events: 0,
            size: 0,
        };
        while let Some(flag) = words.next() {
            let value = words.next().ok_or(format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--addr" => args.addr = value,
                "--command" => args.command = value,
                "--room" => args.room = value,
                "--event" => args.event = value,
                "--events" => args.events = value.parse()?,
                "--size" => args.size = value.parse()?,
                _ => return Err(format!("unknown flag {flag}").into()),
            }
        }
        Ok(args)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse(std::env::args().skip(1))?;
    let client = redis::Client::open(format!("redis://{}", args.addr))?;
    let publisher = Publisher {
        connection: client.get_multiplexed_async_connection().await?,
        command: args.command,
    };
    println!("ready");
    std::io::stdin().lock().read_line(&mut String::new())?;
    let payload = "x".repeat(args.size);
    let start = now()?;
    for seq in 0..args.events {
        IoEmitter::new()
            .to(args.room.clone())
            .emit(&args.event, &(0, seq, &payload), &publisher)
            .await?;
    }
    println!(
        "{}",
        serde_json::json!({ "start": start, "end": now()?, "error": "" })
    );
    Ok(())
}

/// Milliseconds since 1970, as the clients and our own sender tell the time.
fn now() -> Result<f64, Box<dyn Error>> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1e3)
}
