//! The traits on DynamoDB: one table, two keys, no index.

mod counters;
mod erasure;
mod errors;
mod grants;
mod imports;
mod items;
mod keys;
mod listing;
mod organisations;
mod people;
mod plans;
mod retry;
mod rows;
mod sign_ups;
mod table;
#[cfg(test)]
mod tables;
mod together;
mod trail;
mod work;

use std::fmt;
use std::sync::Arc;

use domain::clock::Clock;

pub use rows::{ROW_VERSION, Row};
#[cfg(feature = "memory")]
pub use table::create_table;
pub use table::{EXPIRES_AT, PARTITION_KEY, SORT_KEY};

/// Everything that is kept, in one DynamoDB table.
#[derive(Clone)]
pub struct DynamoDb {
    client: aws_sdk_dynamodb::Client,
    table: String,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for DynamoDb {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DynamoDb").field("table", &self.table).finish_non_exhaustive()
    }
}

impl DynamoDb {
    /// Uses the table of that name. The client's time-outs and its own tries are its owner's business. The clock says
    /// which rows are past their time: the table deletes those late, and nobody reads them here.
    pub fn new(client: aws_sdk_dynamodb::Client, table: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { client, table: table.into(), clock }
    }
}
