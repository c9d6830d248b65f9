//! A server's part in the presence channel: it announces itself, and counts who is there.

use socketioxide_core::Uid;
use spec::names::presence_channel;
use spec::presence::{INTERVAL, Roster};
use std::fmt::Display;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex as Turn, Notify, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// How long a driver that starts waits for those who are there to answer, after its question came back.
const ANSWERS: Duration = Duration::from_millis(500);

/// How long what was published here may take to come back before that is an error.
const ROUND_TRIP: Duration = Duration::from_secs(10);

/// Publishes a message on the presence channel.
pub trait Publish: Send + Sync + 'static {
    type Error: Display + From<Silent>;

    fn publish(
        &self,
        chan: String,
        message: Vec<u8>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// What was published here did not come back in time.
pub struct Silent(pub Duration);

pub struct Member {
    pub channel: String,
    roster: Mutex<Roster>,
    /// Held from making an announcement until it is published, so that none overtakes a later one.
    turn: Turn<()>,
    /// Asks `keep` for an announcement.
    wanted: Notify,
    /// Changes with each message heard.
    heard: watch::Sender<()>,
}

impl Member {
    pub fn new(prefix: &str) -> Self {
        let node = Uid::new().to_string();
        Self {
            channel: presence_channel(prefix),
            roster: Mutex::new(Roster::new(node, Instant::now())),
            turn: Turn::new(()),
            wanted: Notify::new(),
            heard: watch::Sender::new(()),
        }
    }

    /// Asks who is there, and waits for the answers. The presence channel must be heard already.
    pub async fn ask<P: Publish>(&self, publisher: &P) -> Result<(), P::Error> {
        let question = self.roster.lock().unwrap().question();
        publisher.publish(self.channel.clone(), question).await?;
        self.until(|roster| roster.heard_question).await?;
        sleep(ANSWERS).await;
        Ok(())
    }

    /// Takes a message of the presence channel.
    pub fn hear(&self, message: &[u8]) {
        let mut roster = self.roster.lock().unwrap();
        if roster.hear(message, Instant::now()) {
            self.want();
        }
        drop(roster);
        self.heard.send_replace(());
    }

    /// Has the presence announced soon.
    pub fn want(&self) {
        self.wanted.notify_one();
    }

    /// Announces the presence at intervals, and when it is wanted.
    pub async fn keep<P: Publish>(&self, publisher: &P) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.wanted.notified() => {}
            }
            if let Err(err) = self.announce_if(Roster::is_here, publisher).await {
                tracing::warn!("publish the presence on {}: {err}", self.channel);
            }
        }
    }

    pub async fn add<P: Publish>(&self, chan: &str, publisher: &P) -> Result<(), P::Error> {
        self.roster.lock().unwrap().add(chan);
        let announced = self.announce_if(|_| true, publisher).await;
        if announced.is_err() {
            self.roster.lock().unwrap().remove(chan);
        }
        announced
    }

    pub async fn remove<P: Publish>(&self, chan: &str, publisher: &P) -> Result<(), P::Error> {
        self.roster.lock().unwrap().remove(chan);
        self.announce_if(|_| true, publisher).await
    }

    pub async fn leave<P: Publish>(&self, publisher: &P) -> Result<(), P::Error> {
        self.roster.lock().unwrap().leave();
        self.announce_if(|_| true, publisher).await
    }

    async fn announce_if<P: Publish>(
        &self,
        condition: impl Fn(&Roster) -> bool,
        publisher: &P,
    ) -> Result<(), P::Error> {
        let _turn = self.turn.lock().await;
        let presence = {
            let roster = self.roster.lock().unwrap();
            if !condition(&roster) {
                return Ok(());
            }
            roster.presence()
        };
        publisher.publish(self.channel.clone(), presence).await
    }

    /// Waits until our own presence came back with the channel in it.
    #[cfg(feature = "nats")]
    pub async fn heard_channel(&self, chan: &str) -> Result<(), Silent> {
        self.until(|roster| roster.heard_own_channel(chan)).await
    }

    async fn until(&self, condition: impl Fn(&Roster) -> bool) -> Result<(), Silent> {
        let mut heard = self.heard.subscribe();
        let wait = async {
            while !condition(&self.roster.lock().unwrap()) {
                heard.changed().await.ok();
            }
        };
        timeout(ROUND_TRIP, wait)
            .await
            .map_err(|_| Silent(ROUND_TRIP))
    }

    pub fn count(&self, chan: &str) -> u16 {
        let count = self.roster.lock().unwrap().count(chan, Instant::now());
        count.try_into().unwrap_or(u16::MAX)
    }
}
