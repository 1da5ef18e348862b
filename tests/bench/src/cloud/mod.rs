//! A cloud of its own on loopback: the shipped binaries as processes, and everything that they call.

mod aws;
mod environment;
mod function;
mod gateway;
mod queue;
mod runtime_api;
pub(crate) mod share;
pub(crate) mod template;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use dynamodb::InMemoryDynamoDb;
use stand_ins::{Clock as _, SystemClock, World, WorldSettings, go1, xero};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use self::aws::Aws;
pub(crate) use self::aws::TableLatency;
pub(crate) use self::environment::Environment;
pub(crate) use self::function::{Function, Invocation};
pub(crate) use self::gateway::event;
use self::queue::Queue;
pub(crate) use self::runtime_api::Answer;
use crate::failure::Failure;

/// What the cloud says of a variable, before what the template's defaults say.
pub(crate) const ARRANGED: [&str; 26] = [
    "TABLE_NAME",
    "METRICS_NAMESPACE",
    "PUBLIC_URL",
    "SUPPORT_CONTACT",
    "QUEUE_URL",
    "DEAD_LETTER_QUEUE_URL",
    "XERO_LOGIN_URL",
    "XERO_IDENTITY_URL",
    "XERO_ISSUER",
    "XERO_API_URL",
    "XERO_ACCOUNTING_URL",
    "XERO_PAYROLL_URL",
    "XERO_CLIENT_SECRET_ARN",
    "XERO_SEALING_KEY_ARN",
    "GO1_LOGIN_URL",
    "GO1_AUTH_URL",
    "GO1_API_URL",
    "GO1_V2_API_URL",
    "GO1_PORTAL_URL",
    "GO1_PICTURE_ORIGINS",
    "GO1_CLIENT_SECRET_ARN",
    "GO1_SEALING_KEY_ARN",
    "GO1_COURSES_AU",
    "GO1_COURSES_US",
    "GO1_CALLS_IN_FLIGHT",
    "GO1_CALLS_PER_SECOND",
];

/// What the wire has of the table's name.
const TABLE: &str = "bench";

/// How the cloud behaves, and how the product is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// How long each call to GO1 takes.
    pub(crate) go1: Duration,
    /// How long each call to Xero takes.
    pub(crate) xero: Duration,
    pub(crate) table: TableLatency,
    /// `GO1_CALLS_IN_FLIGHT`.
    pub(crate) in_flight: u32,
    /// `GO1_CALLS_PER_SECOND`; 0 is without a limit.
    pub(crate) per_second: u32,
}

/// It ends with this value: processes, servers and all.
pub(crate) struct Cloud {
    pub(crate) choice: Choice,
    pub(crate) world: World,
    pub(crate) aws: Arc<Aws>,
    pub(crate) app: Url,
    pub(crate) go1: Url,
    functions: BTreeMap<&'static str, Arc<Function>>,
    tasks: Vec<JoinHandle<()>>,
}

/// Where the built functions are, and where the processes' logs go.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// A folder with `<function>/bootstrap`.
    pub(crate) binaries: PathBuf,
    pub(crate) logs: PathBuf,
}

impl Places {
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.binaries.join(name).join("bootstrap")
    }
}

impl Cloud {
    pub(crate) async fn start(places: &Places, choice: Choice) -> Result<Self, Failure> {
        let mut listeners = Vec::new();
        for _ in 0..4 {
            listeners.push(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        }
        let mut ports = Vec::new();
        for listener in &listeners {
            ports.push(listener.local_addr()?.port());
        }
        let [app, xero_port, go1_port, endpoint] = ports[..] else { unreachable!("four listeners") };
        let app_url = format!("http://app.localhost:{app}");
        let settings = WorldSettings {
            xero_public_url: format!("http://xero.localhost:{xero_port}"),
            go1_public_url: format!("http://go1.localhost:{go1_port}"),
            xero_tile_url: format!("{app_url}/portal"),
            xero_redirect_uris: vec![format!("{app_url}/oauth/xero/callback")],
            go1_redirect_uris: vec![format!("{app_url}/oauth/go1/callback")],
            xero_latency: choice.xero,
            go1_latency: choice.go1,
            ..WorldSettings::default()
        };
        let world = World::new(settings);
        let database = InMemoryDynamoDb::new(dynamodb::Settings::new(|| SystemClock.now()));
        state::dynamodb::create_table(&database.client(), TABLE).await?;
        let queue = Queue::new(Duration::from_secs(template::number("QueueVisibility")?.into()));
        let aws = Aws::new(database, queue.clone(), choice.table);

        let values = arranged(choice, [app, xero_port, go1_port, endpoint]);
        let mut functions = BTreeMap::new();
        for (name, in_template) in template::FUNCTIONS {
            let mut variables = template::variables(in_template, &values)?;
            variables.extend(of_lambda(name, in_template, endpoint)?);
            let timeout = Duration::from_secs(template::timeout(in_template)?.into());
            functions.insert(name, Function::new(name, places.binary(name), variables, timeout, places.logs.clone()));
        }
        let (batch, most) = (template::batch_size()?, template::number("WorkerConcurrency")?);
        let worker = functions["worker"].clone();
        let mut tasks = vec![tokio::spawn(queue.map_to(worker, batch.try_into()?, most.try_into()?))];
        let routers = [
            gateway::router(&functions),
            xero::router(world.clone()),
            go1::router(world.clone()),
            aws::router(aws.clone()),
        ];
        for (listener, router) in listeners.into_iter().zip(routers) {
            tasks.push(serve(listener, router));
        }
        let go1 = Url::parse(&format!("http://127.0.0.1:{go1_port}"))?;
        Ok(Self { choice, world, aws, app: Url::parse(&app_url)?, go1, functions, tasks })
    }

    /// A function by the name of its crate.
    pub(crate) fn function(&self, name: &str) -> &Arc<Function> {
        &self.functions[name]
    }

    /// Every function.
    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.functions.values()
    }

    /// GO1 refuses what is beyond so many calls a second and token from now on.
    pub(crate) async fn let_go1_refuse(&self, per_second: u32) -> Result<(), Failure> {
        let pace = serde_json::json!({ "calls_per_second": per_second });
        let client = reqwest::Client::builder().no_proxy().build()?;
        client.post(self.go1.join("/_control/pace")?).json(&pace).send().await?.error_for_status()?;
        Ok(())
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        for function in self.functions() {
            function.retire();
        }
    }
}

fn serve(listener: TcpListener, router: Router) -> JoinHandle<()> {
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    tokio::spawn(async move {
        // It ends only when it is aborted.
        let _ = axum::serve(listener, router).await;
    })
}

/// The values of [`ARRANGED`]. Secrets are named as their variables.
fn arranged(choice: Choice, [app, xero, go1, endpoint]: [u16; 4]) -> BTreeMap<&'static str, String> {
    let (of_xero, of_go1) = (format!("http://127.0.0.1:{xero}"), format!("http://127.0.0.1:{go1}"));
    let queue = |name: &str| format!("http://127.0.0.1:{endpoint}/000000000000/{name}");
    let value = |name: &str| match name {
        "TABLE_NAME" => TABLE.to_owned(),
        "METRICS_NAMESPACE" => "bench".to_owned(),
        "PUBLIC_URL" => format!("http://app.localhost:{app}"),
        "SUPPORT_CONTACT" => "mailto:help@example.com".to_owned(),
        "QUEUE_URL" => queue(queue::BATCHES),
        "DEAD_LETTER_QUEUE_URL" => queue(queue::DEAD_LETTERS),
        "XERO_LOGIN_URL" | "XERO_ISSUER" => format!("http://xero.localhost:{xero}"),
        "XERO_IDENTITY_URL" | "XERO_API_URL" => of_xero.clone(),
        "XERO_ACCOUNTING_URL" => format!("{of_xero}/api.xro/2.0"),
        "XERO_PAYROLL_URL" => format!("{of_xero}/payroll.xro/1.0"),
        "GO1_LOGIN_URL" | "GO1_PICTURE_ORIGINS" => format!("http://go1.localhost:{go1}"),
        "GO1_AUTH_URL" | "GO1_API_URL" => of_go1.clone(),
        "GO1_V2_API_URL" => format!("{of_go1}/v2"),
        "GO1_PORTAL_URL" => format!("http://go1.localhost:{go1}/portals-home/{{domain}}"),
        "GO1_COURSES_AU" => "1001,1002,1003,1004,1005".to_owned(),
        "GO1_COURSES_US" => "2001,2002,2003,2004,2005".to_owned(),
        "GO1_CALLS_IN_FLIGHT" => choice.in_flight.to_string(),
        "GO1_CALLS_PER_SECOND" => choice.per_second.to_string(),
        secret => secret.to_owned(),
    };
    ARRANGED.into_iter().map(|name| (name, value(name))).collect()
}

/// What Lambda itself puts into the environment, and where AWS is.
fn of_lambda(name: &str, in_template: &str, endpoint: u16) -> Result<BTreeMap<String, String>, Failure> {
    let memory = template::memory(in_template)?.to_string();
    let endpoint = format!("http://127.0.0.1:{endpoint}");
    let pairs = [
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("AWS_SESSION_TOKEN", "bench"),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
    ];
    Ok(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// The environment of the bare function: what Lambda puts there, and nothing else.
pub(crate) fn bare(places: &Places) -> Result<Arc<Function>, Failure> {
    let variables = of_lambda("bare-function", "Signup", 1)?;
    Ok(Function::new(
        "bare-function",
        places.binary("bare-function"),
        variables,
        Duration::from_secs(29),
        places.logs.clone(),
    ))
}

/// Where each binary is, or what to do where one is not.
pub(crate) fn need_binaries(places: &Places) -> Result<(), Failure> {
    let names = template::FUNCTIONS.iter().map(|(name, _)| *name).chain(["bare-function"]);
    let missing = names.map(|name| places.binary(name)).find(|path| !Path::new(path).is_file());
    match missing {
        Some(path) => Err(format!("{} is not there: make bench builds it", path.display()).into()),
        None => Ok(()),
    }
}
