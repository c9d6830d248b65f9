//! Serves with the reference driver of NATS.

use super::Leave;
use crate::args::{Args, Spec};
use crate::drivers::nats::NatsDriver;
use crate::instance::{self, Ready};
use socketioxide::adapter::Emitter;
use socketioxide_redis::{CustomRedisAdapter, RedisAdapterConfig, RedisAdapterCtr};
use std::error::Error;

pub async fn serve(args: &Args, spec: &Spec) -> Result<(Ready, Option<Leave>), Box<dyn Error>> {
    let driver = NatsDriver::new(&args.urls.join(","), &spec.prefix).await?;
    let config = RedisAdapterConfig::new().with_prefix(spec.prefix.clone());
    let adapter = RedisAdapterCtr::new_with_driver(driver.clone(), config);
    let ready = instance::serve::<CustomRedisAdapter<Emitter, NatsDriver>, _>(adapter, args, spec);
    let leave = async move {
        if let Err(err) = driver.leave().await {
            tracing::warn!("leave: {err}");
        }
    };
    Ok((ready.await?, Some(Box::pin(leave))))
}
