//! Connects the three drivers of socketioxide-redis.

use crate::args::{Args, Spec};
use fred::prelude::{Builder, Config, FredResult};
use fred::types::RespVersion;
use redis::RedisResult;
use redis::cluster::ClusterClient;
use socketioxide_redis::drivers::fred::{FredDriver, fred_client as fred};
use socketioxide_redis::drivers::redis::{ClusterDriver, RedisDriver, redis_client as redis};
use socketioxide_redis::{RedisAdapterConfig, RedisAdapterCtr};

fn config(spec: &Spec) -> RedisAdapterConfig {
    RedisAdapterConfig::new().with_prefix(spec.prefix.clone())
}

pub async fn redis(args: &Args, spec: &Spec) -> RedisResult<RedisAdapterCtr<RedisDriver>> {
    let client = redis::Client::open(args.urls[0].as_str())?;
    RedisAdapterCtr::new_with_redis_config(&client, config(spec)).await
}

pub async fn redis_cluster(
    args: &Args,
    spec: &Spec,
) -> RedisResult<RedisAdapterCtr<ClusterDriver>> {
    let client = ClusterClient::new(args.urls.iter().map(String::as_str))?;
    RedisAdapterCtr::new_with_cluster_config(&client, config(spec)).await
}

pub async fn fred(args: &Args, spec: &Spec) -> FredResult<RedisAdapterCtr<FredDriver>> {
    let mut connection = Config::from_url(&args.urls[0])?;
    connection.version = RespVersion::RESP3;
    let client = Builder::from_config(connection).build_subscriber_client()?;
    RedisAdapterCtr::new_with_fred_config(client, config(spec)).await
}
