//! What the table itself looks like. `infra/template.yaml` declares the same for production.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// An item's attributes.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The partition key, a string.
pub const PARTITION_KEY: &str = "pk";
/// The sort key, a string.
pub const SORT_KEY: &str = "sk";
/// When the table may delete an item by itself, in seconds since 1970. Items without it stay.
pub const EXPIRES_AT: &str = "expires_at";

/// Creates a table of that shape, on demand and without the deletion by time: for tests.
#[cfg(feature = "memory")]
pub async fn create_table(client: &aws_sdk_dynamodb::Client, name: &str) -> Result<(), aws_sdk_dynamodb::Error> {
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus,
    };

    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (attribute, role) in [(PARTITION_KEY, KeyType::Hash), (SORT_KEY, KeyType::Range)] {
        request = request
            .attribute_definitions(
                AttributeDefinition::builder()
                    .attribute_name(attribute)
                    .attribute_type(ScalarAttributeType::S)
                    .build()?,
            )
            .key_schema(KeySchemaElement::builder().attribute_name(attribute).key_type(role).build()?);
    }
    request.send().await?;
    loop {
        let described = client.describe_table().table_name(name).send().await?;
        if described.table().and_then(|table| table.table_status()) == Some(&TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
