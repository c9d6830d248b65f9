//! The command line.

use std::time::Duration;

/// The driver of socketioxide-redis. `Fred` takes its topology from the URL's scheme.
#[derive(Clone, Copy)]
pub enum Driver {
    Redis,
    RedisCluster,
    Fred,
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
}

impl Args {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Args {
            driver: Driver::Redis,
            urls: Vec::new(),
            instances: Vec::new(),
            sid_room: false,
            ack_timeout: None,
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
                "--ack-timeout-ms" => {
                    let ms = value
                        .parse()
                        .map_err(|err| format!("{flag} {value}: {err}"))?;
                    args.ack_timeout = Some(Duration::from_millis(ms));
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

fn driver(name: &str) -> Result<Driver, String> {
    match name {
        "redis" => Ok(Driver::Redis),
        "redis-cluster" => Ok(Driver::RedisCluster),
        "fred" => Ok(Driver::Fred),
        _ => Err(format!(
            "unknown driver {name}: use redis, redis-cluster or fred"
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
