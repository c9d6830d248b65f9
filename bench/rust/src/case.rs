use bytes::Bytes;
use serde::{Deserialize, Serialize, Serializer};
use socketioxide_emitter::IoEmitter;
use std::error::Error;

/// What is to be done, n times (bench/contest/case.go).
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Case {
    pub op: String,
    pub kind: String,
    pub value: serde_json::Value,
    pub parser: String,
    pub rooms: usize,
    pub at_once: usize,
    pub addrs: Vec<String>,
    pub sharded: bool,
    pub n: usize,
}

/// What it took.
#[derive(Serialize, Default)]
pub struct Sample {
    pub ns: u64,
    pub cpu_ns: u64,
    pub allocs: u64,
    pub bytes: usize,
    pub error: String,
}

impl Case {
    /// Every emit consumes an emitter, so each makes its own, as the crate's documentation does.
    pub fn emitter(&self) -> IoEmitter {
        let io = match self.parser.as_str() {
            "msgpack" => IoEmitter::new_msgpack(),
            _ => IoEmitter::new(),
        };
        if self.rooms <= 1 {
            return io.to("room");
        }
        io.to((0..self.rooms).map(|i| format!("room-{i}")).collect::<Vec<_>>())
    }
}

/// The struct of ten fields, as in bench/contestant/value.go.
#[derive(Deserialize, Serialize)]
pub struct Order {
    id: i64,
    customer: String,
    email: String,
    items: Vec<String>,
    total: f64,
    currency: String,
    quantity: u32,
    paid: bool,
    placed: i64,
    note: String,
}

/// What is emitted; it serializes as what it holds.
pub enum Value {
    Text(String),
    Bytes(Bytes),
    Order(Box<Order>),
    Map(serde_json::Value),
}

impl Value {
    pub fn parse(case: &Case) -> Result<Self, Box<dyn Error>> {
        let value = case.value.clone();
        Ok(match case.kind.as_str() {
            "text" => Value::Text(serde_json::from_value(value)?),
            "bytes" => Value::Bytes(vec![b'x'; serde_json::from_value(value)?].into()),
            "struct" => Value::Order(serde_json::from_value(value)?),
            "map" => Value::Map(value),
            other => return Err(format!("no value of kind {other}").into()),
        })
    }
}

impl Serialize for Value {
    #[inline]
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(v) => v.serialize(s),
            Value::Bytes(v) => v.serialize(s),
            Value::Order(v) => v.serialize(s),
            Value::Map(v) => v.serialize(s),
        }
    }
}
