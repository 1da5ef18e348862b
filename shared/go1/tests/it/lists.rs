//! Lists and searches that do not keep to what was asked.

use std::collections::HashSet;

use domain::ids::{LearningObjectId, UserAccountId};
use domain::portal::PortalDomain;
use go1::{Go1Error, SoughtPortal};
use serde_json::{Value, json};
use transport::{Answer, Script};

use crate::support::{email, now, scripted, secret};

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

/// The accounts listed for one email that nobody has, or why not; and how many calls that took.
async fn list(answers: Vec<Answer>) -> (Result<usize, Go1Error>, usize) {
    let script = Script::new(answers);
    let emails = ["nobody", "no-one", "none"].map(|name| email(&format!("{name}@example.com"))).into();
    let accounts = scripted(&script).accounts_for(&secret("t"), &emails, &HashSet::new()).await;
    (accounts.map(|accounts| accounts.len()), script.requests().len())
}

fn full() -> impl Iterator<Item = Value> {
    (0..50).map(account)
}

#[tokio::test]
async fn a_list_without_a_total_ends_on_a_short_page() {
    let ten = || hits(Value::Null, (50..60).map(account));
    // The first page is read once more: it was read to learn the total.
    assert_eq!(list(vec![hits(Value::Null, full()), hits(Value::Null, full()), ten()]).await, (Ok(60), 3));
    assert_eq!(list(vec![hits(json!("60"), full()), hits(json!(60), (50..60).map(account))]).await, (Ok(60), 2));
    let pages = (0..=200).map(|page| hits(Value::Null, (page * 50..page * 50 + 50).map(account)));
    let (endless, _) = list(std::iter::once(hits(Value::Null, full())).chain(pages).collect()).await;
    assert!(matches!(endless, Err(Go1Error::TooManyRows { total: None, .. })), "{endless:?}");
}

#[tokio::test]
async fn a_list_that_is_not_whole_is_no_answer_and_each_is_searched() {
    for odd in [
        vec![hits(json!(70), full()), hits(json!(70), [])],
        vec![hits(json!(70), full()), hits(json!(70), (50..69).map(account))],
        vec![hits(json!(70), full()), hits(json!(70), (49..69).map(account))],
        vec![hits(json!(70), full()), hits(json!(71), (50..70).map(account))],
        vec![hits(json!(70), full()), hits(Value::Null, (50..70).map(account))],
        vec![hits(json!(100), full()), hits(json!(100), full())],
        vec![hits(json!(40), (0..39).map(account))],
        vec![hits(json!(0), full())],
    ] {
        let searched = |answers: [Answer; 3]| list(odd.iter().cloned().chain(answers).collect());
        let nobody = || hits(json!(0), []);
        let named = hits(json!(1), [json!({ "id": 99, "email": "no-one@example.com" })]);
        let first = if let Answer::Http(_, _, body) = &odd[0] { body.matches("\"id\"").count() } else { 0 };
        assert_eq!(searched([named, nobody(), nobody()]).await, (Ok(first + 1), odd.len() + 3));
        let (failed, _) = searched([nobody(), Answer::new(400, ""), nobody()]).await;
        assert!(failed.is_err(), "{failed:?}");
    }
    let repeated = || hits(Value::Null, full());
    let (listed, _) = list(vec![repeated(), repeated(), repeated()]).await;
    assert!(matches!(listed, Err(Go1Error::Loop { .. })), "{listed:?}");
}

#[tokio::test]
async fn a_search_with_more_rows_than_are_listed_does_not_say_that_nobody_is_there() {
    let page = |page: usize| hits(json!(20_000), (page * 50..page * 50 + 50).map(account));
    let script = Script::new((0..200).map(page));
    let found = scripted(&script).find_user_account(&secret("t"), &email("bob@example.com")).await;
    assert_eq!(found, Err(Go1Error::TooManyRows { total: Some(20_000), call: "find user account" }));
    let script = Script::new([hits(json!(70), full()), hits(json!(70), [])]);
    let found = scripted(&script).find_user_account(&secret("t"), &email("bob@example.com")).await;
    assert!(matches!(found, Err(Go1Error::Loop { .. })), "{found:?}");
}

#[tokio::test]
async fn whoever_is_missing_on_the_first_page_is_searched_where_that_is_fewer_calls() {
    let first = || hits(json!(20_000), full());
    let (emails, ids) = (["p3@example.com", "p600@example.com"].map(email).into(), ["7", "601"]);
    let ids = ids.map(UserAccountId::from).into();
    let script = Script::new([first(), hits(json!(1), [account(600)]), Answer::new(200, account(601))]);
    let accounts = scripted(&script).accounts_for(&secret("t"), &emails, &ids).await.expect("read");
    let asked: Vec<_> = script.requests().iter().map(|request| request.uri().path().to_owned()).collect();
    assert_eq!(asked, ["/user-accounts", "/user-accounts", "/user-accounts/601"], "p3 and 7 are on the first page");
    let found: HashSet<_> = accounts.iter().map(|account| account.id.as_str()).collect();
    assert_eq!((found.len(), accounts.len()), (52, 52), "each once");
    assert!(found.contains("600") && found.contains("601"));
    // Somebody who is not there is not there; somebody who cannot be read is an error.
    let script = Script::new([first(), hits(json!(0), []), Answer::new(404, "")]);
    let accounts = scripted(&script).accounts_for(&secret("t"), &emails, &ids).await.expect("read");
    assert_eq!(accounts.len(), 50);
    for odd in [Answer::new(400, ""), Answer::new(200, "<html>")] {
        let script = Script::new([first(), hits(json!(0), []), odd]);
        assert!(scripted(&script).accounts_for(&secret("t"), &emails, &ids).await.is_err());
    }
}

#[tokio::test]
async fn a_portal_that_a_list_does_not_attribute_is_asked_itself() {
    let find = async |answers: Vec<Answer>| {
        let script = Script::new(answers);
        let domain = PortalDomain::parse("acme").expect("a domain");
        let tenant = "tenant-1".into();
        let sought = SoughtPortal { domain: &domain, tenant: &tenant, name: "Acme Pty Ltd", asked_at: now() };
        let found = scripted(&script).find_portal(&secret("t"), sought).await?;
        Ok::<_, Go1Error>((found.map(|found| found.id), script.requests().len()))
    };
    let hit = json!({ "id": 9, "domain": "acme.mygo1.com" });
    let portal =
        |tenant: &str| Answer::new(200, json!({ "id": 9, "domain": "acme.mygo1.com", "external_customer_id": tenant }));
    let list = || hits(json!(1), [hit.clone()]);
    assert_eq!(find(vec![list(), portal("tenant-1")]).await, Ok((Some("9".into()), 2)));
    assert_eq!(find(vec![list(), portal("tenant-2")]).await, Ok((None, 2)));
    assert_eq!(find(vec![list(), Answer::new(404, "")]).await, Ok((None, 2)));
    assert_eq!(find(vec![list(), Answer::new(403, json!({ "error_code": "X" }))]).await, Ok((None, 2)));
    let nobody_s = json!({ "id": 9, "domain": "acme.mygo1.com", "name": "Acme Pty Ltd", "external_customer_id": null });
    assert_eq!(find(vec![list(), Answer::new(200, nobody_s)]).await, Ok((None, 2)), "ours is made with one");
    // Where GO1 tells nobody whose it is, the name and the time decide, and otherwise nothing does.
    let told = |name: Value, created: Value| {
        let portal = json!({ "id": 9, "domain": "acme.mygo1.com", "name": name, "created_time": created });
        find(vec![list(), Answer::new(200, portal)])
    };
    let (ours, before, since) = (json!("Acme Pty Ltd"), json!("2026-11-22T09:54:00Z"), json!("2026-11-22T09:56:00Z"));
    assert_eq!(told(ours.clone(), since.clone()).await, Ok((Some("9".into()), 2)));
    assert_eq!(told(json!(" Acme Pty Ltd "), json!(null)).await, Ok((Some("9".into()), 2)));
    assert_eq!(told(ours, before.clone()).await, Ok((None, 2)));
    assert_eq!(told(json!("Another"), before).await, Ok((None, 2)));
    for (name, created) in [(json!("Another"), since), (json!("Another"), json!(null)), (json!(null), json!(null))] {
        assert!(matches!(told(name, created).await, Err(Go1Error::Unreadable { .. })), "no second one is made");
    }
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

#[tokio::test]
async fn an_odd_row_hides_no_account_and_makes_nobody_absent() {
    let odd = [json!(null), json!("7"), json!({}), json!({ "id": null, "email": "bob@example.com" })];
    for odd in odd {
        let whole = || hits(json!(3), [account(1), odd.clone(), account(2)]);
        assert_eq!(list(vec![whole()]).await, (Ok(2), 1), "{odd}: the list adds up, and no search is needed");
        // Of a search the missing row may be the one that is sought: then nobody says that there is none.
        let find = async |address: &str| {
            scripted(&Script::new([whole()])).find_user_account(&secret("t"), &email(address)).await
        };
        assert_eq!(find("p2@example.com").await.map(|found| found.map(|it| it.id)), Ok(Some("2".into())), "{odd}");
        let absent = find("nobody@example.com").await;
        assert!(matches!(absent, Err(Go1Error::Unreadable { .. })), "{odd}: {absent:?}");
    }
}

#[tokio::test]
async fn an_odd_portal_hides_no_other_and_is_never_taken_for_absent() {
    let (domain, tenant) = (PortalDomain::parse("acme").expect("a domain"), "tenant".into());
    let sought = || SoughtPortal { domain: &domain, tenant: &tenant, name: "Acme", asked_at: now() };
    let ours = json!({ "id": 5, "domain": "acme.mygo1.com", "external_customer_id": "tenant" });
    let script = Script::new([hits(json!(2), [json!(null), ours])]);
    let found = scripted(&script).find_portal(&secret("t"), sought()).await.expect("found");
    assert_eq!(found.map(|found| found.id), Some("5".into()));
    let script = Script::new([hits(json!(1), [json!({ "domain": "acme.mygo1.com" })])]);
    let absent = scripted(&script).find_portal(&secret("t"), sought()).await;
    assert!(matches!(absent, Err(Go1Error::Unreadable { .. })), "{absent:?}");
    let taken =
        hits(json!(3), [json!(null), json!({ "id": 1, "domain": 7 }), json!({ "id": 2, "domain": "acme.mygo1.com" })]);
    let taken = scripted(&Script::new([taken])).taken_domains(&secret("t"), "acme").await.expect("read");
    assert_eq!(taken.len(), 1);
}

#[tokio::test]
async fn an_odd_enrollment_hides_no_other() {
    let good = json!({ "id": 1, "lo_id": "1001", "enrollment_type": 7, "status": {} });
    let script = Script::new([hits(json!(4), [json!(null), good, json!({ "id": 2 }), json!({ "lo_id": "1001" })])]);
    let listed = scripted(&script).enrollments(&secret("t"), &"1".into(), &["1001".into()]).await.expect("read");
    assert_eq!(listed.iter().map(|each| each.id.as_str()).collect::<Vec<_>>(), ["1"]);
}

#[tokio::test]
async fn an_odd_course_hides_no_other_and_odd_fields_are_left_out() {
    let odd = json!({ "id": "con_2", "lo_id": 1002, "core": { "title": 7, "image": "x" }, "relevance": [], "provider": null });
    let good = json!({ "id": "con_1", "lo_id": 1001, "core": { "title": "Safety" } });
    let script = Script::new([hits(json!(3), [json!(null), odd, good])]);
    let courses =
        scripted(&script).learning_objects(&secret("t"), &["1001".into(), "1002".into()]).await.expect("read");
    let titles: Vec<_> = courses.iter().map(|course| course.title.as_str()).collect();
    assert_eq!(titles, ["Safety", ""]);
}

#[tokio::test]
async fn a_list_to_look_at_is_read_as_far_as_asked_and_tells_how_many_more_there_are() {
    let look = async |answers: Vec<Answer>, most: usize| {
        let script = Script::new(answers);
        let list = scripted(&script).list_accounts(&secret("t"), most).await;
        (list.map(|list| (list.accounts.len(), list.unlisted)), script.requests().len())
    };
    let page = |total: Value, rows: std::ops::Range<usize>| hits(total, rows.map(account));
    let pages = |total: usize, rows: usize| {
        (0..rows).step_by(50).map(|from| page(json!(total), from..(from + 50).min(rows))).collect::<Vec<_>>()
    };
    assert_eq!(look(pages(7, 7), 200).await, (Ok((7, 0)), 1));
    assert_eq!(look(pages(110, 110), 200).await, (Ok((110, 0)), 3));
    assert_eq!(look(pages(1_207, 200), 200).await, (Ok((200, 1_007)), 4));
    // What comes and goes meanwhile, and a page that repeats another's rows, is counted among those that are not listed.
    assert_eq!(look(vec![page(json!(70), 0..50), page(json!(70), 49..69)], 200).await, (Ok((69, 1)), 2));
    let odd = json!({ "user": { "email": "no-id@example.com" } });
    assert_eq!(look(vec![hits(json!(2), [account(1), odd])], 200).await, (Ok((1, 1)), 1));
    // Without a total the pages are read until a short one; a full one at the end has at least one behind it.
    let untold = |rows: usize| {
        (0..rows).step_by(50).map(|from| page(Value::Null, from..(from + 50).min(rows))).collect::<Vec<_>>()
    };
    let short = || page(Value::Null, 0..0);
    let mut sixty = untold(60);
    sixty.extend([short(), short()]);
    assert_eq!(look(sixty, 200).await, (Ok((60, 0)), 4));
    assert_eq!(look(untold(200), 200).await, (Ok((200, 50)), 4));
    // A page that fails is no list.
    assert!(look(vec![page(json!(70), 0..50), Answer::new(400, "")], 200).await.0.is_err());
}
