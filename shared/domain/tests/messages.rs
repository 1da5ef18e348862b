//! The messages of batches: how many people one names, and which releases read it.

use domain::ids::EmployeeId;
use domain::import::{BatchMessage, Import, PEOPLE_PER_BATCH, batch_of};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_message_can_be_read_and_its_batch_has_its_size(people in 1..250_usize, send in 1..9_u32) {
        let import = Import { people: u32::try_from(people).expect("few"), ..domain::samples::import() };
        prop_assert_eq!(batch_of(people - 1) + 1, import.batches());
        for number in 0..import.batches() {
            let of_batch = (0..people).filter(|position| batch_of(*position) == number);
            let ids: Vec<EmployeeId> = of_batch.map(|position| EmployeeId::new(position.to_string())).collect();
            prop_assert!((1..=PEOPLE_PER_BATCH as usize).contains(&ids.len()));
            let message = BatchMessage::new("portal".into(), "import".into(), number, ids, send);
            prop_assert_eq!(BatchMessage::from_json(&message.to_json()).expect("readable"), message);
        }
    }

    #[test]
    fn an_import_of_a_release_before_keeps_its_batches_of_ten(people in 1..250_u32) {
        let mut row = serde_json::to_value(Import { people, ..domain::samples::import() }).expect("JSON");
        row.as_object_mut().expect("an object").remove("people_per_batch").expect("the row says it now");
        let import: Import = serde_json::from_value(row).expect("readable");
        prop_assert_eq!(import.batches(), people.div_ceil(10));
        prop_assert_eq!(import.batch_of(people as usize - 1), (people - 1) / 10);
    }

    #[test]
    fn a_message_of_more_people_than_a_batch_has_is_refused(people in 0..40_usize) {
        let ids: Vec<EmployeeId> = (0..people).map(|number| EmployeeId::new(number.to_string())).collect();
        let message = BatchMessage::new("portal".into(), "import".into(), 3, ids, 1);
        prop_assert_eq!(BatchMessage::from_json(&message.to_json()).is_ok(), (1..=20).contains(&people));
    }

    #[test]
    fn no_body_makes_reading_a_message_panic(body in "\\PC{0,200}") {
        prop_assert!(BatchMessage::from_json(&body).is_err());
    }
}

#[test]
fn messages_of_the_release_before_are_read_and_those_of_a_later_one_are_not() {
    let body = |version: u32| {
        format!(r#"{{"version": {version}, "portal": "7", "import": "i", "batch": 3, "people": ["1"], "new": true}}"#)
    };
    let first = BatchMessage::from_json(&body(1)).expect("the release before");
    assert_eq!((first.batch(), first.send()), (3, 0));
    assert!(BatchMessage::from_json(&body(2)).is_ok());
    assert!(BatchMessage::from_json(&body(3)).is_err());
    let written = BatchMessage::new("7".into(), "i".into(), 3, vec!["1".into()], 4);
    assert!(written.to_json().contains("\"version\":2"));
    assert_eq!(written.deduplication_id(), "i-3-4");
}
