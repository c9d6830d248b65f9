//! Channels as keys of one topic. The client is librdkafka, as it has idempotent producers: an answer that came twice
//! would be counted twice.

use super::member::{Member, Publish};
use super::{DriverError, Task, VERSION, VERSION_HEADER, names};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use socketioxide_redis::drivers::{ChanItem, Driver, MessageStream};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Partitions of a topic that was missing. Its replication factor is the broker's default.
const PARTITIONS: i32 = 4;

/// How long a topic, its leaders and ends may take to be found.
const START: Duration = Duration::from_secs(30);
const CALL: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// How long a record is tried before publishing it is an error.
const DELIVERY: Duration = Duration::from_secs(30);

/// What is read ahead while the adapter works, in KiB.
const READ_AHEAD: &str = "16384";

/// Also the name of the group that the client asks for; nothing joins it.
const CLIENT_ID: &str = "socketioxide";

/// A driver for a prefix, by a reader and a producer of its own.
#[derive(Clone)]
pub struct KafkaDriver {
    shared: Arc<Shared>,
    _tasks: Arc<[Task; 2]>,
}

struct Shared {
    topic: String,
    producer: FutureProducer,
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
        let client = client(brokers);
        let producer = producer(&client).map_err(|err| failed("open a producer for topic", err))?;
        let consumer = consumer_at_ends(&client, &topic)
            .await
            .map_err(|err| failed("find the ends of topic", err))?;

        let shared = Arc::new(Shared {
            producer,
            member: Member::new(prefix),
            handlers: RwLock::default(),
            topic,
        });
        let reader = shared.clone();
        let reader = Task(tokio::spawn(async move { reader.read(consumer).await }));
        let keeper = shared.clone();
        let keeper = Task(tokio::spawn(
            async move { keeper.member.keep(&*keeper).await },
        ));
        shared.member.ask(&*shared).await?;
        Ok(Self {
            shared,
            _tasks: Arc::new([reader, keeper]),
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
        shared.member.add(&chan, &**shared).await?;
        Ok(MessageStream::new(rx))
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
    async fn read(&self, consumer: StreamConsumer) {
        loop {
            match consumer.recv().await {
                Ok(record) => {
                    if let Some((chan, message)) = ours(&record) {
                        self.dispatch(chan, message).await;
                    }
                }
                Err(err) => tracing::warn!("read topic {}: {err}", self.topic),
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

fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("client.id", CLIENT_ID)
        .set("socket.nagle.disable", "true")
        .set("reconnect.backoff.max.ms", "1000");
    config
}

fn producer(client: &ClientConfig) -> Result<FutureProducer, KafkaError> {
    client
        .clone()
        .set("enable.idempotence", "true")
        .set("partitioner", "murmur2_random")
        .set("linger.ms", "0")
        .set("message.timeout.ms", DELIVERY.as_millis().to_string())
        // The broker's limit decides.
        .set("message.max.bytes", "100000000")
        .create()
}

/// A reader of all partitions from their ends on, in no group.
async fn consumer_at_ends(
    client: &ClientConfig,
    topic: &str,
) -> Result<StreamConsumer, KafkaError> {
    let consumer: StreamConsumer = client
        .clone()
        .set("group.id", CLIENT_ID)
        .set("enable.auto.commit", "false")
        .set("allow.auto.create.topics", "false")
        // Where retention deleted what was not read yet, the rest is read.
        .set("auto.offset.reset", "earliest")
        .set("queued.max.messages.kbytes", READ_AHEAD)
        .set("fetch.queue.backoff.ms", "10")
        .create()?;
    let consumer = Arc::new(consumer);
    let deadline = Instant::now() + START;
    loop {
        let (reader, name) = (consumer.clone(), topic.to_owned());
        let ends = tokio::task::spawn_blocking(move || ends(&reader, &name)).await;
        match ends.expect("it does not panic") {
            Ok(ends) => {
                consumer.assign(&ends)?;
                break;
            }
            Err(err) if Instant::now() > deadline => return Err(err),
            // A new topic is not known everywhere at once, and has no leaders at first.
            Err(err) => {
                tracing::debug!("find the ends of topic {topic}: {err}");
                if err.rdkafka_error_code() == Some(RDKafkaErrorCode::UnknownTopicOrPartition) {
                    create(client, topic).await?;
                }
                sleep(PAUSE).await;
            }
        }
    }
    Ok(Arc::into_inner(consumer).expect("no task has it any more"))
}

fn ends(consumer: &StreamConsumer, topic: &str) -> Result<TopicPartitionList, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), CALL)?;
    let unknown = KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition);
    let [found] = metadata.topics() else {
        return Err(unknown);
    };
    if let Some(err) = found.error() {
        return Err(KafkaError::MetadataFetch(err.into()));
    }
    if found.partitions().is_empty() {
        return Err(unknown);
    }
    let mut ends = TopicPartitionList::new();
    for partition in found.partitions() {
        let (_, end) = consumer.fetch_watermarks(topic, partition.id(), CALL)?;
        ends.add_partition_offset(topic, partition.id(), Offset::Offset(end))?;
    }
    Ok(ends)
}

/// Creates the topic, unless another server did so in the meantime.
async fn create(client: &ClientConfig, topic: &str) -> Result<(), KafkaError> {
    let admin: AdminClient<DefaultClientContext> = client.create()?;
    let new = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(-1));
    for result in admin.create_topics([&new], &AdminOptions::new()).await? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(KafkaError::AdminOp(code)),
        }
    }
    Ok(())
}
