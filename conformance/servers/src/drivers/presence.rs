//! Who is there: docs/protocol.md, "Kafka and NATS, version 1", Presence. Pure: it neither reads clocks nor sends.

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// How often a server says that it is there.
pub const INTERVAL: Duration = Duration::from_secs(3);

/// A node that was not heard for so long is gone.
const GONE: Duration = Duration::from_secs(10);

/// Without a word from ourselves for so long, it is the backend that is silent and not the others.
const DEAF: Duration = Duration::from_secs(6);

const VERSION: u8 = 1;

/// `[1, NODE, [CHANNEL, …]]`, or with nil for the channels: who is there?
#[derive(Serialize, Deserialize)]
struct Message(u8, String, Option<Vec<String>>);

struct Node {
    heard: Instant,
    channels: HashSet<String>,
}

/// The channels of this node, and what it heard of all nodes, itself included.
pub struct Roster {
    own: String,
    channels: Vec<String>,
    nodes: HashMap<String, Node>,
    /// When we last heard ourselves. While a lost connection keeps us from it, nobody is taken for gone.
    heard_own: Instant,
    /// Our own question came back.
    pub heard_question: bool,
}

impl Roster {
    pub fn new(own: String, now: Instant) -> Self {
        Self {
            own,
            channels: Vec::new(),
            nodes: HashMap::new(),
            heard_own: now,
            heard_question: false,
        }
    }

    pub fn add(&mut self, chan: &str) {
        if !self.channels.iter().any(|own| own == chan) {
            self.channels.push(chan.to_owned());
        }
    }

    pub fn remove(&mut self, chan: &str) {
        self.channels.retain(|own| own != chan);
    }

    pub fn leave(&mut self) {
        self.channels.clear();
    }

    /// A node without channels has nothing to say: it is not there.
    pub fn is_here(&self) -> bool {
        !self.channels.is_empty()
    }

    /// This node's presence.
    pub fn presence(&self) -> Vec<u8> {
        encode(&self.own, Some(self.channels.clone()))
    }

    pub fn question(&self) -> Vec<u8> {
        encode(&self.own, None)
    }

    /// Takes a message of the presence channel, and tells whether to answer it by the own presence.
    pub fn hear(&mut self, message: &[u8], now: Instant) -> bool {
        let Ok(Message(VERSION, node, channels)) = rmp_serde::from_slice(message) else {
            return false;
        };
        let own = node == self.own;
        if own {
            self.hear_own(now);
        }
        let Some(channels) = channels else {
            self.heard_question |= own;
            return !own;
        };
        if channels.is_empty() {
            self.nodes.remove(&node);
            return false;
        }
        let channels = HashSet::from_iter(channels);
        let heard = Node {
            heard: now,
            channels,
        };
        self.nodes.insert(node, heard).is_none() && !own
    }

    fn hear_own(&mut self, now: Instant) {
        if now.duration_since(self.heard_own) > DEAF {
            self.nodes.values_mut().for_each(|node| node.heard = now);
        }
        self.heard_own = now;
        self.nodes
            .retain(|_, node| now.duration_since(node.heard) < GONE);
    }

    /// Whether our own presence came back with the channel in it.
    pub fn heard_own_channel(&self, chan: &str) -> bool {
        self.nodes
            .get(&self.own)
            .is_some_and(|node| node.channels.contains(chan))
    }

    /// How many nodes hear the channel, this one included.
    pub fn count(&self, chan: &str, now: Instant) -> usize {
        let now = match now.duration_since(self.heard_own) {
            silent if silent > DEAF => self.heard_own,
            _ => now,
        };
        let others = self.nodes.iter().filter(|(name, node)| {
            **name != self.own
                && now.saturating_duration_since(node.heard) < GONE
                && node.channels.contains(chan)
        });
        others.count() + usize::from(self.channels.iter().any(|own| own == chan))
    }
}

fn encode(node: &str, channels: Option<Vec<String>>) -> Vec<u8> {
    rmp_serde::to_vec(&Message(VERSION, node.to_owned(), channels))
        .expect("strings have a form in msgpack")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAN: &str = "socket.io-request#/#";

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn here(node: &str) -> Vec<u8> {
        encode(node, Some(vec![CHAN.to_owned()]))
    }

    /// A roster of the node `own`, which hears CHAN, at a time.
    fn roster() -> (Roster, Instant) {
        let now = Instant::now();
        let mut roster = Roster::new("own".into(), now);
        roster.add(CHAN);
        (roster, now)
    }

    #[test]
    fn messages_are_those_of_the_specification() {
        let (roster, _) = roster();
        assert_eq!(
            roster.presence(),
            b"\x93\x01\xa3own\x91\xb4socket.io-request#/#"
        );
        assert_eq!(roster.question(), b"\x93\x01\xa3own\xc0");
    }

    #[test]
    fn a_new_node_and_a_question_are_answered() {
        let (mut roster, now) = roster();
        assert!(roster.hear(&here("a"), now));
        assert!(!roster.hear(&here("a"), now));
        assert!(roster.hear(&encode("b", None), now));
        assert!(!roster.hear(&encode("own", None), now));
        assert!(roster.heard_question);
        assert!(!roster.hear(&here("own"), now));
        assert!(!roster.hear(&encode("c", Some(Vec::new())), now));
    }

    #[test]
    fn nodes_are_counted_by_channel_and_leave() {
        let (mut roster, now) = roster();
        assert_eq!(roster.count(CHAN, now), 1);
        roster.hear(&here("own"), now);
        roster.hear(&here("a"), now);
        assert_eq!(roster.count(CHAN, now), 2);
        assert_eq!(roster.count("socket.io-request#/admin#", now), 0);
        roster.hear(&encode("a", Some(Vec::new())), now);
        assert_eq!(roster.count(CHAN, now), 1);
        roster.leave();
        assert_eq!(roster.count(CHAN, now), 0);
    }

    #[test]
    fn a_node_that_is_silent_is_gone() {
        let (mut roster, now) = roster();
        roster.hear(&here("a"), now);
        for n in [3, 6, 9] {
            roster.hear(&here("own"), now + seconds(n));
        }
        assert_eq!(roster.count(CHAN, now + seconds(9)), 2);
        assert_eq!(roster.count(CHAN, now + seconds(10)), 1);
        roster.hear(&here("own"), now + seconds(12));
        assert_eq!(roster.nodes.len(), 1);
    }

    #[test]
    fn nobody_is_gone_while_we_are_deaf() {
        let (mut roster, now) = roster();
        roster.hear(&here("a"), now);
        assert_eq!(roster.count(CHAN, now + seconds(60)), 2);
        roster.hear(&here("own"), now + seconds(60));
        assert_eq!(roster.count(CHAN, now + seconds(61)), 2);
        for n in [63, 66, 69] {
            roster.hear(&here("own"), now + seconds(n));
        }
        assert_eq!(roster.count(CHAN, now + seconds(70)), 1);
    }

    #[test]
    fn other_versions_and_rubbish_are_passed_over() {
        let (mut roster, now) = roster();
        for message in [
            b"\x93\x02\xa1a\x91\xa1c".as_slice(),
            b"\x92\x01\xa1a",
            b"\xc1",
            b"",
        ] {
            assert!(!roster.hear(message, now));
        }
        assert_eq!(roster.nodes.len(), 0);
    }
}
