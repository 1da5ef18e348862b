//! The traits on DynamoDB: one table, two keys, no index.

mod counters;
mod erasure;
mod errors;
mod grant_list;
mod grants;
mod imports;
mod items;
mod keys;
mod organisations;
mod people;
mod plans;
mod retry;
mod rows;
mod sign_ups;
mod table;
#[cfg(test)]
mod tables;
mod work;

pub use rows::{ROW_VERSION, Row};
#[cfg(feature = "memory")]
pub use table::create_table;
pub use table::{EXPIRES_AT, PARTITION_KEY, SORT_KEY};

/// Everything that is kept, in one DynamoDB table.
#[derive(Clone, Debug)]
pub struct DynamoDb {
    client: aws_sdk_dynamodb::Client,
    table: String,
}

impl DynamoDb {
    /// Uses the table of that name. The client's time-outs and its own tries are its owner's business.
    pub fn new(client: aws_sdk_dynamodb::Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}
