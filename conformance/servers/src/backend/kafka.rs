//! Serves with the reference driver of Kafka.

use super::Leave;
use crate::args::{Args, Spec};
use crate::drivers::kafka::KafkaDriver;
use crate::instance::{self, Ready};
use socketioxide::adapter::Emitter;
use socketioxide_redis::{CustomRedisAdapter, RedisAdapterConfig, RedisAdapterCtr};
use std::error::Error;

pub async fn serve(args: &Args, spec: &Spec) -> Result<(Ready, Option<Leave>), Box<dyn Error>> {
    // librdkafka knows no scheme.
    let urls = args
        .urls
        .iter()
        .map(|url| url.strip_prefix("kafka://").unwrap_or(url));
    let brokers = urls.collect::<Vec<_>>().join(",");
    let driver = KafkaDriver::new(&brokers, &spec.prefix).await?;
    let config = RedisAdapterConfig::new().with_prefix(spec.prefix.clone());
    let adapter = RedisAdapterCtr::new_with_driver(driver.clone(), config);
    let ready = instance::serve::<CustomRedisAdapter<Emitter, KafkaDriver>, _>(adapter, args, spec);
    let leave = async move {
        if let Err(err) = driver.leave().await {
            tracing::warn!("leave: {err}");
        }
    };
    Ok((ready.await?, Some(Box::pin(leave))))
}
