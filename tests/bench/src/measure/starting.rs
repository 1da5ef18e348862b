//! Cold starts and warm answers, in turn with a bare function, so that both meet the same machine.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Request;
use bytes::Bytes;
use serde_json::Value;

use crate::cloud::{Answer, Cloud, Environment, Function, event, template};
use crate::failure::Failure;

/// How long an environment is left alone before its memory is read.
const REST: Duration = Duration::from_millis(100);

/// An event may take so long.
const TIMEOUT: Duration = Duration::from_secs(29);

/// What starting a function came to, in turn with the bare one.
#[derive(Default)]
pub(crate) struct Starts {
    pub(crate) ours: Vec<Duration>,
    pub(crate) bare: Vec<Duration>,
    /// The processor's time until the first request for an event.
    pub(crate) processor: Vec<Duration>,
    /// At rest, in MB.
    pub(crate) memory: Vec<f64>,
    pub(crate) bare_memory: Vec<f64>,
}

/// Starts each function and the bare one in turn, so often.
pub(crate) async fn starts(
    cloud: &Cloud,
    bare: &Function,
    rounds: usize,
) -> Result<BTreeMap<&'static str, Starts>, Failure> {
    let mut all: BTreeMap<&'static str, Starts> = BTreeMap::new();
    for _ in 0..rounds {
        for function in cloud.functions() {
            let starts = all.entry(function.name).or_default();
            let other = bare.start().await?;
            starts.bare.push(other.start);
            let ours = function.start().await?;
            starts.processor.push(ours.processor_time());
            starts.ours.push(ours.start);
            tokio::time::sleep(REST).await;
            starts.memory.extend(ours.memory().map(|(now, _)| now));
            starts.bare_memory.extend(other.memory().map(|(now, _)| now));
        }
    }
    Ok(all)
}

/// What answering a small event came to, in turn with the bare function.
#[derive(Default)]
pub(crate) struct Warm {
    pub(crate) ours: Vec<Duration>,
    pub(crate) bare: Vec<Duration>,
}

/// A page of each function that needs no table and no upstream, and an event without a message for the worker.
const PAGES: [(&str, &str); 6] = [
    ("signup", "/no-such-page"),
    ("oauth-callback", "/organisations"),
    ("preview", "/preview"),
    ("import", "/imports/none"),
    ("addon", "/portal/users"),
    ("worker", ""),
];

/// Asks each function that can answer at once, so often, in turn with the bare one.
pub(crate) async fn warm_answers(
    cloud: &Cloud,
    bare: &Function,
    times: usize,
) -> Result<BTreeMap<&'static str, Warm>, Failure> {
    let mut all = BTreeMap::new();
    for (name, path) in PAGES {
        let (ours, other) = (cloud.function(name).start().await?, bare.start().await?);
        let page = page(if path.is_empty() { "/" } else { path })?;
        let own = if path.is_empty() { Bytes::from_static(b"{\"Records\":[]}") } else { page.clone() };
        let mut warm = Warm::default();
        // The first answers fill the caches, of the process and of the machine.
        for number in 0..times + times / 10 {
            let bare_took = answered(&other, page.clone()).await?;
            let took = answered(&ours, own.clone()).await?;
            if number >= times / 10 {
                warm.bare.push(bare_took);
                warm.ours.push(took);
            }
        }
        all.insert(name, warm);
    }
    Ok(all)
}

fn page(path: &str) -> Result<Bytes, Failure> {
    let request = Request::get(path).header("host", "app.localhost").header("accept", "text/html").body(())?;
    let event: Value = event(&request.into_parts().0, &Bytes::new(), 1);
    Ok(event.to_string().into())
}

async fn answered(environment: &Environment, body: Bytes) -> Result<Duration, Failure> {
    match environment.invoke(body, TIMEOUT).await {
        (took, Answer::Response(_)) => Ok(took),
        (_, Answer::Error(error)) => Err(String::from_utf8_lossy(&error).into()),
    }
}

/// The functions by name, for those that are not measured here.
pub(crate) fn not_warm() -> Vec<&'static str> {
    let measured = |name: &str| PAGES.iter().any(|(page, _)| *page == name);
    template::FUNCTIONS.iter().map(|(name, _)| *name).filter(|name| !measured(name)).collect()
}
