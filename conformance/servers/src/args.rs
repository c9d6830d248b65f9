//! The command line.

use std::time::Duration;

/// The backend, and the driver of its crate. `Fred` takes its topology from the URL's scheme.
#[derive(Clone, Copy)]
pub enum Driver {
    Redis,
    RedisCluster,
    Fred,
    #[cfg(feature = "postgres")]
    PgSqlx,
    #[cfg(feature = "postgres")]
    PgTokio,
    #[cfg(feature = "mongodb")]
    MongodbTtl,
    #[cfg(feature = "mongodb")]
    MongodbCapped,
    #[cfg(feature = "kafka")]
    Kafka,
    #[cfg(feature = "nats")]
    Nats,
}

#[derive(Clone, Copy)]
pub enum Parser {
    Common,
    Msgpack,
}

/// One SocketIo, with a uid, a port and an adapter prefix of its own.
pub struct Spec {
    pub prefix: String,
    pub parser: Parser,
}

pub struct Args {
    pub driver: Driver,
    pub urls: Vec<String>,
    pub instances: Vec<Spec>,
    /// Joins each socket to the room named by its id.
    pub sid_room: bool,
    /// None keeps the crate's default of 5 s.
    pub ack_timeout: Option<Duration>,
    // The rest means something to PostgreSQL or MongoDB only; None keeps the crates' defaults.
    /// Table of the attachments.
    pub table: Option<String>,
    /// How often, and from which age on, attachments are deleted.
    pub cleanup: Option<Duration>,
    pub collection: Option<String>,
    pub heartbeat: Option<Duration>,
    pub heartbeat_timeout: Option<Duration>,
}

impl Args {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Args {
            driver: Driver::Redis,
            urls: Vec::new(),
            instances: Vec::new(),
            sid_room: false,
            ack_timeout: None,
            table: None,
            cleanup: None,
            collection: None,
            heartbeat: None,
            heartbeat_timeout: None,
        };
        while let Some(flag) = words.next() {
            if flag == "--sid-room" {
                args.sid_room = true;
                continue;
            }
            let value = words.next().ok_or(format!("{flag} needs a value"))?;
            match flag.as_str() {
                "--driver" => args.driver = driver(&value)?,
                "--url" => args.urls.push(value),
                "--instance" => args.instances.push(spec(&value)?),
                "--ack-timeout-ms" => args.ack_timeout = Some(milliseconds(&flag, &value)?),
                "--table" => args.table = Some(value),
                "--cleanup-ms" => args.cleanup = Some(milliseconds(&flag, &value)?),
                "--collection" => args.collection = Some(value),
                "--heartbeat-ms" => args.heartbeat = Some(milliseconds(&flag, &value)?),
                "--heartbeat-timeout-ms" => {
                    args.heartbeat_timeout = Some(milliseconds(&flag, &value)?);
                }
                _ => return Err(format!("unknown flag {flag}")),
            }
        }
        if args.urls.is_empty() || args.instances.is_empty() {
            return Err("give at least one --url and one --instance PREFIX:PARSER".into());
        }
        Ok(args)
    }
}

fn milliseconds(flag: &str, value: &str) -> Result<Duration, String> {
    value
        .parse()
        .map(Duration::from_millis)
        .map_err(|err| format!("{flag} {value}: {err}"))
}

fn driver(name: &str) -> Result<Driver, String> {
    match name {
        "redis" => Ok(Driver::Redis),
        "redis-cluster" => Ok(Driver::RedisCluster),
        "fred" => Ok(Driver::Fred),
        #[cfg(feature = "postgres")]
        "pg-sqlx" => Ok(Driver::PgSqlx),
        #[cfg(feature = "postgres")]
        "pg-tokio" => Ok(Driver::PgTokio),
        #[cfg(feature = "mongodb")]
        "mongodb-ttl" => Ok(Driver::MongodbTtl),
        #[cfg(feature = "mongodb")]
        "mongodb-capped" => Ok(Driver::MongodbCapped),
        #[cfg(feature = "kafka")]
        "kafka" => Ok(Driver::Kafka),
        #[cfg(feature = "nats")]
        "nats" => Ok(Driver::Nats),
        _ => Err(format!(
            "unknown driver {name}: use redis, redis-cluster, fred, kafka, nats or, where the set of \
             crates has them, pg-sqlx, pg-tokio, mongodb-ttl, mongodb-capped"
        )),
    }
}

fn spec(text: &str) -> Result<Spec, String> {
    let (prefix, parser) = text
        .rsplit_once(':')
        .ok_or(format!("instance {text}: write PREFIX:PARSER"))?;
    let parser = match parser {
        "common" => Parser::Common,
        "msgpack" => Parser::Msgpack,
        _ => return Err(format!("unknown parser {parser}: use common or msgpack")),
    };
    Ok(Spec {
        prefix: prefix.to_owned(),
        parser,
    })
}
