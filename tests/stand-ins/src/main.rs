//! Serves the fake Xero, the fake GO1 and the reverse proxy to the app on this machine.

use std::error::Error;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use clap::Parser;
use stand_ins::reverse_proxy::{self, ReverseProxySettings};
use stand_ins::{World, WorldSettings, XeroTier, go1, xero};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Serves fake Xero, fake GO1 and a reverse proxy to the app, on 127.0.0.1.
#[derive(Parser)]
struct Arguments {
    /// The port of the fake Xero.
    #[arg(long, env = "XERO_PORT", default_value_t = 8401)]
    xero_port: u16,
    /// The port of the fake GO1.
    #[arg(long, env = "GO1_PORT", default_value_t = 8402)]
    go1_port: u16,
    /// The port of the reverse proxy to the app.
    #[arg(long, env = "APP_PORT", default_value_t = 8400)]
    app_port: u16,
    /// The address of the app; without it there is no reverse proxy.
    #[arg(long)]
    app_upstream: Option<String>,
    /// The Host that the app expects, such as `<api id>.execute-api.localhost`.
    #[arg(long)]
    app_upstream_host: Option<String>,
    /// The seed of every generated id, name and token.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// An address of ours beside the app's, with the same paths behind it, to come back to from Xero and from GO1: for a
    /// contract run.
    #[arg(long)]
    also_return_to: Vec<String>,
    /// How long each Xero call takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    xero_latency: u64,
    /// The Xero tier of the app, which limits its connections; without it there is no such limit.
    #[arg(long, value_enum)]
    xero_tier: Option<XeroTier>,
    /// How long each GO1 call takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    go1_latency: u64,
    /// How many calls a second GO1 allows for each token; without it there is no limit.
    #[arg(long)]
    go1_calls_per_second: Option<u32>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let app = format!("http://app.localhost:{}", arguments.app_port);
    let returns = |path: &str| {
        let own = arguments.also_return_to.iter().map(|address| address.trim_end_matches('/'));
        std::iter::once(app.as_str()).chain(own).map(|address| format!("{address}{path}")).collect()
    };
    let settings = WorldSettings {
        seed: arguments.seed,
        xero_public_url: format!("http://xero.localhost:{}", arguments.xero_port),
        go1_public_url: format!("http://go1.localhost:{}", arguments.go1_port),
        xero_tile_url: format!("{app}/portal"),
        xero_redirect_uris: returns("/oauth/xero/callback"),
        go1_redirect_uris: returns("/oauth/go1/callback"),
        xero_latency: Duration::from_millis(arguments.xero_latency),
        go1_latency: Duration::from_millis(arguments.go1_latency),
        go1_calls_per_second: arguments.go1_calls_per_second,
        ..WorldSettings::default()
    };
    let world = World::new(match arguments.xero_tier {
        Some(tier) => settings.on_tier(tier),
        None => settings,
    });
    let mut services = vec![
        ("fake Xero", "xero", arguments.xero_port, xero::router(world.clone())),
        ("fake GO1", "go1", arguments.go1_port, go1::router(world)),
    ];
    if let Some(upstream) = arguments.app_upstream {
        let settings = ReverseProxySettings { upstream, upstream_host: arguments.app_upstream_host };
        services.push(("reverse proxy to the app", "app", arguments.app_port, reverse_proxy::router(settings)?));
    }

    let (stop, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    for (title, name, port, router) in services {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let port = listener.local_addr()?.port();
        println!("{title}: http://{name}.localhost:{port}");
        servers.spawn(listen(listener, router, stopped.clone()));
    }
    tokio::select! {
        () = shutdown_signal() => {}
        Some(ended) = servers.join_next() => ended??,
    }
    stop.send(true)?;
    // Running calls may end, and connections that are merely kept open delay the end by three seconds at the most.
    let _ = tokio::time::timeout(Duration::from_secs(3), servers.join_all()).await;
    Ok(())
}

fn listen(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) -> impl Future<Output = std::io::Result<()>> {
    stand_ins::serve(listener, router, async move {
        // An error means that the sender is gone, which also ends the server.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    })
}

/// Waits for the first SIGTERM or SIGINT.
async fn shutdown_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
