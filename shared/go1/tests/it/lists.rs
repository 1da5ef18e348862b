//! Lists and searches that do not keep to what was asked.

use domain::ids::LearningObjectId;
use domain::portal::PortalDomain;
use go1::Go1Error;
use serde_json::{Value, json};
use transport::{Answer, Script};

use crate::support::{email, scripted, secret};

fn hits(total: impl Into<Value>, hits: impl IntoIterator<Item = Value>) -> Answer {
    Answer::new(200, json!({ "total": total.into(), "hits": hits.into_iter().collect::<Vec<_>>() }))
}

fn account(number: usize) -> Value {
    json!({ "id": number, "user": { "email": format!("P{number}@Example.com ") }, "status": "active" })
}

#[tokio::test]
async fn a_search_that_ignores_its_question_finds_nobody_or_the_right_one() {
    let find = async |answers: Vec<Answer>, address: &str| {
        let script = Script::new(answers);
        let found = scripted(&script).find_user_account(&secret("t"), &email(address)).await;
        (found.map(|found| found.map(|found| found.id)), script.requests().len())
    };
    let everybody = || vec![hits(json!(70), (0..50).map(account)), hits(json!(70), (50..70).map(account))];
    assert_eq!(find(everybody(), "p3@example.com").await, (Ok(Some("3".into())), 1));
    assert_eq!(find(everybody(), "p69@example.com").await, (Ok(Some("69".into())), 2));
    assert_eq!(find(everybody(), "bob@example.com").await, (Ok(None), 2));
    let odd = json!({ "id": 1, "user": { "email": null } });
    let flat = json!({ "id": 2, "email": "bob@example.com", "user": null, "roles": null, "status": null });
    assert_eq!(find(vec![hits(json!(2), [odd, flat])], "bob@example.com").await, (Ok(Some("2".into())), 1));
}

#[tokio::test]
async fn a_list_ends_without_a_total_on_an_empty_page_and_on_a_repetition() {
    let list = async |answers: Vec<Answer>| {
        let script = Script::new(answers);
        let accounts = scripted(&script).user_accounts(&secret("t")).await;
        (accounts.map(|accounts| accounts.len()), script.requests().len())
    };
    let full = || (0..50).map(account);
    assert_eq!(list(vec![hits(Value::Null, full()), hits(Value::Null, (50..60).map(account))]).await, (Ok(60), 2));
    assert_eq!(list(vec![hits(json!("60"), full()), hits(json!(60), (50..60).map(account))]).await, (Ok(60), 2));
    assert_eq!(list(vec![hits(json!(999), full()), hits(json!(999), [])]).await, (Ok(50), 2));
    let (looped, asked) = list(vec![hits(json!(999), full())]).await;
    assert!(matches!(looped, Err(Go1Error::Loop { .. })), "{looped:?}");
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn a_portal_that_a_list_does_not_attribute_is_asked_itself() {
    let find = async |answers: Vec<Answer>| {
        let script = Script::new(answers);
        let domain = PortalDomain::parse("acme").expect("a domain");
        let found = scripted(&script).find_portal(&secret("t"), &domain, &"tenant-1".into()).await.expect("read");
        (found.map(|found| found.id), script.requests().len())
    };
    let hit = json!({ "id": 9, "domain": "acme.mygo1.com" });
    let portal =
        |tenant: &str| Answer::new(200, json!({ "id": 9, "domain": "acme.mygo1.com", "external_customer_id": tenant }));
    let list = || hits(json!(1), [hit.clone()]);
    assert_eq!(find(vec![list(), portal("tenant-1")]).await, (Some("9".into()), 2));
    assert_eq!(find(vec![list(), portal("tenant-2")]).await, (None, 2));
    assert_eq!(find(vec![list(), Answer::new(404, "")]).await, (None, 2));
    assert_eq!(find(vec![list(), Answer::new(403, json!({ "error_code": "X" }))]).await, (None, 2));
}

#[tokio::test]
async fn a_course_is_read_from_whatever_there_is() {
    let script = Script::new([hits(
        json!(3),
        [
            json!({ "id": "con_1", "lo_id": 2, "core": { "title": "A &amp; <b>B</b>", "image": { "value": "" },
                "description": "<p>Long</p><script>x</script>" }, "relevance": { "summary": "", "duration": 12.2 } }),
            json!({ "id": "con_9", "core": { "image": { "value": "javascript:alert(1)" } }, "provider": { "name": " " } }),
            json!({ "id": "con_0" }),
        ],
    )]);
    let ids: [LearningObjectId; 3] = ["con_9".into(), "2".into(), "7".into()];
    let courses = scripted(&script).learning_objects(&secret("t"), &ids).await.expect("courses");
    assert_eq!(courses.len(), 2);
    assert_eq!((courses[0].title.as_str(), &courses[0].image, &courses[0].provider), ("", &None, &None));
    assert_eq!((courses[1].title.as_str(), courses[1].summary.as_str()), ("A & B", "Long"));
    assert_eq!((courses[1].duration_minutes, &courses[1].image), (Some(13), &None));
}
