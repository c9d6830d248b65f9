//! Channels as keys of one topic.

use super::kafka_client::{self, DELIVERY, Producer, Reader};
use super::member::{Member, Publish};
use super::{DriverError, Task, VERSION, VERSION_HEADER};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::producer::FutureRecord;
use socketioxide_redis::drivers::{ChanItem, Driver, MessageStream};
use spec::names;
use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use tokio::sync::mpsc;

/// A driver for a prefix, by a reader and a producer of its own.
#[derive(Clone)]
pub struct KafkaDriver {
    shared: Arc<Shared>,
    _tasks: Arc<[Task; 2]>,
}

struct Shared {
    topic: String,
    producer: Producer,
    member: Member,
    handlers: RwLock<HashMap<String, mpsc::Sender<ChanItem>>>,
}

impl KafkaDriver {
    /// Returns once the ends of all partitions are known and those who are there had time to say so. `brokers` is a
    /// list of `host:port` with commas.
    pub async fn new(brokers: &str, prefix: &str) -> Result<Self, DriverError> {
        let topic = names::topic(prefix).map_err(|err| DriverError::new("name a topic", err))?;
        let failed =
            |what: &str, err| DriverError::new(format!("{what} {topic} at {brokers}"), err);
        let client = kafka_client::config(brokers);
        let producer = kafka_client::producer(&client)
            .map_err(|err| failed("open a producer for topic", err))?;
        let reader = kafka_client::reader_at_ends(&client, &topic)
            .await
            .map_err(|err| failed("find the ends of topic", err))?;

        let shared = Arc::new(Shared {
            producer,
            member: Member::new(prefix),
            handlers: RwLock::default(),
            topic,
        });
        let hearer = shared.clone();
        let hearer = Task(tokio::spawn(async move { hearer.read(reader).await }));
        let keeper = shared.clone();
        let keeper = Task(tokio::spawn(
            async move { keeper.member.keep(&*keeper).await },
        ));
        shared.member.ask(&*shared).await?;
        Ok(Self {
            shared,
            _tasks: Arc::new([hearer, keeper]),
        })
    }

    /// Tells the others that this server is gone.
    pub async fn leave(&self) -> Result<(), DriverError> {
        self.shared.member.leave(&*self.shared).await
    }
}

impl Driver for KafkaDriver {
    type Error = DriverError;

    async fn publish(&self, chan: String, message: Vec<u8>) -> Result<(), DriverError> {
        self.shared.publish(chan, message).await
    }

    async fn subscribe(
        &self,
        chan: String,
        size: usize,
    ) -> Result<MessageStream<ChanItem>, DriverError> {
        let (tx, rx) = mpsc::channel(size);
        let shared = &self.shared;
        shared.handlers.write().unwrap().insert(chan.clone(), tx);
        let added = shared.member.add(&chan, &**shared).await;
        if added.is_err() {
            shared.handlers.write().unwrap().remove(&chan);
        }
        added.map(|()| MessageStream::new(rx))
    }

    async fn unsubscribe(&self, chan: String) -> Result<(), DriverError> {
        self.shared.handlers.write().unwrap().remove(&chan);
        self.shared.member.remove(&chan, &*self.shared).await
    }

    async fn num_serv(&self, chan: &str) -> Result<u16, DriverError> {
        Ok(self.shared.member.count(chan))
    }
}

impl Publish for Shared {
    type Error = DriverError;

    async fn publish(&self, chan: String, message: Vec<u8>) -> Result<(), DriverError> {
        let record = FutureRecord::to(&self.topic).key(&chan).payload(&message);
        match self.producer.send(record, DELIVERY).await {
            Ok(_) => Ok(()),
            Err((err, _)) => {
                let what = format!("publish on {chan}, topic {}", self.topic);
                Err(DriverError::new(what, err))
            }
        }
    }
}

impl Shared {
    /// Reads for ever: after a lost connection the client goes on at the position reached.
    async fn read(&self, reader: Reader) {
        let mut lost = false;
        loop {
            match reader.recv().await {
                Ok(record) => {
                    lost = false;
                    if let Some((chan, message)) = ours(&record) {
                        self.dispatch(chan, message).await;
                    }
                }
                // It comes again every second.
                Err(_) if lost => {}
                Err(err) => {
                    lost = is_lost(&err);
                    tracing::warn!("read topic {}: {err}", self.topic);
                }
            }
        }
    }

    /// Waits where a channel is full. The adapter takes from its channels without waiting for anything, so the rest of
    /// the topic waits for no more than its work.
    async fn dispatch(&self, chan: &str, message: &[u8]) {
        if chan == self.member.channel {
            self.member.hear(message);
            return;
        }
        let handler = self.handlers.read().unwrap().get(chan).cloned();
        if let Some(handler) = handler {
            // An error is an adapter that has closed.
            handler.send((chan.to_owned(), message.to_vec())).await.ok();
        }
    }
}

fn is_lost(err: &KafkaError) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure};
    matches!(
        err.rdkafka_error_code(),
        Some(AllBrokersDown | BrokerTransportFailure)
    )
}

/// The channel and the message of a record, unless it is one to be passed over.
fn ours<'a>(record: &'a BorrowedMessage<'_>) -> Option<(&'a str, &'a [u8])> {
    let other_version = record.headers().is_some_and(|headers| {
        headers
            .iter()
            .any(|header| header.key == VERSION_HEADER && header.value != Some(VERSION.as_bytes()))
    });
    if other_version {
        return None;
    }
    Some((str::from_utf8(record.key()?).ok()?, record.payload()?))
}
