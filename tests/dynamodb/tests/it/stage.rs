//! A table with two keys, and short ways to ask it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, Put, ScalarAttributeType,
    TransactWriteItem,
};
use dynamodb::{InMemoryDynamoDb, Settings};
use jiff::{SignedDuration, Timestamp};

pub(crate) const TABLE: &str = "table";

pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) struct Stage {
    pub(crate) database: InMemoryDynamoDb,
    pub(crate) client: Client,
    now: Arc<Mutex<Timestamp>>,
}

pub(crate) async fn stage() -> Stage {
    stage_with(|settings| settings).await
}

pub(crate) async fn stage_with(choose: impl FnOnce(Settings) -> Settings) -> Stage {
    let now = Arc::new(Mutex::new(Timestamp::constant(1_795_392_000, 0)));
    let clock = Arc::clone(&now);
    let database = InMemoryDynamoDb::new(choose(Settings::new(move || *clock.lock().expect("no panic inside"))));
    let client = database.client();
    let key =
        |name: &str, role| KeySchemaElement::builder().attribute_name(name).key_type(role).build().expect("complete");
    let text = |name: &str| {
        let definition = AttributeDefinition::builder().attribute_name(name);
        definition.attribute_type(ScalarAttributeType::S).build().expect("complete")
    };
    let create = client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key("pk", KeyType::Hash)).key_schema(key("sk", KeyType::Range));
    create.attribute_definitions(text("pk")).attribute_definitions(text("sk")).send().await.expect("a table");
    database.reset_counts();
    Stage { database, client, now }
}

pub(crate) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn key(sk: &str) -> Item {
    HashMap::from([("pk".to_owned(), text("one")), ("sk".to_owned(), text(sk))])
}

pub(crate) fn item(sk: &str, name: &str, value: AttributeValue) -> Item {
    let mut item = key(sk);
    item.insert(name.to_owned(), value);
    item
}

/// A put of a new item as a part of a transaction.
pub(crate) fn new_part(item: Item) -> TransactWriteItem {
    let put = Put::builder().table_name(TABLE).set_item(Some(item));
    let put = put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", "pk");
    TransactWriteItem::builder().put(put.build().expect("complete")).build()
}

impl Stage {
    pub(crate) fn pass(&self, duration: SignedDuration) {
        *self.now.lock().expect("no panic inside") += duration;
    }

    pub(crate) async fn put(&self, item: Item) {
        self.client.put_item().table_name(TABLE).set_item(Some(item)).send().await.expect("stored");
    }

    pub(crate) async fn get(&self, sk: &str, consistent: bool) -> Option<Item> {
        let get = self.client.get_item().table_name(TABLE).set_key(Some(key(sk))).consistent_read(consistent);
        get.send().await.expect("read").item
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        let items = self.database.items(TABLE);
        items.iter().map(|item| item["sk"]["S"].as_str().unwrap_or_default().to_owned()).collect()
    }
}
