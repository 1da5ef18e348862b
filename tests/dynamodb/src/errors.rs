//! What DynamoDB refuses, as it says it.

use serde_json::{Value as Json, json};

use crate::value::{Item, item_to_json};

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Error {
    /// The request is none that DynamoDB takes, or none that this crate knows.
    Validation(String),
    UnknownOperation(String),
    /// IAM does not allow it.
    AccessDenied(String),
    NoTable(String),
    TableExists(String),
    ConditionFailed(Option<Item>),
    TransactionCancelled(Vec<Reason>),
    IdempotentParameterMismatch,
    Throttled,
    Conflict,
    Server,
}

/// Why one write of a transaction would not go; `None` where it would have gone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reason {
    pub(crate) code: &'static str,
    pub(crate) message: Option<String>,
    pub(crate) item: Option<Item>,
}

impl Reason {
    pub(crate) fn none() -> Self {
        Self { code: "None", message: None, item: None }
    }

    pub(crate) fn of(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: Some(message.into()), item: None }
    }

    fn to_json(&self) -> Json {
        let mut reason = json!({ "Code": self.code });
        if let Some(message) = &self.message {
            reason["Message"] = message.as_str().into();
        }
        if let Some(item) = &self.item {
            reason["Item"] = item_to_json(item);
        }
        reason
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::Validation(message.into())
}

const MODEL: &str = "com.amazonaws.dynamodb.v20120810";
const FRONT: &str = "com.amazon.coral.service";

impl Error {
    /// The HTTP status, and the JSON.
    pub(crate) fn to_answer(&self) -> (u16, Json) {
        let (status, space, kind, message) = match self {
            Self::Validation(message) => (400, "com.amazon.coral.validate", "ValidationException", message.clone()),
            Self::UnknownOperation(name) => (400, FRONT, "UnknownOperationException", format!("no operation {name}")),
            Self::AccessDenied(message) => (400, FRONT, "AccessDeniedException", message.clone()),
            Self::NoTable(name) => (
                400,
                MODEL,
                "ResourceNotFoundException",
                format!("Requested resource not found: Table: {name} not found"),
            ),
            Self::TableExists(name) => (400, MODEL, "ResourceInUseException", format!("Table already exists: {name}")),
            Self::ConditionFailed(_) => {
                (400, MODEL, "ConditionalCheckFailedException", "The conditional request failed".to_owned())
            }
            Self::TransactionCancelled(reasons) => {
                let codes: Vec<&str> = reasons.iter().map(|reason| reason.code).collect();
                let message = format!(
                    "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                    codes.join(", ")
                );
                (400, MODEL, "TransactionCanceledException", message)
            }
            Self::IdempotentParameterMismatch => {
                let message = "The same client token was used with other parameters".to_owned();
                (400, MODEL, "IdempotentParameterMismatchException", message)
            }
            Self::Throttled => {
                let message = "The level of configured provisioned throughput for the table was exceeded".to_owned();
                (400, MODEL, "ProvisionedThroughputExceededException", message)
            }
            Self::Conflict => {
                (400, MODEL, "TransactionConflictException", "Transaction is ongoing for the item".to_owned())
            }
            Self::Server => (500, MODEL, "InternalServerError", "The request could not be processed".to_owned()),
        };
        let mut body = json!({ "__type": format!("{space}#{kind}"), "message": message });
        match self {
            Self::ConditionFailed(Some(item)) => body["Item"] = item_to_json(item),
            Self::TransactionCancelled(reasons) => {
                // This one exception writes it with a capital letter.
                body = json!({ "__type": body["__type"], "Message": body["message"] });
                body["CancellationReasons"] = reasons.iter().map(Reason::to_json).collect();
            }
            _ => {}
        }
        (status, body)
    }
}
