use crate::case::{Case, Sample, Value};
use crate::meter::Meter;
use redis::AsyncConnectionConfig;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use socketioxide_emitter::Driver;
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Connections stay open from case to case, by the addresses.
#[derive(Default)]
pub struct Connections {
    single: HashMap<String, MultiplexedConnection>,
    cluster: HashMap<String, ClusterConnection>,
}

impl Connections {
    async fn single(&mut self, addr: &str) -> redis::RedisResult<MultiplexedConnection> {
        if let Some(open) = self.single.get(addr) {
            return Ok(open.clone());
        }
        let client = redis::Client::open(format!("redis://{addr}"))?;
        // Its default of half a second is less than 512 messages of 64 KiB take on a busy machine.
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(TIMEOUT));
        let open = client.get_multiplexed_async_connection_with_config(&config).await?;
        self.single.insert(addr.into(), open.clone());
        Ok(open)
    }

    async fn cluster(&mut self, addrs: &[String]) -> redis::RedisResult<ClusterConnection> {
        if let Some(open) = self.cluster.get(&addrs[0]) {
            return Ok(open.clone());
        }
        let nodes = addrs.iter().map(|a| format!("redis://{a}"));
        let client = ClusterClient::builder(nodes).response_timeout(TIMEOUT).build()?;
        let open = client.get_async_connection().await?;
        self.cluster.insert(addrs[0].clone(), open.clone());
        Ok(open)
    }
}

/// The driver of the crate's documentation, on either kind of connection.
struct Publisher<C> {
    connection: C,
    command: &'static str,
    bytes: AtomicUsize,
}

impl<C: ConnectionLike + Clone + Send + Sync> Driver for Publisher<C> {
    type Error = redis::RedisError;

    async fn emit(&self, channel: String, data: Vec<u8>) -> Result<(), Self::Error> {
        self.bytes.store(data.len(), Relaxed);
        redis::cmd(self.command)
            .arg(channel)
            .arg(data)
            .query_async::<redis::Value>(&mut self.connection.clone())
            .await?;
        Ok(())
    }
}

pub async fn run(case: &Case, value: Value, connections: &mut Connections) -> Result<Sample, Box<dyn Error>> {
    if case.addrs.len() > 1 {
        return measure(case, value, connections.cluster(&case.addrs).await?).await;
    }
    measure(case, value, connections.single(&case.addrs[0]).await?).await
}

async fn measure<C>(case: &Case, value: Value, connection: C) -> Result<Sample, Box<dyn Error>>
where
    C: ConnectionLike + Clone + Send + Sync + 'static,
{
    let Value::Text(text) = value else {
        return Err("only texts are sent".into());
    };
    let publisher = Arc::new(Publisher {
        connection,
        command: if case.sharded { "SPUBLISH" } else { "PUBLISH" },
        bytes: AtomicUsize::new(0),
    });
    let (text, next, n) = (Arc::new(text), Arc::new(AtomicUsize::new(0)), case.n);
    let meter = Meter::start();
    let tasks: Vec<_> = (0..case.at_once.max(1))
        .map(|_| {
            let (text, next, publisher, io) = (text.clone(), next.clone(), publisher.clone(), case.emitter());
            tokio::spawn(async move {
                while next.fetch_add(1, Relaxed) < n {
                    let sent = io.clone().emit("event", text.as_str(), &*publisher).await;
                    sent.map_err(|e| e.to_string())?;
                }
                Ok::<(), String>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(meter.stop(publisher.bytes.load(Relaxed)))
}
