#![doc = include_str!("../README.md")]

mod error;
mod limits;
mod mapping;
mod message;
mod queue;
mod receipt;
mod receiving;
mod sending;
mod settings;

pub use error::{BatchError, ReceiptError, ReceiveError, SendError};
pub use limits::{DEDUPLICATION_INTERVAL, LONGEST_VISIBILITY, MOST_PER_CALL};
pub use mapping::{EventSourceMapping, Outcome};
pub use message::{BatchEntry, BatchSent, FailedEntry, Message, Received, Sent, Waiting};
pub use queue::FifoQueue;
pub use settings::{DeduplicationScope, GroupOrder, RedrivePolicy, Settings};
