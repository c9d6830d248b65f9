//! The backends that the crates of a set know. Each instance has an adapter, and connections, of its own.

#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "mongodb")]
mod mongodb;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "postgres")]
mod postgres;
mod redis;

use crate::args::{Args, Driver, Spec};
use crate::instance::{self, Ready};
use futures_util::future::BoxFuture;
use socketioxide::adapter::Emitter;
#[cfg(feature = "mongodb")]
use socketioxide_mongodb::MongoDbAdapter;
#[cfg(feature = "postgres")]
use socketioxide_postgres::{SqlxAdapter, TokioPostgresAdapter};
use socketioxide_redis::{ClusterAdapter, FredAdapter, RedisAdapter};
use std::error::Error;

/// Tells the rest of the cluster that an instance is gone, where the backend does not.
pub type Leave = BoxFuture<'static, ()>;

/// Connects an adapter and serves an instance with it.
pub async fn serve(args: &Args, spec: &Spec) -> Result<(Ready, Option<Leave>), Box<dyn Error>> {
    let ready = match args.driver {
        Driver::Redis => {
            let adapter = redis::redis(args, spec).await?;
            instance::serve::<RedisAdapter<Emitter>, _>(adapter, args, spec).await
        }
        Driver::RedisCluster => {
            let adapter = redis::redis_cluster(args, spec).await?;
            instance::serve::<ClusterAdapter<Emitter>, _>(adapter, args, spec).await
        }
        Driver::Fred => {
            let adapter = redis::fred(args, spec).await?;
            instance::serve::<FredAdapter<Emitter>, _>(adapter, args, spec).await
        }
        #[cfg(feature = "postgres")]
        Driver::PgSqlx => {
            let adapter = postgres::sqlx(args, spec).await?;
            instance::serve::<SqlxAdapter<Emitter>, _>(adapter, args, spec).await
        }
        #[cfg(feature = "postgres")]
        Driver::PgTokio => {
            let adapter = postgres::tokio(args, spec).await?;
            instance::serve::<TokioPostgresAdapter<Emitter>, _>(adapter, args, spec).await
        }
        #[cfg(feature = "mongodb")]
        Driver::MongodbTtl => {
            let adapter = mongodb::ttl(args).await?;
            instance::serve::<MongoDbAdapter<Emitter>, _>(adapter, args, spec).await
        }
        #[cfg(feature = "mongodb")]
        Driver::MongodbCapped => {
            let adapter = mongodb::capped(args).await?;
            instance::serve::<MongoDbAdapter<Emitter>, _>(adapter, args, spec).await
        }
        #[cfg(feature = "kafka")]
        Driver::Kafka => return kafka::serve(args, spec).await,
        #[cfg(feature = "nats")]
        Driver::Nats => return nats::serve(args, spec).await,
    };
    Ok((ready?, None))
}
