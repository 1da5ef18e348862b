//! Answers that are odd in places, to try readers of answers with: samples in which values, bytes and whole parts stand
//! where they do not belong. For tests only. An odd answer is the same for the same seed.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use crate::{Transport, TransportError};

/// How many seconds each reader is tried.
pub const SECONDS: &str = "FUZZ_SECONDS";

/// The first seed; a failure says which one it was.
pub const SEED: &str = "FUZZ_SEED";

/// What is put into a body byte by byte.
const SNIPPETS: [&[u8]; 12] = [
    b"\xEF\xBB\xBF",
    b"\xFF",
    b"\xE2\x82",
    b"\\ud800",
    b"\\u0000",
    b"null",
    b"\"",
    b"{",
    b"[[[[",
    b"}",
    b",",
    b"<html>",
];

/// Answers every request with the next of these bodies, and with the last one for ever.
#[derive(Debug)]
pub struct Bodies(Mutex<VecDeque<Bytes>>);

impl Bodies {
    /// Answers with these, in order.
    pub fn new(bodies: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(Mutex::new(bodies.into_iter().map(Bytes::from).collect()))
    }
}

#[async_trait]
impl Transport for Bodies {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut bodies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let body = if bodies.len() > 1 { bodies.pop_front() } else { bodies.front().cloned() };
        Ok(Response::new(body.unwrap_or_default()))
    }
}

/// Tries a reader on odd forms of `sample` for as long as `FUZZ_SECONDS` says, and prints how many they were.
pub fn try_for_a_while(name: &str, sample: &Value, mut read: impl FnMut(&[u8])) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (seconds, first) = (number(SECONDS).unwrap_or(1), number(SEED).unwrap_or(1));
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut seed, mut lists) = (first, 0_u64);
    while Instant::now() < until {
        let body = odd(sample, seed);
        lists += u64::from(serde_json::from_slice::<Value>(&body).is_ok());
        let told = TellsTheSeed(seed);
        read(&body);
        drop(told);
        seed += 1;
    }
    println!("{name}: {} odd answers in {seconds} s from seed {first}, {lists} of them JSON", seed - first);
}

/// Says which seed it was where a reader panics.
struct TellsTheSeed(u64);

impl Drop for TellsTheSeed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("again with {SEED}={}", self.0);
        }
    }
}

/// One odd form of a sample.
pub fn odd(sample: &Value, seed: u64) -> Vec<u8> {
    let mut chance = Chance(seed);
    let mut document = sample.clone();
    for _ in 0..chance.below(4) {
        change_somewhere(&mut document, &mut chance);
    }
    let mut body = document.to_string().into_bytes();
    if chance.below(2) == 0 {
        return body;
    }
    for _ in 0..=chance.below(3) {
        let at = chance.below(body.len() + 1);
        match chance.below(4) {
            0 => body.truncate(at),
            1 => drop(body.drain(at..(at + chance.below(9)).min(body.len()))),
            2 if at < body.len() => body[at] = u8::try_from(chance.below(256)).unwrap_or_default(),
            _ => drop(body.splice(at..at, SNIPPETS[chance.below(SNIPPETS.len())].iter().copied())),
        }
    }
    body
}

/// Puts something odd where chance says, from the top downwards.
fn change_somewhere(value: &mut Value, chance: &mut Chance) {
    if chance.below(4) > 0 {
        match value {
            Value::Array(rows) if !rows.is_empty() => {
                let at = chance.below(rows.len());
                match chance.below(8) {
                    0 => rows.insert(at, odd_value(chance)),
                    1 => rows.insert(at, rows[at].clone()),
                    2 => drop(rows.remove(at)),
                    _ => change_somewhere(&mut rows[at], chance),
                }
                return;
            }
            Value::Object(fields) if !fields.is_empty() => {
                let names: Vec<String> = fields.keys().cloned().collect();
                let name = &names[chance.below(names.len())];
                if chance.below(8) == 0 {
                    fields.remove(name);
                } else if let Some(field) = fields.get_mut(name) {
                    change_somewhere(field, chance);
                }
                return;
            }
            _ => {}
        }
    }
    *value = odd_value(chance);
}

fn odd_value(chance: &mut Chance) -> Value {
    match chance.below(14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(-1),
        4 => json!(18_446_744_073_709_551_615_u64),
        5 => json!(1.5e300),
        6 => json!(""),
        7 => json!(" \u{200B}\u{0}\u{202E} "),
        8 => json!("x".repeat(chance.below(9_000))),
        9 => json!([]),
        10 => json!({}),
        11 => json!({ "id": null, "Name": [], "user": 7 }),
        12 => json!("/Date(99999999999999999)/"),
        _ => (0..chance.below(100)).fold(json!(1), |inner, _| json!([inner])),
    }
}

/// Numbers that look random (`SplitMix64`), so that a test needs no crate for them.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from((mixed ^ (mixed >> 31)) % end).unwrap_or_default()
    }
}
