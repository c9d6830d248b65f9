//! Connects socketioxide-mongodb. It knows no prefix: instances with the same collection are one cluster.

use crate::args::Args;
use socketioxide_mongodb::drivers::mongodb::{MongoDbDriver, mongodb_client as mongodb};
use socketioxide_mongodb::{MessageExpirationStrategy, MongoDbAdapterConfig, MongoDbAdapterCtr};
use std::time::Duration;

/// How long the TTL index keeps a document: the crate's default.
const TTL: Duration = Duration::from_secs(60);

/// Size of the capped collection in bytes. A message that is larger is refused.
const CAPPED: u64 = 64 << 20;

/// The database, unless the URL names one.
const DATABASE: &str = "test";

pub async fn ttl(args: &Args) -> mongodb::error::Result<MongoDbAdapterCtr<MongoDbDriver>> {
    connect(args, MessageExpirationStrategy::TtlIndex(TTL)).await
}

pub async fn capped(args: &Args) -> mongodb::error::Result<MongoDbAdapterCtr<MongoDbDriver>> {
    connect(args, MessageExpirationStrategy::CappedCollection(CAPPED)).await
}

async fn connect(
    args: &Args,
    expiration: MessageExpirationStrategy,
) -> mongodb::error::Result<MongoDbAdapterCtr<MongoDbDriver>> {
    let mut config = MongoDbAdapterConfig::new().with_expiration_strategy(expiration);
    if let Some(collection) = &args.collection {
        config = config.with_collection(collection.clone());
    }
    if let Some(interval) = args.heartbeat {
        config = config.with_hb_interval(interval);
    }
    if let Some(timeout) = args.heartbeat_timeout {
        config = config.with_hb_timeout(timeout);
    }
    let client = mongodb::Client::with_uri_str(&args.urls[0]).await?;
    let database = client
        .default_database()
        .unwrap_or_else(|| client.database(DATABASE));
    MongoDbAdapterCtr::new_with_mongodb_config(database, config).await
}
