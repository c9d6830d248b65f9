//! Names of topics and subjects: docs/protocol.md, "Kafka and NATS, version 1", Names.

use std::fmt;

/// Kafka takes no longer topic.
const MAX_TOPIC: usize = 249;

/// A NATS server reads no longer line than 4,096 bytes (its max_control_line); the line of a message holds more than the
/// subject.
const MAX_SUBJECT: usize = 3_500;

/// A name that the backend can't carry.
#[derive(Debug)]
pub struct NameError(String);

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NameError {}

/// The channel on which servers say that they are there.
pub fn presence_channel(prefix: &str) -> String {
    format!("{prefix}-presence#")
}

/// The topic of a prefix.
pub fn topic(prefix: &str) -> Result<String, NameError> {
    let name = match prefix {
        "" => return Err(NameError("an empty prefix has no topic".into())),
        "." => "_2E".into(),
        ".." => "_2E_2E".into(),
        _ => encode(prefix, b'_', |byte| {
            byte.is_ascii_alphanumeric() || b".-".contains(&byte)
        }),
    };
    within(name, MAX_TOPIC, "topic")
}

/// The subject of a channel: the prefix, and what follows it split at each `#`, as tokens.
pub fn subject(prefix: &str, chan: &str) -> Result<String, NameError> {
    let rest = chan
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
        .ok_or_else(|| NameError(format!("channel {chan}: it is not of prefix {prefix}")))?;
    let rest = rest.strip_suffix('#').unwrap_or(rest);
    let mut name = token(prefix);
    for part in rest.split('#') {
        name.push('.');
        name.push_str(&token(part));
    }
    if prefix.is_empty() || name.ends_with('.') || name.contains("..") {
        return Err(NameError(format!("channel {chan}: a part of it is empty")));
    }
    within(name, MAX_SUBJECT, "subject")
}

fn token(text: &str) -> String {
    encode(text, b'=', |byte| {
        byte.is_ascii_alphanumeric() || b"-_".contains(&byte)
    })
}

/// Writes each byte that may not be kept as the escape and two upper-case hexadecimal digits.
fn encode(text: &str, escape: u8, keep: impl Fn(u8) -> bool) -> String {
    let mut name = String::with_capacity(text.len());
    for byte in text.bytes() {
        if keep(byte) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("{}{byte:02X}", char::from(escape)));
        }
    }
    name
}

fn within(name: String, max: usize, what: &str) -> Result<String, NameError> {
    if name.len() > max {
        let len = name.len();
        return Err(NameError(format!(
            "{what} {name}: {len} bytes, more than {max}"
        )));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of docs/protocol.md: a prefix, its topic, its token.
    const VECTORS: [(&str, &str, &str); 8] = [
        ("socket.io", "socket.io", "socket=2Eio"),
        (".", "_2E", "=2E"),
        ("..", "_2E_2E", "=2E=2E"),
        ("a_b=c", "a_5Fb_3Dc", "a_b=3Dc"),
        ("a b*>", "a_20b_2A_3E", "a=20b=2A=3E"),
        ("shop#1/eu", "shop_231_2Feu", "shop=231=2Feu"),
        ("é", "_C3_A9", "=C3=A9"),
        ("A-z.09", "A-z.09", "A-z=2E09"),
    ];

    /// The way back, which no driver needs: it shows that no two names become one.
    fn decode(name: &str, escape: u8) -> String {
        let mut bytes = name.bytes();
        let mut text = Vec::new();
        while let Some(byte) = bytes.next() {
            if byte != escape {
                text.push(byte);
                continue;
            }
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            text.push(u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap());
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn topics_and_tokens_are_those_of_the_table() {
        for (prefix, want_topic, want_token) in VECTORS {
            assert_eq!(topic(prefix).unwrap(), want_topic);
            assert_eq!(token(prefix), want_token);
        }
    }

    #[test]
    fn names_can_be_read_back() {
        for (prefix, topic, token) in VECTORS {
            assert_eq!(decode(topic, b'_'), prefix);
            assert_eq!(decode(token, b'='), prefix);
        }
    }

    #[test]
    fn subjects_are_those_of_the_table() {
        for (chan, want) in [
            ("socket.io-request#/#", "socket=2Eio.request.=2F"),
            (
                "socket.io-request#/admin#AAAAAAAAAAAAAAAA#",
                "socket=2Eio.request.=2Fadmin.AAAAAAAAAAAAAAAA",
            ),
            (
                "socket.io-response#/#-_AAAAAAAAAAAAAA#",
                "socket=2Eio.response.=2F.-_AAAAAAAAAAAAAA",
            ),
            ("socket.io-presence#", "socket=2Eio.presence"),
            (
                "socket.io-request#/a.b c*#",
                "socket=2Eio.request.=2Fa=2Eb=20c=2A",
            ),
        ] {
            assert_eq!(subject("socket.io", chan).unwrap(), want);
        }
        assert_eq!(presence_channel("socket.io"), "socket.io-presence#");
    }

    #[test]
    fn a_prefix_with_a_number_sign_keeps_it() {
        assert_eq!(
            subject("a#b", "a#b-request#/#").unwrap(),
            "a=23b.request.=2F"
        );
    }

    #[test]
    fn what_can_not_be_carried_is_an_error() {
        assert!(topic("").is_err());
        assert!(topic(&"a".repeat(249)).is_ok());
        assert!(topic(&"a".repeat(250)).is_err());
        assert!(topic(&".".repeat(249)).is_ok());
        assert!(topic(&"/".repeat(84)).is_err());
        assert!(subject("", "-request#/#").is_err());
        assert!(subject("a", "b-request#/#").is_err());
        assert!(subject("a", "a-request##").is_err());
        assert!(subject("a", &format!("a-request#/{}#", "b".repeat(3_500))).is_err());
    }
}
