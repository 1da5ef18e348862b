//! What stands in for AWS behind one address: DynamoDB of `tests/dynamodb` with a set latency, the queue of
//! `tests/sqs-fifo`, and Secrets Manager with what the functions read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Response, StatusCode};
use axum::routing::post;
use dynamodb::InMemoryDynamoDb;
use serde_json::{Value, json};
use stand_ins::{go1, xero};
use tower::ServiceExt as _;

use super::queue::Queue;

/// How long the table takes for a read and for a write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableLatency {
    pub(crate) read: Duration,
    pub(crate) write: Duration,
}

/// The keys that tokens are sealed with: not secret here.
const SEALING_KEYS: &str = r#"{"current":"1","1":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}"#;

/// Everything behind the address.
pub(crate) struct Aws {
    pub(crate) database: InMemoryDynamoDb,
    pub(crate) queue: Queue,
    pub(crate) latency: TableLatency,
    secret_reads: AtomicU64,
    /// How long reads and writes took, as they were answered here.
    took: Mutex<[Vec<Duration>; 2]>,
}

impl Aws {
    pub(crate) fn new(database: InMemoryDynamoDb, queue: Queue, latency: TableLatency) -> Arc<Self> {
        Arc::new(Self { database, queue, latency, secret_reads: AtomicU64::default(), took: Mutex::default() })
    }

    /// How often a secret was read.
    pub(crate) fn secret_reads(&self) -> u64 {
        self.secret_reads.load(Ordering::Relaxed)
    }

    /// How long the table's reads and writes took so far, as they were answered here.
    pub(crate) fn table_took(&self) -> [Vec<Duration>; 2] {
        self.took.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(crate) fn router(aws: Arc<Aws>) -> Router {
    Router::new().route("/", post(answer)).layer(DefaultBodyLimit::disable()).with_state(aws)
}

async fn answer(State(aws): State<Arc<Aws>>, request: Request) -> Response<Body> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default().to_owned();
    if let Some(operation) = target.strip_prefix("DynamoDB_20120810.") {
        return table(&aws, operation, request).await;
    }
    let Ok(body) = axum::body::to_bytes(request.into_body(), usize::MAX).await else {
        return refusal("IncompleteBody");
    };
    let body = serde_json::from_slice(&body).unwrap_or_default();
    match target.split_once('.') {
        Some(("secretsmanager", "GetSecretValue")) => {
            aws.secret_reads.fetch_add(1, Ordering::Relaxed);
            secret(&body).map_or_else(|| refusal("ResourceNotFoundException"), |answer| json_answer(&answer))
        }
        Some(("AmazonSQS", operation)) => {
            aws.queue.answer(operation, &body).map_or_else(|code| refusal(&code), |answer| json_answer(&answer))
        }
        _ => refusal("UnknownOperationException"),
    }
}

/// Writes by one request are one wait, as at DynamoDB.
async fn table(aws: &Aws, operation: &str, request: Request) -> Response<Body> {
    let is_read = matches!(operation, "GetItem" | "BatchGetItem" | "Query" | "Scan" | "TransactGetItems");
    let begun = Instant::now();
    tokio::time::sleep(if is_read { aws.latency.read } else { aws.latency.write }).await;
    let answer = dynamodb::router(aws.database.clone()).oneshot(request).await;
    let answer = answer.unwrap_or_else(|error| match error {});
    aws.took.lock().unwrap_or_else(PoisonError::into_inner)[usize::from(!is_read)].push(begun.elapsed());
    answer
}

/// The secret that a function names; here each is named as its variable.
fn secret(request: &Value) -> Option<Value> {
    let id = request["SecretId"].as_str()?;
    let credentials = |id: &str, secret: &str| json!({ "client_id": id, "client_secret": secret }).to_string();
    let text = match id {
        "XERO_CLIENT_SECRET_ARN" => credentials(xero::CLIENT_ID, xero::CLIENT_SECRET),
        "GO1_CLIENT_SECRET_ARN" => credentials(go1::CLIENT_ID, go1::CLIENT_SECRET),
        "XERO_SEALING_KEY_ARN" | "GO1_SEALING_KEY_ARN" => SEALING_KEYS.to_owned(),
        _ => return None,
    };
    Some(json!({ "ARN": id, "Name": id, "SecretString": text, "VersionId": "00000000-0000-4000-8000-000000000001" }))
}

fn json_answer(answer: &Value) -> Response<Body> {
    let response = Response::builder().header("content-type", "application/x-amz-json-1.0");
    response.body(Body::from(answer.to_string())).unwrap_or_default()
}

fn refusal(code: &str) -> Response<Body> {
    let body = Bytes::from(json!({ "__type": code, "message": code }).to_string());
    let response = Response::builder().status(StatusCode::BAD_REQUEST);
    response.header("content-type", "application/x-amz-json-1.0").body(Body::from(body)).unwrap_or_default()
}
