//! The connections of `transport`, as the SDK wants to have them: one TLS for everything that a function calls.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use transport::{Connections, ExchangeError};

/// The most that is read of one answer, in bytes: as much as `BatchGetItem` answers at most.
const MOST_BODY_BYTES: usize = 16 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(crate) struct AwsConnections {
    connections: Connections,
}

impl AwsConnections {
    pub(crate) fn new(connections: Connections) -> Self {
        Self { connections }
    }
}

/// The time-out for connecting is that of the connections; the others are the SDK's to keep.
impl HttpClient for AwsConnections {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for AwsConnections {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connections = self.connections.clone();
        HttpConnectorFuture::new(async move {
            let (head, body) =
                request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?.into_parts();
            let body = body.bytes().map(Bytes::copy_from_slice);
            let body = body.ok_or_else(|| ConnectorError::user("a request that is a stream".into()))?;
            let request = http::Request::from_parts(head, body);
            let answer = connections.exchange(request, MOST_BODY_BYTES).await.map_err(|error| match error {
                // Both are tried again, as the SDK's rules say.
                ExchangeError::Refused(_) | ExchangeError::Cut(_) => ConnectorError::io(error.into()),
                ExchangeError::BodyTooLarge => ConnectorError::other(error.into(), None),
            })?;
            HttpResponse::try_from(answer.map(SdkBody::from)).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
