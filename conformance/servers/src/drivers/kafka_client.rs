//! How librdkafka is set up. It is the client because it has idempotent producers: an answer that came twice would be
//! counted twice.

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::FutureProducer;
use rdkafka::{Offset, TopicPartitionList};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Partitions of a topic that was missing. Its replication factor is the broker's default.
const PARTITIONS: i32 = 4;

/// How long a topic, its leaders and ends may take to be found.
const START: Duration = Duration::from_secs(10);
const CALL: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// How long a record is tried before publishing it is an error.
pub const DELIVERY: Duration = Duration::from_secs(30);

/// What is read ahead while the adapter works, in KiB.
const READ_AHEAD: &str = "16384";

/// Also the name of the group that the client asks for; nothing joins it.
const CLIENT_ID: &str = "socketioxide";

pub type Reader = StreamConsumer<Log>;
pub type Producer = FutureProducer<Log>;

/// What reader, producer and admin have in common. `brokers` is a list of `host:port` with commas.
pub fn config(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("client.id", CLIENT_ID)
        .set("socket.nagle.disable", "true")
        .set("reconnect.backoff.max.ms", "1000");
    config
}

pub fn producer(client: &ClientConfig) -> Result<Producer, KafkaError> {
    client
        .clone()
        .set("enable.idempotence", "true")
        .set("partitioner", "murmur2_random")
        .set("linger.ms", "0")
        .set("message.timeout.ms", DELIVERY.as_millis().to_string())
        // The broker's limit decides.
        .set("message.max.bytes", "100000000")
        .create_with_context(Log)
}

/// A reader of all partitions from their ends on, in no group.
pub async fn reader_at_ends(client: &ClientConfig, topic: &str) -> Result<Reader, KafkaError> {
    let reader: Reader = client
        .clone()
        .set("group.id", CLIENT_ID)
        .set("enable.auto.commit", "false")
        .set("allow.auto.create.topics", "false")
        // Where retention deleted what was not read yet, the rest is read.
        .set("auto.offset.reset", "earliest")
        .set("queued.max.messages.kbytes", READ_AHEAD)
        .set("fetch.queue.backoff.ms", "10")
        .create_with_context(Log)?;
    let reader = Arc::new(reader);
    let deadline = Instant::now() + START;
    loop {
        let (asking, name) = (reader.clone(), topic.to_owned());
        let ends = tokio::task::spawn_blocking(move || ends(&asking, &name)).await;
        match ends.expect("it does not panic") {
            Ok(ends) => {
                reader.assign(&ends)?;
                return Ok(Arc::into_inner(reader).expect("nobody asks any more"));
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
}

fn ends(reader: &Reader, topic: &str) -> Result<TopicPartitionList, KafkaError> {
    let metadata = reader.fetch_metadata(Some(topic), CALL)?;
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
        let (_, end) = reader.fetch_watermarks(topic, partition.id(), CALL)?;
        ends.add_partition_offset(topic, partition.id(), Offset::Offset(end))?;
    }
    Ok(ends)
}

/// Creates the topic, unless another server did so in the meantime.
async fn create(client: &ClientConfig, topic: &str) -> Result<(), KafkaError> {
    let admin: AdminClient<Log> = client.create_with_context(Log)?;
    let new = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(-1));
    for result in admin.create_topics([&new], &AdminOptions::new()).await? {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((_, code)) => return Err(KafkaError::AdminOp(code)),
        }
    }
    Ok(())
}

/// What librdkafka tries again by itself: to connect, and to get an id for its producer.
const RETRIED: [&str; 2] = ["FAIL", "GETPID"];

/// Where librdkafka's words go. A lost connection is told by the driver once; here it comes from each client, each second.
pub struct Log;

impl ClientContext for Log {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        use RDKafkaLogLevel::{Debug, Info, Notice, Warning};
        match level {
            _ if RETRIED.contains(&facility) => tracing::debug!("librdkafka: {message}"),
            Debug | Info | Notice => tracing::debug!("librdkafka: {facility} {message}"),
            Warning => tracing::warn!("librdkafka: {facility} {message}"),
            _ => tracing::error!("librdkafka: {facility} {message}"),
        }
    }

    fn error(&self, err: KafkaError, reason: &str) {
        tracing::debug!("librdkafka: {err}: {reason}");
    }
}

impl ConsumerContext for Log {}
