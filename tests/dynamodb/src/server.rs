//! The same tables behind HTTP, for processes of their own.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use futures::stream;

use crate::database::InMemoryDynamoDb;

/// What to serve on loopback, where `AWS_ENDPOINT_URL_DYNAMODB` leads to. A lost connection is an answer that breaks off.
pub fn router(database: InMemoryDynamoDb) -> Router {
    Router::new().route("/", post(respond)).with_state(database)
}

async fn respond(State(database): State<InMemoryDynamoDb>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let authorization = headers.get("authorization").and_then(|text| text.to_str().ok());
    let Some(answer) = database.answer(target, authorization, body).await else {
        let lost = stream::iter([Err::<Bytes, _>(std::io::Error::other("the connection was lost"))]);
        return Response::new(Body::from_stream(lost));
    };
    let response = Response::builder().status(answer.status).header("content-type", "application/x-amz-json-1.0");
    response.body(Body::from(answer.body)).unwrap_or_default()
}
