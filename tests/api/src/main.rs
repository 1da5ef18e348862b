//! Serves the shipped functions on one port of this machine, over memory and the stand-ins, and says on its first line where,
//! and who is signed in there. Each line that it reads puts everything back as it was, to the last id, because everything
//! follows from the seed; it says so with the same line.

mod scene;

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use clap::Parser;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::{Instant, advance};
use tower::ServiceExt as _;

use crate::scene::Scene;

/// How much time each request takes: the limits of the stand-ins are by the minute, and those of the product by the hour.
const BETWEEN_REQUESTS: Duration = Duration::from_secs(1);

/// For how long what was prepared is put back. A code of Xero's, which the end of a login has, is good for five minutes.
const PUT_BACK_FOR: Duration = Duration::from_mins(4);

/// Serves the shipped functions on 127.0.0.1.
#[derive(Parser)]
struct Arguments {
    /// The port; one that is free where it is 0.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The seed of every id, name and token.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The functions as they are now.
#[derive(Clone)]
struct Current(Arc<Mutex<Router>>);

impl Current {
    fn replace(&self, router: Router) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = router;
    }

    fn router(&self) -> Router {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

// Time stands still but for what a request takes and what the functions wait for, so that a scene is made at once.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let mut scene = Scene::prepare(arguments.seed).await;
    let mut prepared = Instant::now();
    let current = Current(Arc::new(Mutex::new(scene.app.clone())));
    tell(&address, &scene)?;
    let served = current.clone();
    let answer = move |request: Request| {
        let router = served.router();
        async move {
            advance(BETWEEN_REQUESTS).await;
            router.oneshot(request).await
        }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });

    let (wanted, mut wishes) = unbounded_channel();
    // A thread, because tokio's own reading would keep its clock from moving.
    thread::spawn(move || std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|_| wanted.send(())));
    while wishes.recv().await.is_some() {
        if prepared.elapsed() < PUT_BACK_FOR {
            scene.put_back();
        } else {
            scene = Scene::prepare(arguments.seed).await;
            prepared = Instant::now();
            current.replace(scene.app.clone());
        }
        tell(&address, &scene)?;
    }
    Ok(())
}

fn tell(address: &str, scene: &Scene) -> Result<(), Box<dyn Error>> {
    let line = json!({ "address": address, "sessions": scene.sessions, "known": scene.known });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
