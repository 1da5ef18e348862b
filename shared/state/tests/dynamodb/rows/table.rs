//! A table in memory, at the other end of the wire: the shipped code writes to it and reads from it as it does in
//! production. It does whatever it is asked for and looks at no condition: who may write is the emulator's to test,
//! what a row looks like is tested here, also where there is no emulator.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::{Client, Config};
use serde_json::{Map, Value, json};
use state::conformance::SuiteClock;
use state::dynamodb::{DynamoDb, PARTITION_KEY, SORT_KEY};

/// An item's attributes, as plain JSON: text is `S`, a number is `N`, and so on.
pub(crate) type Item = Map<String, Value>;

type Items = BTreeMap<[String; 2], Item>;

/// A table with its items.
pub(crate) struct Table {
    /// What reads and writes it.
    pub(crate) store: DynamoDb,
    items: Arc<Mutex<Items>>,
}

impl Table {
    /// A table that holds these items.
    pub(crate) fn holding(items: &[Item]) -> Self {
        let items: Items = items.iter().map(|item| (key(item), item.clone())).collect();
        let items = Arc::new(Mutex::new(items));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::from_keys("test", "test", None))
            .endpoint_url(format!("http://{}", listener.local_addr().expect("an address")))
            .build();
        let served = items.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, items) = (stream.expect("a connection"), served.clone());
                std::thread::spawn(move || serve(stream, &items));
            }
        });
        Self { store: DynamoDb::new(Client::from_conf(config), "table", Arc::new(SuiteClock)), items }
    }

    /// What it holds now, by key.
    pub(crate) fn items(&self) -> Vec<Item> {
        lock(&self.items).values().cloned().collect()
    }
}

fn lock(items: &Mutex<Items>) -> MutexGuard<'_, Items> {
    items.lock().expect("no panic inside")
}

fn key(item: &Item) -> [String; 2] {
    [PARTITION_KEY, SORT_KEY].map(|name| item[name].as_str().expect("a key").to_owned())
}

/// Answers the requests of one connection until it closes.
fn serve(mut stream: TcpStream, items: &Mutex<Items>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a connection"));
    while let Some((operation, request)) = next_request(&mut reader) {
        let answer = answer(&mut lock(items), &operation, &request).to_string();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
        stream.write_all((head + &answer).as_bytes()).expect("answered");
    }
}

fn next_request(reader: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let (mut operation, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        // The client closes a connection that it needs no more.
        if reader.read_line(&mut line).unwrap_or_default() == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("x-amz-target", target)) => operation = target.rsplit('.').next().map(ToOwned::to_owned),
            Some(("content-length", bytes)) => length = bytes.parse().expect("a number of bytes"),
            Some(_) => {}
            None if line.trim_end().is_empty() => break,
            None => assert!(line.starts_with("POST "), "{line}"),
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    Some((operation?, serde_json::from_slice(&body).expect("JSON")))
}

fn answer(items: &mut Items, operation: &str, request: &Value) -> Value {
    match operation {
        "GetItem" => match items.get(&key(&plain_item(&request["Key"]))) {
            Some(item) => json!({ "Item": typed_item(item) }),
            None => json!({}),
        },
        "Query" => {
            let [pk, prefix] = [":pk", ":prefix"].map(|name| plain(&request["ExpressionAttributeValues"][name]));
            let is_in = |[item_pk, sk]: &[String; 2]| pk == **item_pk && sk.starts_with(prefix.as_str().expect("text"));
            let found: Vec<_> = items.iter().filter(|(key, _)| is_in(key)).map(|(_, item)| typed_item(item)).collect();
            json!({ "Count": found.len(), "Items": found })
        }
        "UpdateItem" => json!({ "Attributes": typed_item(update(items, request)) }),
        "PutItem" | "DeleteItem" => {
            write(items, operation.trim_end_matches("Item"), request);
            json!({})
        }
        "TransactWriteItems" => {
            for part in request["TransactItems"].as_array().expect("parts") {
                let (kind, part) = part.as_object().and_then(|part| part.iter().next()).expect("a part");
                write(items, kind, part);
            }
            json!({})
        }
        "BatchWriteItem" => {
            for part in request["RequestItems"]["table"].as_array().expect("parts") {
                write(items, "Put", &part["PutRequest"]);
            }
            json!({ "UnprocessedItems": {} })
        }
        _ => panic!("{operation} is not what the shipped code asks for"),
    }
}

fn write(items: &mut Items, kind: &str, request: &Value) {
    match kind {
        "Put" => {
            let item = plain_item(&request["Item"]);
            items.insert(key(&item), item);
        }
        "Delete" => drop(items.remove(&key(&plain_item(&request["Key"])))),
        "Update" => drop(update(items, request)),
        _ => panic!("{kind} is not what the shipped code asks for"),
    }
}

/// Does what an update's expression says, as far as the shipped code has words for it.
fn update<'items>(items: &'items mut Items, request: &Value) -> &'items Item {
    let at = plain_item(&request["Key"]);
    let item = items.entry(key(&at)).or_insert(at);
    let expression = request["UpdateExpression"].as_str().expect("an expression");
    let (set, remove) = expression.split_once("REMOVE ").unwrap_or((expression, ""));
    // Every clause begins with a name, and no name follows a comma within one.
    let clauses =
        |text: &str| text.trim().split(", #").map(|clause| clause.trim_start_matches('#').to_owned()).collect();
    let set: Vec<String> = set.strip_prefix("SET ").map(clauses).unwrap_or_default();
    let values = &request["ExpressionAttributeValues"];
    // All of them see the item as it was before.
    let before = item.clone();
    for (name, value) in set.iter().map(|clause| clause.split_once(" = ").expect("a value")) {
        item.insert(name.to_owned(), evaluate(&before, values, value));
    }
    for name in clauses(remove) as Vec<String> {
        item.remove(&name);
    }
    item
}

fn evaluate(item: &Item, values: &Value, text: &str) -> Value {
    let whole = |text: &str| evaluate(item, values, text).as_i64().expect("a whole number");
    if let Some((left, right)) = text.split_once(" + ") {
        return json!(whole(left) + whole(right));
    }
    if let Some((left, right)) = text.split_once(" - ") {
        return json!(whole(left) - whole(right));
    }
    if let Some((name, other)) = text.strip_prefix("if_not_exists(#").and_then(|rest| rest.split_once(", ")) {
        return item.get(name).cloned().unwrap_or_else(|| evaluate(item, values, other.trim_end_matches(')')));
    }
    match text.strip_prefix('#') {
        Some(name) => item[name].clone(),
        None => plain(&values[text]),
    }
}

/// An attribute as it is on the wire, `{"S": "text"}`, as plain JSON.
fn plain(attribute: &Value) -> Value {
    let (kind, value) = attribute.as_object().and_then(|typed| typed.iter().next()).expect("an attribute");
    match kind.as_str() {
        "S" | "BOOL" => value.clone(),
        "N" => serde_json::from_str(value.as_str().expect("digits")).expect("a number"),
        "NULL" => Value::Null,
        "L" => value.as_array().expect("a list").iter().map(plain).collect(),
        "M" => plain_item(value).into(),
        _ => panic!("no row has an attribute of the kind {kind}"),
    }
}

fn plain_item(typed: &Value) -> Item {
    typed.as_object().expect("attributes").iter().map(|(name, value)| (name.clone(), plain(value))).collect()
}

fn typed(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(value) => json!({ "BOOL": value }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(text) => json!({ "S": text }),
        Value::Array(values) => json!({ "L": values.iter().map(typed).collect::<Vec<_>>() }),
        Value::Object(item) => json!({ "M": typed_item(item) }),
    }
}

fn typed_item(item: &Item) -> Value {
    item.iter().map(|(name, value)| (name.clone(), typed(value))).collect()
}
