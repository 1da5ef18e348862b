//! The way from the real client to the tables without a socket.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

use crate::database::InMemoryDynamoDb;

impl InMemoryDynamoDb {
    /// The settings of a client whose requests end here. Time-outs and retries are the caller's to choose.
    pub fn client_config(&self) -> Builder {
        self.client_config_as("in")
    }

    /// The same for a client that signs its requests by that access key id: who asks, for [`InMemoryDynamoDb::allow`].
    pub fn client_config_as(&self, principal: &str) -> Builder {
        let connector = SharedHttpConnector::new(self.clone());
        Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::from_keys(principal, "memory", None))
            .http_client(http_client_fn(move |_, _| connector.clone()))
    }

    /// A client whose requests end here.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(self.client_config().build())
    }
}

impl HttpConnector for InMemoryDynamoDb {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let database = self.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
            let authorization = request.headers().get("authorization").map(ToOwned::to_owned);
            let body = request.body().bytes().map(Bytes::copy_from_slice);
            drop(request);
            let body = body.ok_or_else(|| ConnectorError::user("a request that is a stream".into()))?;
            let answer = database.answer(&target, authorization.as_deref(), body).await;
            let answer = answer.ok_or_else(|| ConnectorError::io("the connection was lost".into()))?;
            let status = answer.status.try_into().map_err(|_| ConnectorError::other("no status".into(), None))?;
            let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
            response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
            Ok(response)
        })
    }
}
