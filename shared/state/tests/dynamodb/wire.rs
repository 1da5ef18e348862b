//! What goes over the wire, counted; and answers that are not the table's.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::body::SdkBody;

const TARGET: &str = "x-amz-target";
const TARGET_PREFIX: &str = "DynamoDB_20120810.";

/// An answer in place of the table's.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// To which operation.
    pub(crate) operation: &'static str,
    /// Whether the table does what was asked before its answer is lost.
    pub(crate) done: bool,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The JSON.
    pub(crate) body: String,
}

/// One client's wire. One request at a time where there are faults.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    /// The table that it leads to.
    pub(crate) table: String,
    /// Reaches it past this wire.
    pub(crate) plain: Client,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Debug, Default)]
struct Inside {
    sent: Vec<String>,
    faults: VecDeque<Fault>,
    answer: Option<Fault>,
}

impl Wire {
    /// A wire to that table.
    pub(crate) fn to(table: &str, plain: &Client) -> Self {
        Self { table: table.to_owned(), plain: plain.clone(), inside: Arc::default() }
    }

    /// Answers the next requests of the faults' operations with them, in order.
    pub(crate) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.inside.lock().expect("no panic inside").faults.extend(faults);
    }

    /// The operations sent since the last time.
    pub(crate) fn sent(&self) -> Vec<String> {
        let mut inside = self.inside.lock().expect("no panic inside");
        assert!(inside.faults.is_empty(), "a fault was not met: {:?}", inside.faults);
        std::mem::take(&mut inside.sent)
    }
}

impl Intercept for Wire {
    fn name(&self) -> &'static str {
        "Wire"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        let target = headers.get(TARGET).unwrap_or_default();
        let operation = target.strip_prefix(TARGET_PREFIX).unwrap_or(target).to_owned();
        let mut inside = self.inside.lock().expect("no panic inside");
        if let Some(fault) = inside.faults.pop_front_if(|fault| fault.operation == operation) {
            if !fault.done {
                headers.insert(TARGET, format!("{TARGET_PREFIX}ListTables"));
            }
            inside.answer = Some(fault);
        }
        inside.sent.push(operation);
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(fault) = self.inside.lock().expect("no panic inside").answer.take() {
            let response = context.response_mut();
            *response.status_mut() = fault.status.try_into()?;
            *response.body_mut() = SdkBody::from(fault.body);
        }
        Ok(())
    }
}
