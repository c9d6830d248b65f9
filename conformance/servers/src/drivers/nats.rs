//! Channels as subjects of core NATS.

use super::member::{Member, Publish};
use super::{DriverError, Task, VERSION, VERSION_HEADER};
use async_nats::{Client, ConnectOptions, Event, Message, Subscriber};
use futures_util::StreamExt;
use socketioxide_redis::drivers::{ChanItem, Driver, MessageStream};
use spec::names;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// What is read ahead for a channel while the adapter works, in messages; what exceeds it is dropped, and logged.
const READ_AHEAD: usize = 65_536;

const CLIENT_NAME: &str = "socketioxide";

/// A driver for a prefix, by a connection of its own.
#[derive(Clone)]
pub struct NatsDriver {
    shared: Arc<Shared>,
    _tasks: Arc<[Task; 2]>,
}

struct Shared {
    prefix: String,
    client: Client,
    member: Arc<Member>,
    /// One for each subscription.
    forwarders: Mutex<HashMap<String, Task>>,
}

impl NatsDriver {
    /// Returns once those who are there had time to say so. `servers` is a list of URLs with commas.
    pub async fn new(servers: &str, prefix: &str) -> Result<Self, DriverError> {
        let member = Arc::new(Member::new(prefix));
        let addresses: Vec<&str> = servers.split(',').collect();
        let client = options(&member)
            .connect(addresses)
            .await
            .map_err(|err| DriverError::new(format!("connect to NATS at {servers}"), err))?;

        let shared = Arc::new(Shared {
            prefix: prefix.to_owned(),
            client,
            member,
            forwarders: Mutex::default(),
        });
        let presence = shared.listen(&shared.member.channel).await?;
        let hearer = shared.clone();
        let hearer = Task(tokio::spawn(async move { hearer.hear(presence).await }));
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
        self.shared.member.leave(&*self.shared).await?;
        let flushed = self.shared.client.flush().await;
        flushed.map_err(|err| DriverError::new("flush the connection to NATS", err))
    }
}

impl Driver for NatsDriver {
    type Error = DriverError;

    async fn publish(&self, chan: String, message: Vec<u8>) -> Result<(), DriverError> {
        self.shared.publish(chan, message).await
    }

    /// The presence that names the channel goes the same way as the subscription, so the server has that one when it
    /// sends this one back.
    async fn subscribe(
        &self,
        chan: String,
        size: usize,
    ) -> Result<MessageStream<ChanItem>, DriverError> {
        let (tx, rx) = mpsc::channel(size);
        let shared = &self.shared;
        let messages = shared.listen(&chan).await?;
        let forwarder = Task(tokio::spawn(forward(messages, chan.clone(), tx)));
        shared.remember(&chan, forwarder);
        let mut added = shared.member.add(&chan, &**shared).await;
        if added.is_ok() {
            added = shared.member.heard_channel(&chan).await.map_err(From::from);
        }
        if added.is_err() {
            shared.forwarders.lock().unwrap().remove(&chan);
        }
        added.map(|()| MessageStream::new(rx))
    }

    async fn unsubscribe(&self, chan: String) -> Result<(), DriverError> {
        self.shared.forwarders.lock().unwrap().remove(&chan);
        self.shared.member.remove(&chan, &*self.shared).await
    }

    async fn num_serv(&self, chan: &str) -> Result<u16, DriverError> {
        Ok(self.shared.member.count(chan))
    }
}

impl Publish for Shared {
    type Error = DriverError;

    /// While the connection is being restored messages wait for it, up to the client's queue of 2,048, and then callers
    /// do.
    async fn publish(&self, chan: String, message: Vec<u8>) -> Result<(), DriverError> {
        let subject = self.subject(&chan)?;
        let published = self.client.publish(subject, message.into()).await;
        published.map_err(|err| DriverError::new(format!("publish on {chan}"), err))
    }
}

impl Shared {
    fn subject(&self, chan: &str) -> Result<String, DriverError> {
        names::subject(&self.prefix, chan).map_err(|err| DriverError::new("name a subject", err))
    }

    async fn listen(&self, chan: &str) -> Result<Subscriber, DriverError> {
        let subscribed = self.client.subscribe(self.subject(chan)?).await;
        subscribed.map_err(|err| DriverError::new(format!("subscribe to {chan}"), err))
    }

    /// A forwarder of the same channel before it ends.
    fn remember(&self, chan: &str, forwarder: Task) {
        let mut forwarders = self.forwarders.lock().unwrap();
        forwarders.insert(chan.to_owned(), forwarder);
    }

    async fn hear(&self, mut presence: Subscriber) {
        while let Some(message) = presence.next().await {
            if is_ours(&message) {
                self.member.hear(&message.payload);
            }
        }
    }
}

/// Hands a channel's messages to the adapter, and waits where it is full.
async fn forward(mut messages: Subscriber, chan: String, tx: mpsc::Sender<ChanItem>) {
    while let Some(message) = messages.next().await {
        if !is_ours(&message) {
            continue;
        }
        if tx
            .send((chan.clone(), message.payload.to_vec()))
            .await
            .is_err()
        {
            return;
        }
    }
}

fn is_ours(message: &Message) -> bool {
    let Some(headers) = &message.headers else {
        return true;
    };
    headers
        .get_all(VERSION_HEADER)
        .all(|value| value.as_str() == VERSION)
}

/// The client connects again, and subscribes again, for as long as it lives.
fn options(member: &Arc<Member>) -> ConnectOptions {
    let member = member.clone();
    ConnectOptions::new()
        .name(CLIENT_NAME)
        .subscription_capacity(READ_AHEAD)
        .event_callback(move |event| {
            match event {
                Event::Connected => member.want(),
                Event::SlowConsumer(_) => {
                    tracing::warn!("NATS: a channel is full, a message was dropped");
                }
                Event::Disconnected => tracing::warn!("NATS: the connection is lost"),
                other => tracing::warn!("NATS: {other}"),
            }
            std::future::ready(())
        })
}
