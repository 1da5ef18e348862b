//! The functions as their `main`s make them, by their own constructors: exchanged are only the table, the way to the
//! upstreams, the queue, the clock, the randomness, and the settings that an operator can choose.

use std::sync::Arc;
use std::time::Duration;

use addon::Addon;
use async_trait::async_trait;
use bytes::Bytes;
use domain::clock::{Clock, Random};
use futures::FutureExt as _;
use go1_access::{Go1Access, READ_TRIES};
use http::{Request, Response};
use import::Importer;
use importing::queue::BatchQueue;
use importing::undo::Undo;
use oauth_callback::Callback;
use platform::function::{FunctionContext, StartError};
use platform::secrets::{SecretError, Secrets};
use platform::settings::{Environment, names};
use preview::Preview;
use secrecy::SecretString;
use serde_json::json;
use signup::SignUpFunction;
use stand_ins::{go1, xero};
use state::conformance::Store;
use sweeper::Sweeper;
use transport::{Transport, TransportError};
use worker::{PaceSettings, ReturnPath, Worker};
use xero_access::XeroAccess;

use crate::addresses::{APP, GO1, XERO};
use crate::gateway::Gateway;

/// The keys that tokens are sealed with: not secret here.
const SEALING_KEYS: &str = r#"{"current":"1","1":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#;

/// What CloudFront sends along where the functions stand behind it: not secret here.
pub const EDGE_SECRET: &str = "edge-secret-of-now";

/// What the functions have from outside.
#[derive(Clone)]
pub struct Surroundings<S> {
    /// What is kept.
    pub state: Arc<S>,
    /// The way to Xero.
    pub xero: Arc<dyn Transport>,
    /// The way to GO1.
    pub go1: Arc<dyn Transport>,
    /// The queue of batches.
    pub queue: Arc<dyn BatchQueue>,
    /// Where messages go that are not done with.
    pub return_path: Arc<dyn ReturnPath>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// How fast GO1 is called for one portal.
    pub pace: PaceSettings,
    /// Whether PKCE's challenge is sent.
    pub pkce: bool,
    /// Whether CloudFront stands before the functions, and names itself by [`EDGE_SECRET`].
    pub behind_an_edge: bool,
    /// How long one invocation of the worker may take before it is killed.
    pub invocation: Duration,
    /// The queue's visibility time-out.
    pub visibility: Duration,
}

/// Starts functions: each call is one cold start.
pub struct Wiring<S> {
    context: FunctionContext<S>,
    transport: Arc<dyn Transport>,
    queue: Arc<dyn BatchQueue>,
    return_path: Arc<dyn ReturnPath>,
    of_a_function: Option<StateOf<S>>,
}

/// The state as a function has it, which is named as in the template.
pub(crate) type StateOf<S> = Arc<dyn Fn(&'static str) -> S + Send + Sync>;

/// One process of each function.
#[derive(Clone)]
pub(crate) struct Functions {
    pub(crate) gateway: Gateway,
    pub(crate) worker: Worker,
    pub(crate) sweeper: Sweeper,
    pub(crate) undo: Undo,
}

impl Functions {
    pub(crate) fn start<S: Store + 'static>(wiring: &Wiring<S>) -> Self {
        Self { gateway: wiring.gateway(), worker: wiring.worker(), sweeper: wiring.sweeper(), undo: wiring.undo() }
    }
}

/// What a function came to that needs nothing slow to begin.
fn begun<F>(beginning: impl Future<Output = Result<F, StartError>>) -> F {
    beginning.now_or_never().expect("nothing here waits").expect("all settings and secrets are there")
}

impl<S: Store + 'static> Wiring<S> {
    /// In these surroundings.
    pub fn new(around: Surroundings<S>) -> Self {
        let transport = Arc::new(ByHost { xero: around.xero.clone(), go1: around.go1.clone() });
        Self {
            transport,
            queue: around.queue.clone(),
            return_path: around.return_path.clone(),
            of_a_function: None,
            context: FunctionContext {
                environment: environment(&around),
                state: around.state,
                clock: around.clock,
                random: around.random,
            },
        }
    }

    /// The same over another state.
    pub fn over<T: Store + 'static>(&self, state: Arc<T>) -> Wiring<T> {
        let FunctionContext { environment, clock, random, .. } = &self.context;
        Wiring {
            context: FunctionContext {
                environment: environment.clone(),
                state,
                clock: clock.clone(),
                random: random.clone(),
            },
            transport: self.transport.clone(),
            queue: self.queue.clone(),
            return_path: self.return_path.clone(),
            of_a_function: None,
        }
    }

    /// The same with another state for each function.
    pub(crate) fn with_state_of(self, of_a_function: Option<StateOf<S>>) -> Self {
        Self { of_a_function, ..self }
    }

    /// What this function is started with.
    fn of(&self, function: &'static str) -> FunctionContext<S> {
        let FunctionContext { environment, state, clock, random } = &self.context;
        let state = self.of_a_function.as_ref().map_or_else(|| state.clone(), |of| Arc::new(of(function)));
        FunctionContext { environment: environment.clone(), state, clock: clock.clone(), random: random.clone() }
    }

    /// Access to GO1, as the functions with pages have it.
    pub fn go1_access(&self) -> Go1Access {
        self.go1_access_reading(&SECRETS)
    }

    /// Access to Xero.
    pub fn xero_access(&self) -> XeroAccess {
        self.xero_access_reading(&SECRETS)
    }

    /// The import function.
    pub fn importer(&self) -> Importer {
        begun(Importer::new(&self.of("Import"), &SECRETS, self.transport.clone(), self.queue.clone()))
    }

    /// The worker.
    pub fn worker(&self) -> Worker {
        begun(Worker::new(&self.of("Worker"), &SECRETS, self.transport.clone(), self.return_path.clone()))
    }

    /// A worker whose secret of sealing keys has these instead.
    pub fn worker_sealing_with(&self, sealing_keys: &'static str) -> Worker {
        let secrets = FixedSecrets { sealing_keys };
        begun(Worker::new(&self.of("Worker"), &secrets, self.transport.clone(), self.return_path.clone()))
    }

    /// A worker that reads its secrets from elsewhere.
    pub fn worker_reading(&self, secrets: &dyn Secrets) -> Worker {
        begun(Worker::new(&self.of("Worker"), secrets, self.transport.clone(), self.return_path.clone()))
    }

    /// Access to GO1 that reads its secrets from elsewhere.
    ///
    /// # Panics
    /// Never: all its settings are there.
    pub fn go1_access_reading(&self, secrets: &dyn Secrets) -> Go1Access {
        Go1Access::new(&self.context, secrets, self.transport.clone(), READ_TRIES).expect("all settings are there")
    }

    /// Access to Xero that reads its secrets from elsewhere.
    ///
    /// # Panics
    /// Never: all its settings are there.
    pub fn xero_access_reading(&self, secrets: &dyn Secrets) -> XeroAccess {
        XeroAccess::new(&self.context, secrets, self.transport.clone()).expect("all settings are there")
    }

    /// The sweeper.
    ///
    /// # Panics
    /// Never: all its settings are there.
    pub fn sweeper(&self) -> Sweeper {
        Sweeper::new(&self.of("Sweeper"), self.queue.clone()).expect("all settings are there")
    }

    /// The add-on.
    pub fn addon(&self) -> Addon {
        begun(Addon::new(&self.of("Addon"), &SECRETS, self.transport.clone(), self.queue.clone()))
    }

    /// The preview.
    pub fn preview(&self) -> Preview {
        begun(Preview::new(&self.of("Preview"), &SECRETS, self.transport.clone()))
    }

    /// What ends a consent at Xero, and takes the access back.
    pub fn callback(&self) -> Callback {
        begun(Callback::new(&self.of("OauthCallback"), &SECRETS, self.transport.clone()))
    }

    /// What takes imports back.
    pub fn undo(&self) -> Undo {
        let FunctionContext { state, clock, .. } = &self.context;
        Undo { state: state.clone(), queue: self.queue.clone(), clock: clock.clone() }
    }

    /// Every function with pages.
    pub(crate) fn gateway(&self) -> Gateway {
        self.gateway_reading(&SECRETS)
    }

    /// Every function with pages, which reads its secrets from elsewhere.
    pub(crate) fn gateway_reading(&self, secrets: &dyn Secrets) -> Gateway {
        let (to, queue) = (|| self.transport.clone(), || self.queue.clone());
        let sign_up = begun(SignUpFunction::new(&self.of("Signup"), secrets, to()));
        let callback = begun(Callback::new(&self.of("OauthCallback"), secrets, to()));
        let preview = begun(Preview::new(&self.of("Preview"), secrets, to()));
        let importer = begun(Importer::new(&self.of("Import"), secrets, to(), queue()));
        let addon = begun(Addon::new(&self.of("Addon"), secrets, to(), queue()));
        Gateway {
            functions: [
                ("Signup", signup::router(sign_up)),
                ("OauthCallback", oauth_callback::router(callback)),
                ("Preview", preview::router(preview)),
                ("Import", import::router(importer)),
                ("Addon", addon::router(addon)),
            ],
        }
    }
}

/// The settings of `infra/template.yaml`, for the stand-ins.
fn environment<S>(around: &Surroundings<S>) -> Environment {
    let text = |text: &str| text.to_owned();
    Environment::from_iter([
        (names::PUBLIC_URL, text(APP)),
        (names::EDGE_SECRET_ARN, text(if around.behind_an_edge { names::EDGE_SECRET_ARN } else { "" })),
        (names::SUPPORT_CONTACT, text("mailto:help@example.com")),
        (names::XERO_LOGIN_URL, text(XERO)),
        (names::XERO_IDENTITY_URL, text(XERO)),
        (names::XERO_ISSUER, text(XERO)),
        (names::XERO_API_URL, text(XERO)),
        (names::XERO_ACCOUNTING_URL, format!("{XERO}/api.xro/2.0")),
        (names::XERO_PAYROLL_URL, format!("{XERO}/payroll.xro/1.0")),
        (names::XERO_CLIENT_SECRET_ARN, text(names::XERO_CLIENT_SECRET_ARN)),
        (names::XERO_SEALING_KEY_ARN, text(names::XERO_SEALING_KEY_ARN)),
        (names::XERO_PKCE, text(if around.pkce { "on" } else { "off" })),
        (names::XERO_CONNECTIONS, text("5")),
        (names::PORTALS_PER_DAY, text("5")),
        (names::TRIAL_PORTALS_PER_DAY, text("1")),
        (names::GO1_LOGIN_URL, text(GO1)),
        (names::GO1_PKCE, text("on")),
        (names::GO1_V2_API_URL, format!("{GO1}/v2")),
        (names::GO1_SCOPES, text("user.read,user.write,enrollment.read,enrollment.write,lo.read,portal.read")),
        (names::GO1_V2_ACCOUNT, text("off")),
        (names::GO1_AUTH_URL, text(GO1)),
        (names::GO1_API_URL, text(GO1)),
        (names::GO1_API_VERSION, text("2025-01-01")),
        (names::GO1_PORTAL_URL, format!("{GO1}/portals-home/{{domain}}")),
        (names::GO1_PICTURE_ORIGINS, format!("{GO1},{}", GO1.replace("go1.", "media.go1."))),
        (names::GO1_CLIENT_SECRET_ARN, text(names::GO1_CLIENT_SECRET_ARN)),
        (names::GO1_SEALING_KEY_ARN, text(names::GO1_SEALING_KEY_ARN)),
        (names::GO1_COURSES_AU, text("1001,1002,1003,1004,1005")),
        (names::GO1_COURSES_US, text("2001,2002,2003,con_01J8STANDINCOURSE000002004,2005")),
        (names::GO1_CALLS_IN_FLIGHT, around.pace.in_flight.to_string()),
        (names::GO1_LONGEST_NAME, text("255")),
        (names::GO1_CALLS_PER_SECOND, around.pace.per_second.to_string()),
        (names::GO1_UNANSWERED_SECONDS, text("120")),
        (names::WORKER_TIMEOUT_SECONDS, around.invocation.as_secs().to_string()),
        (names::QUEUE_VISIBILITY_SECONDS, around.visibility.as_secs().to_string()),
    ])
}

/// Secrets Manager with the stand-ins' credentials.
#[derive(Clone, Copy)]
struct FixedSecrets {
    sealing_keys: &'static str,
}

/// The secrets that every function has here.
const SECRETS: FixedSecrets = FixedSecrets { sealing_keys: SEALING_KEYS };

#[async_trait]
impl Secrets for FixedSecrets {
    async fn text(&self, variable: &'static str, _: &str) -> Result<SecretString, SecretError> {
        let credentials = |id: &str, secret: &str| json!({ "client_id": id, "client_secret": secret }).to_string();
        let text = match variable {
            names::XERO_CLIENT_SECRET_ARN => credentials(xero::CLIENT_ID, xero::CLIENT_SECRET),
            names::GO1_CLIENT_SECRET_ARN => credentials(go1::CLIENT_ID, go1::CLIENT_SECRET),
            names::EDGE_SECRET_ARN => json!({ "current": EDGE_SECRET, "previous": "" }).to_string(),
            names::XERO_SEALING_KEY_ARN | names::GO1_SEALING_KEY_ARN => self.sealing_keys.to_owned(),
            _ => return Err(SecretError::Malformed { variable, expected: "one that a function reads" }),
        };
        Ok(text.into())
    }

    fn shared(&self) -> Arc<dyn Secrets> {
        Arc::new(*self)
    }
}

/// One way out for both upstreams, as in production.
struct ByHost {
    xero: Arc<dyn Transport>,
    go1: Arc<dyn Transport>,
}

#[async_trait]
impl Transport for ByHost {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        match request.uri().host() {
            Some("xero.localhost") => self.xero.send(request).await,
            Some("go1.localhost") => self.go1.send(request).await,
            _ => Err(TransportError::Refused),
        }
    }
}
