//! Lists with odd rows, and rows with odd fields.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use transport::answer::{Rows, Text, json as read_json};

#[derive(Debug, Deserialize)]
struct List {
    rows: Rows<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: Text,
    #[serde(default)]
    name: Text,
}

fn read(body: &[u8]) -> List {
    read_json(body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(body)))
}

#[test]
fn a_byte_order_mark_is_no_obstacle() {
    assert_eq!(read(b"\xEF\xBB\xBF{\"rows\": [{\"id\": \"1\"}]}").rows.count(), 1);
}

#[test]
fn an_odd_row_is_counted_and_the_others_are_read() {
    for odd in ["null", "7", "\"text\"", "[]", "[[]]", "true", "{}"] {
        let list = read(format!("{{\"rows\": [{{\"id\": \"1\"}}, {odd}, {{\"id\": \"2\"}}]}}").as_bytes());
        let ids: Vec<_> = list.rows.read.iter().filter_map(|row| row.id.id()).collect();
        assert_eq!(ids, ["1", "2"], "{odd}");
        assert_eq!((list.rows.unread, list.rows.count()), (1, 3), "{odd}");
    }
}

#[test]
fn of_a_field_that_stands_twice_the_last_counts() {
    let list = read(br#"{"rows": [{"id": 1, "id": 2, "new": 1, "new": 2}]}"#);
    assert_eq!(list.rows.read.iter().filter_map(|row| row.id.id()).collect::<Vec<_>>(), ["2"]);
}

#[test]
fn a_row_with_an_odd_field_is_read_but_for_that_field() {
    let half_a_character = r#"{"rows": [{"id": "1", "name": "Zo\ud800"}]}"#;
    let deep = format!(r#"{{"rows": [{{"id": "1", "name": {}{}}}]}}"#, "[".repeat(900), "]".repeat(900));
    let latin = b"{\"rows\": [{\"id\": \"1\", \"name\": \"Zo\xEB\"}]}";
    for body in [half_a_character.as_bytes(), deep.as_bytes(), latin] {
        let row = &read(body).rows.read[0];
        assert_eq!((row.id.id(), &row.name), (Some("1"), &Text::Odd));
    }
}

#[test]
fn a_text_is_a_text_and_an_id_may_be_a_number() {
    for (there, id, is_odd) in [
        (json!(" a "), Some("a"), false),
        (json!("  "), None, false),
        (json!(null), None, false),
        (json!(1012), Some("1012"), true),
        (json!(true), None, true),
        (json!({}), None, true),
        (json!(["a"]), None, true),
    ] {
        let text: Text = serde_json::from_value(there.clone()).expect("anything is read");
        assert_eq!((text.id(), text.is_odd()), (id, is_odd), "{there}");
    }
}

#[test]
fn what_is_no_list_is_none() {
    for body in
        ["{}", "{\"rows\": null}", "{\"rows\": {}}", "{\"rows\": \"\"}", "[]", "", "<html>", "{\"rows\": [1, ]}"]
    {
        assert!(read_json::<List>(body.as_bytes()).is_err(), "{body}");
    }
}

/// Any JSON.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("id|name|[a-z]{0,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_row_of_a_list_is_read_or_counted(rows in prop::collection::vec(any_json(), 0..12)) {
        let list = read(json!({ "rows": rows }).to_string().as_bytes());
        prop_assert_eq!(list.rows.count(), rows.len());
        let ids = rows.iter().filter(|row| row.get("id").is_some()).count();
        prop_assert_eq!(list.rows.read.len(), ids, "a row with an id, of whatever kind, is read");
    }
}
