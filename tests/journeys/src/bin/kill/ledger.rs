//! What we keep ourselves: the places and members of a portal, the imports that have not ended, and the queues.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::QueueAttributeName::{
    self, ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed, ApproximateNumberOfMessagesNotVisible,
};
use domain::ids::PortalId;
use journeys::page::WalkError;
use platform::entropy::SystemClock;
use state::dynamodb::DynamoDb;
use state::{ActiveImports as _, MemberReader as _, PortalReader as _, StateError};

use crate::setting::setting;

/// Every message is in one of these states.
const STATES: [QueueAttributeName; 3] =
    [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed];

pub(crate) struct Ledger {
    state: DynamoDb,
    queues: aws_sdk_sqs::Client,
    queue: String,
    dead_letters: String,
}

impl Ledger {
    /// Of the local cloud that runs.
    pub(crate) async fn of_environment() -> Result<Self, WalkError> {
        let aws = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
        Ok(Self {
            state: DynamoDb::new(aws_sdk_dynamodb::Client::new(&aws), setting("TABLE_NAME")?, Arc::new(SystemClock)),
            queues: aws_sdk_sqs::Client::new(&aws),
            queue: setting("QUEUE_URL")?,
            dead_letters: setting("DEAD_LETTER_QUEUE_URL")?,
        })
    }

    /// Whether a portal has other places taken than it has members, or still an import.
    pub(crate) async fn is_off(&self, portal: &str) -> Result<bool, WalkError> {
        let id = PortalId::new(portal);
        let members = self.state.members(&id).await.map_err(|error| unreadable(&error))?;
        let portal = self.state.find_portal(&id).await.map_err(|error| unreadable(&error))?;
        let is_right = portal.is_some_and(|portal| {
            usize::try_from(portal.places_used) == Ok(members.len()) && portal.active_import.is_none()
        });
        Ok(!is_right || members.iter().any(|member| member.unfinished))
    }

    /// How many imports are in the list of those that have not ended.
    pub(crate) async fn active_imports(&self) -> Result<usize, WalkError> {
        Ok(self.state.active_imports().await.map_err(|error| unreadable(&error))?.len())
    }

    /// How many messages the dead letters hold.
    pub(crate) async fn dead_letters(&self) -> Result<usize, WalkError> {
        self.messages(&self.dead_letters).await
    }

    /// How many messages stay in the queue. What a killed worker held comes back, so it is waited for, up to the deadline.
    pub(crate) async fn messages_left(&self, deadline: Instant) -> Result<usize, WalkError> {
        loop {
            let left = self.messages(&self.queue).await?;
            if left == 0 || Instant::now() >= deadline {
                return Ok(left);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn messages(&self, queue: &str) -> Result<usize, WalkError> {
        let asked = self.queues.get_queue_attributes().queue_url(queue).set_attribute_names(Some(STATES.to_vec()));
        let answer = asked.send().await.map_err(|error| {
            WalkError::Unexpected(format!(
                "{queue} cannot be read: {}",
                aws_sdk_sqs::error::DisplayErrorContext(&error)
            ))
        })?;
        let counts = answer.attributes.unwrap_or_default();
        let counts: Vec<usize> = counts.values().filter_map(|count| count.parse().ok()).collect();
        if counts.len() == STATES.len() {
            Ok(counts.iter().sum())
        } else {
            Err(WalkError::Unexpected(format!("{queue} does not say what it holds")))
        }
    }
}

fn unreadable(error: &StateError) -> WalkError {
    WalkError::Unexpected(format!("the table cannot be read: {error}"))
}
