//! What is there is changed or taken away: enrollments listed and removed, accounts made inactive and active.

use std::collections::HashSet;

use domain::ids::{EnrollmentId, UserAccountId};
use go1::{ChangeError, Doubt, Enrollment, Go1Error, Refusal, RetryAfter};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use stand_ins::go1::endpoint;
use stand_ins::{Fault, FaultKind};
use transport::{Answer, Script, TransportError};

use crate::support::{now, person, portal, scripted, secret, world};

/// What each change makes of the same answer: a removal, a deactivation, a reactivation.
async fn changes(answer: Answer) -> [Result<(), ChangeError>; 3] {
    let script = Script::new([answer]);
    let (client, token) = (scripted(&script), secret("a-token"));
    let done = [
        client.remove_enrollment(&token, &"e/1".into()).await.map(drop),
        client.deactivate_user_account(&token, &"acc/1".into()).await,
        client.reactivate_user_account(&token, &"acc/1".into()).await,
    ];
    let requests = script.requests();
    assert_eq!(requests.len(), 3, "each is sent once");
    let body = |index: usize| serde_json::from_slice::<Value>(requests[index].body()).ok();
    assert_eq!((requests[0].method(), requests[0].uri().path()), (&Method::DELETE, "/enrollments/e%2F1"));
    for request in &requests[1..] {
        assert_eq!((request.method(), request.uri().path()), (&Method::PATCH, "/user-accounts/acc%2F1"));
        assert_eq!(request.headers()["content-type"], "application/json");
    }
    assert_eq!(
        (body(0), body(1), body(2)),
        (None, Some(json!({"status": "inactive"})), Some(json!({"status": "active"})))
    );
    for request in &requests {
        assert_eq!(request.headers()["authorization"], "Bearer a-token");
        assert_eq!(request.headers()["api-version"], "2025-01-01");
        assert_eq!(request.uri().query(), None, "nothing is retained, nothing is enrolled anew");
    }
    done
}

#[tokio::test(start_paused = true)]
async fn each_status_of_a_change_has_its_own_meaning() {
    for status in [200, 204] {
        assert_eq!(changes(Answer::new(status, "")).await, [const { Ok(()) }; 3], "{status}");
    }
    let refused = |status: StatusCode| Err(ChangeError::Refused(Refusal { status, code: None, fields: Vec::new() }));
    let gone = refused(StatusCode::NOT_FOUND);
    assert_eq!(changes(Answer::new(404, "")).await, [Ok(()), Ok(()), gone], "what is not there needs no removal");
    for status in [302, 400, 403, 406, 409, 422] {
        let status_code = StatusCode::from_u16(status).expect("a status");
        assert_eq!(changes(Answer::new(status, "")).await, [(); 3].map(|()| refused(status_code)), "{status}");
    }
    for answer in [Answer::new(401, ""), Answer::new(403, json!({ "message": "Missing or invalid JWT." }))] {
        assert_eq!(changes(answer).await, [const { Err(ChangeError::Unauthorized) }; 3]);
    }
    let retry_after = Some(RetryAfter::In(SignedDuration::from_secs(60)));
    let limited = Answer::new(429, "").header("retry-after", 60);
    assert_eq!(changes(limited).await, [(); 3].map(|()| Err(ChangeError::RateLimited { retry_after })));
    for (answer, doubt) in [
        (Answer::Cut, Doubt::NoAnswer(TransportError::Cut)),
        (Answer::Hang, Doubt::NoAnswer(TransportError::Timeout)),
        (Answer::new(500, ""), Doubt::Failed { status: StatusCode::INTERNAL_SERVER_ERROR, retry_after: None }),
        (
            Answer::new(503, "").header("retry-after", 60),
            Doubt::Failed { status: StatusCode::SERVICE_UNAVAILABLE, retry_after },
        ),
    ] {
        assert_eq!(changes(answer).await, [(); 3].map(|()| Err(ChangeError::OutcomeUnknown(doubt.clone()))));
    }
}

/// What is listed over these pages, and in how many calls.
async fn list(pages: Vec<Value>) -> (Result<Vec<Enrollment>, Go1Error>, usize) {
    let script = Script::new(pages.into_iter().map(|page| Answer::new(200, page)).collect::<Vec<_>>());
    let listed = scripted(&script).enrollments(&secret("t"), &"7".into(), &["1001".into(), "1002".into()]).await;
    (listed, script.requests().len())
}

fn hit(id: usize, course: u32) -> Value {
    json!({
        "id": id, "lo_id": course, "user_account_id": 7, "enrollment_type": "assigned", "status": "not-started",
        "created_time": "2026-11-22T10:00:00+0000",
    })
}

#[tokio::test]
async fn a_list_is_whole_and_only_of_what_was_asked_for() {
    let odd = json!({ "id": "x", "lo_id": "1002", "enrollment_type": "self-directed", "created_time": null });
    let (listed, calls) = list(vec![json!({ "total": 3, "hits": [hit(1, 1001), hit(2, 9999), odd] })]).await;
    let one = Enrollment {
        id: "1".into(),
        account: Some("7".into()),
        course: "1001".into(),
        assigned: true,
        created_time: Some(now()),
        begun: false,
    };
    let own = Enrollment {
        id: "x".into(),
        account: None,
        course: "1002".into(),
        assigned: false,
        created_time: None,
        begun: true,
    };
    assert_eq!((listed, calls), (Ok(vec![one, own]), 1), "a list that ignores its question is not followed");

    let page = |ids: std::ops::Range<usize>, total: Value| json!({ "total": total, "hits": ids.map(|id| hit(id, 1001)).collect::<Vec<_>>() });
    let (listed, calls) = list(vec![page(0..50, json!(70)), page(50..70, json!(70))]).await;
    assert_eq!((listed.map(|listed| listed.len()), calls), (Ok(70), 2));
    let (listed, calls) = list(vec![page(0..50, Value::Null), page(50..60, Value::Null)]).await;
    assert_eq!((listed.map(|listed| listed.len()), calls), (Ok(60), 2), "without a total, until a short page");
    let (stuck, _) = list(vec![page(0..50, json!(70)), page(0..50, json!(70))]).await;
    assert!(matches!(stuck, Err(Go1Error::Loop { .. })), "{stuck:?}");
    let (missing, _) = list(vec![page(0..50, json!(70)), page(0..0, json!(70))]).await;
    assert!(matches!(missing, Err(Go1Error::Loop { .. })), "{missing:?}");
    let endless = (0..=200).map(|number| page(number * 50..number * 50 + 50, Value::Null)).collect();
    let (endless, _) = list(endless).await;
    assert!(matches!(endless, Err(Go1Error::TooManyRows { .. })), "{endless:?}");
}

#[tokio::test]
async fn whatever_status_is_not_that_of_an_unopened_course_counts_as_begun() {
    for (status, begun) in [
        (json!("not-started"), false),
        (json!("in-progress"), true),
        (json!("completed"), true),
        (json!("expired"), true),
        (json!("Not-Started"), true),
        (json!(""), true),
        (json!(0), true),
        (Value::Null, true),
    ] {
        let mut body = hit(1, 1001);
        body["status"] = status.clone();
        let script = Script::new([Answer::new(200, body)]);
        let read = scripted(&script).enrollment(&secret("t"), &"e/1".into()).await.expect("read").expect("there");
        assert_eq!(read.begun, begun, "{status}");
        assert_eq!(script.requests()[0].uri().path(), "/enrollments/e%2F1");
    }
    let missing = Script::new([Answer::new(404, "")]);
    assert_eq!(scripted(&missing).enrollment(&secret("t"), &"e".into()).await, Ok(None));
    let refused = Script::new([Answer::new(403, json!({ "message": "No." }))]);
    let refused = scripted(&refused).enrollment(&secret("t"), &"e".into()).await;
    assert!(matches!(refused, Err(Go1Error::Refused { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_learners_of_a_portal_have_begun_is_listed_over_all_of_them() {
    let (world, client) = world(|_| {});
    let portal = portal(&client).await;
    let token = &portal.tokens.access_token;
    let courses = ["1001", "1002", "1003"].map(Into::into);
    let mut assigned = Vec::new();
    for email in ["bob@example.com", "ann@example.com"] {
        let account = client.create_user_account(token, &person(email)).await.expect("an account");
        for course in &courses {
            let enrolled = client.enroll(token, &account, course).await.expect("assigned");
            assigned.push((account.clone(), enrolled.id.expect("an id")));
        }
    }
    for (index, status) in [(0, "in-progress"), (4, "completed"), (5, "completed")] {
        assert!(world.go1().set_enrollment_status(assigned[index].1.as_str(), status));
    }
    let begun = client.begun_enrollments(token, &courses[..2]).await.expect("a list");
    let begun: HashSet<_> = begun.into_iter().map(|one| (one.account.expect("whose"), one.id)).collect();
    assert_eq!(begun, HashSet::from([assigned[0].clone(), assigned[4].clone()]), "the third course is not asked for");
}

#[tokio::test]
async fn who_else_holds_a_course_is_found_on_one_page() {
    let (world, client) = world(|_| {});
    let portal = portal(&client).await;
    let token = &portal.tokens.access_token;
    let courses = ["1001", "1002", "1003"].map(Into::into);
    let mut accounts = Vec::new();
    for email in ["bob@example.com", "ann@example.com"] {
        accounts.push(client.create_user_account(token, &person(email)).await.expect("an account"));
    }
    let others_hold = async |account: &UserAccountId| client.others_hold(token, account, &courses[..2]).await;
    client.enroll(token, &accounts[0], &"1003".into()).await.expect("assigned");
    assert_eq!(others_hold(&accounts[1]).await, Ok(false), "another course than those asked for");
    client.enroll(token, &accounts[0], &"1002".into()).await.expect("assigned");
    assert_eq!(others_hold(&accounts[0]).await, Ok(false), "nobody but they themselves");
    assert_eq!(others_hold(&accounts[1]).await, Ok(true));
    assert_eq!(world.go1().calls(endpoint::LIST_ENROLLMENTS), 3);
    world.go1().faults().add(Fault::next(endpoint::LIST_ENROLLMENTS, FaultKind::answer(200, &[], r#"{"hits": 7}"#)));
    others_hold(&accounts[1]).await.expect_err("no list");
}

#[tokio::test]
async fn what_was_assigned_is_listed_and_removed_once_and_the_account_is_inactive_until_it_is_wanted_again() {
    let (world, client) = world(|_| {});
    let portal = portal(&client).await;
    let token = &portal.tokens.access_token;
    let account: UserAccountId =
        client.create_user_account(token, &person("bob@example.com")).await.expect("an account");
    let courses = ["1001", "1002", "1003"].map(Into::into);
    let mut assigned: HashSet<EnrollmentId> = HashSet::new();
    for course in &courses {
        assigned.extend(client.enroll(token, &account, course).await.expect("assigned").id);
    }
    let listed = client.enrollments(token, &account, &courses[..2]).await.expect("a list");
    assert_eq!(listed.len(), 2);
    for one in &listed {
        assert!(assigned.contains(&one.id) && one.assigned && one.created_time == Some(now()), "{one:?}");
        assert_eq!(client.enrollment(token, &one.id).await, Ok(Some(one.clone())));
        for was_there in [true, false] {
            assert_eq!(client.remove_enrollment(token, &one.id).await, Ok(was_there), "also a second time");
        }
        assert_eq!(client.enrollment(token, &one.id).await, Ok(None));
    }
    assert_eq!(world.go1().enrollments(portal.id.as_str()).len(), 1);
    let active = async || client.user_account(token, &account).await.expect("read").expect("there").active;
    client.deactivate_user_account(token, &account).await.expect("inactive");
    assert!(!active().await);
    client.reactivate_user_account(token, &account).await.expect("active");
    assert!(active().await);
    let nobody = client.reactivate_user_account(token, &"1".into()).await;
    assert!(matches!(nobody, Err(ChangeError::Refused(_))), "{nobody:?}");
}
