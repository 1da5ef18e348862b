//! A table that is busy, loses answers, or answers what it should not.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::clock::Clock as _;
use domain::ids::{PortalId, TenantId};
use domain::import::{Ending, Import, ImportStatus, Progress};
use domain::plan::{Choices, Decision, Plan, PlanEntry};
use domain::portal::{Portal, PortalDomain};
use domain::tenant::Tenant;
use jiff::{SignedDuration, Timestamp};
use state::conformance::SuiteClock;
use state::dynamodb::DynamoDb;
use state::{
    AcceptRefused, GrantOwner, Grants as _, ImportAcceptance as _, ImportReader as _, ImportWork as _, Lease,
    PlanReader as _, Plans as _, Portals as _, StateError, Tenants as _,
};

use super::rows::customers::organisations;
use super::wire::Fault;
use super::{Place, on_a_table};

fn fault(operation: &'static str, done: bool, status: u16, kind: &str) -> Fault {
    let body = format!(r#"{{"__type": "com.amazonaws.dynamodb.v20120810#{kind}", "message": "about Zoë"}}"#);
    Fault { operation, done, status, body }
}

fn cancelled(reason: &str) -> Fault {
    let body = format!(
        r#"{{"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "message": "about Zoë",
            "CancellationReasons": [{{"Code": "None"}}, {{"Code": "{reason}", "Message": "about Zoë"}}]}}"#
    );
    Fault { operation: "TransactWriteItems", done: false, status: 400, body }
}

/// A moment some seconds after the store's.
fn moment(seconds: i64) -> Timestamp {
    SuiteClock.now() + SignedDuration::from_secs(seconds)
}

async fn import_into_a_portal(store: &DynamoDb, id: &str) -> Import {
    let portal = Portal {
        id: PortalId::new(id),
        tenant: "tenant".into(),
        domain: PortalDomain::parse("wattle").expect("an address"),
        administrator: Some("1".into()),
        erased_at: None,
        places_used: 0,
        imports_accepted: 0,
        active_import: None,
        created_at: moment(0),
    };
    store.add_portal(&portal).await.expect("a portal");
    Import {
        portal: portal.id,
        tenant: portal.tenant,
        people: 1,
        places: 1,
        read: 1,
        courses: vec!["1001".into()],
        accepted_at: moment(0),
        ..domain::samples::import()
    }
}

async fn a_busy_table_is_asked_again_a_few_times(place: Place) {
    on_a_table(place, async |store, wire| {
        let import = import_into_a_portal(&store, "busy").await;
        wire.sent();
        wire.fail(["TransactionConflict", "ThrottlingError"].map(cancelled));
        store.accept_import(&import, 0).await.expect("accepted");
        assert_eq!(wire.sent(), ["TransactWriteItems"; 3]);

        wire.fail([fault("UpdateItem", false, 400, "TransactionConflictException")]);
        store.start_import(&import.portal, &import.id).await.expect("running");
        assert_eq!(wire.sent(), ["GetItem", "UpdateItem", "UpdateItem"]);

        wire.fail(std::iter::repeat_n(cancelled("TransactionConflict"), 6));
        let ending = Ending { status: ImportStatus::Done, sums: Progress::default(), refused: Vec::new() };
        let ended = store.end_import(&import.portal, &import.id, &ending, moment(1)).await;
        assert!(matches!(ended, Err(StateError::Unavailable(_))), "{ended:?}");
        assert_eq!(wire.sent(), ["TransactWriteItems"; 6]);
        store.end_import(&import.portal, &import.id, &ending, moment(1)).await.expect("ended");
    })
    .await;
}

async fn a_lost_answer_does_not_lose_tokens_or_imports(place: Place) {
    on_a_table(place, async |store, wire| {
        let owner = GrantOwner::Portal("lost".into());
        store.put_grant(&owner, "first", moment(0)).await.expect("stored");
        let lease = Lease { holder: "holder".to_owned(), until: moment(30) };
        wire.fail([fault("UpdateItem", true, 500, "InternalServerError")]);
        store.lease_grant(&owner, 1, &lease, moment(0)).await.expect("leased, whatever became of the first answer");
        wire.fail([fault("UpdateItem", true, 500, "InternalServerError")]);
        store.renew_grant(&owner, 1, "second", moment(60)).await.expect("renewed");
        let stored = store.find_grant(&owner).await.expect("read").expect("stored before");
        assert_eq!((&*stored.sealed, stored.generation, stored.lease), ("second", 2, None));

        // The SDK repeats a transaction under the same token, so the table knows that it is one.
        let import = import_into_a_portal(&store, "lost").await;
        wire.fail([fault("TransactWriteItems", true, 500, "InternalServerError")]);
        store.accept_import(&import, 0).await.expect("accepted once");
        let again = store.accept_import(&import, 0).await;
        assert!(matches!(again, Err(AcceptRefused::AcceptedBefore(before)) if *before == import));
        assert!(wire.sent().len() > 4);
    })
    .await;
}

async fn a_lost_answer_to_an_organisations_step_is_no_other_callers_step(place: Place) {
    on_a_table(place, async |store, wire| {
        let mut before = Tenant { revision: 0, ..organisations().remove(0) };
        for _ in 0..2 {
            wire.fail([fault("TransactWriteItems", true, 500, "InternalServerError")]);
            let after = store.put_tenant(before.clone()).await.expect("stored, whatever became of the first answer");
            assert_eq!(
                wire.sent(),
                ["GetItem", "TransactWriteItems", "TransactWriteItems"],
                "its sign-up says how long"
            );
            assert!(matches!(store.put_tenant(before).await, Err(StateError::Conflict)), "another caller's");
            wire.sent();
            before = after;
        }
    })
    .await;
}

async fn an_error_repeats_nothing_of_an_item(place: Place) {
    on_a_table(place, async |store, wire| {
        let (portal, import) = ("1".into(), "2".into());
        wire.fail([fault("GetItem", true, 400, "ValidationException")]);
        let refused = store.find_import(&portal, &import).await.expect_err("a validation");
        wire.fail([Fault {
            operation: "GetItem",
            done: true,
            status: 200,
            body: r#"{"Item": {"id": {"S": "2"}, "people": {"S": "about Zoë"}}}"#.to_owned(),
        }]);
        let malformed = store.find_import(&portal, &import).await.expect_err("no import");
        wire.fail([Fault {
            operation: "GetItem",
            done: true,
            status: 200,
            body: r#"{"Item": "about Zoë""#.to_owned(),
        }]);
        let unreadable = store.find_import(&portal, &import).await.expect_err("no answer");
        assert!(matches!(refused, StateError::Unavailable(_)) && matches!(malformed, StateError::Malformed(_)));
        assert!(matches!(unreadable, StateError::Unavailable(_)));
        for error in [refused, malformed, unreadable] {
            let source = std::error::Error::source(&error).expect("a cause").to_string();
            for text in [error.to_string(), format!("{error:?}"), source] {
                assert!(!text.contains("about") && !text.contains("Zo"), "{text}");
            }
        }
    })
    .await;
}

async fn half_a_plan_is_no_plan(place: Place) {
    on_a_table(place, async |store, wire| {
        let tenant = TenantId::new("halved");
        let entries = (0..250).map(|number| PlanEntry {
            employee_id: format!("employee-{number}").as_str().into(),
            given_name: "Zoë".to_owned(),
            family_name: "O'Hara".to_owned(),
            email: None.into(),
            decision: Decision::Create,
            ticked: true,
            doubt: None,
        });
        let plan = Plan {
            tenant: tenant.clone(),
            group: None,
            entries: entries.collect(),
            left: Vec::new(),
            courses: Vec::new(),
            course_titles: Vec::new(),
            places_left: 200,
            imports_accepted: 0,
            read_at: moment(0),
            choices: Choices::default(),
            address: None,
        };
        let digest = plan.digest();
        // The chunks are written, the head is not: a crash between the two.
        wire.fail([fault("PutItem", false, 400, "AccessDeniedException")]);
        assert!(matches!(store.put_plan(&plan).await, Err(StateError::Unavailable(_))));
        assert_eq!(store.find_plan(&tenant, &digest).await.expect("read"), None);

        // What the table leaves out of a batch is sent again.
        let table = &wire.table;
        let left = r#"{"PutRequest": {"Item": {"pk": {"S": "left"}, "sk": {"S": "out"}}}}"#;
        let body = format!(r#"{{"UnprocessedItems": {{"{table}": [{left}]}}}}"#);
        wire.sent();
        wire.fail([Fault { operation: "BatchWriteItem", done: true, status: 200, body }]);
        assert_eq!(store.put_plan(&plan).await.expect("stored"), digest);
        assert_eq!(wire.sent(), ["BatchWriteItem", "BatchWriteItem", "PutItem"]);
        assert_eq!(store.find_plan(&tenant, &digest).await.expect("read"), Some(plan));

        // The table deletes by time, item by item.
        let chunk = [("pk", "TENANT#halved".to_owned()), ("sk", format!("PLAN#{digest}#CHUNK#0001"))];
        let chunk = chunk.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let deleted = wire.plain.delete_item().table_name(table).set_key(Some(chunk.into()));
        deleted.return_values(ReturnValue::AllOld).send().await.expect("deleted").attributes.expect("a chunk");
        assert_eq!(store.find_plan(&tenant, &digest).await.expect("read"), None);
    })
    .await;
}

in_memory_and_on_the_emulator!(
    a_busy_table_is_asked_again_a_few_times,
    a_lost_answer_does_not_lose_tokens_or_imports,
    a_lost_answer_to_an_organisations_step_is_no_other_callers_step,
    an_error_repeats_nothing_of_an_item,
    half_a_plan_is_no_plan
);
