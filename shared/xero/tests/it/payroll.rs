//! The people of a payroll: how many reads they take, and each way in which Xero keeps them from us.

use crate::support::{scripted, secret, tenant, token, world};
use bytes::Bytes;
use domain::country::{Country, PeopleSource};
use domain::ids::TenantId;
use http::Request;
use proptest::prelude::*;
use serde_json::json;
use stand_ins::xero::endpoint;
use stand_ins::{Fault, FaultKind, PayrollPaging, PayrollState, World};
use transport::{Answer, Script};
use xero::{PayrollAdministration, Unauthorized, XeroClient, XeroError};

const OLIVIA: &str = "olivia.hartley@example.com";
const MEI: &str = "mei.tanaka@example.com";
const HARBOUR: &str = "Harbour & Hearth Hospitality";
const WATTLE: &str = "Wattle Grove Books";

async fn count(client: &XeroClient, world: &World, email: &str, name: &str) -> Result<usize, XeroError> {
    let (token, tenant) = (token(world, email, name), tenant(world, name));
    client.people(&token, &tenant, PeopleSource::PayrollEmployees).await.map(|people| people.len())
}

#[tokio::test]
async fn two_hundred_people_take_three_reads_and_nobody_one() {
    for (people, reads) in [(0, 1), (1, 2), (99, 2), (100, 2), (101, 3), (199, 3), (200, 3), (201, 4)] {
        let (world, _, client) = world();
        assert!(world.xero().set_head_count(HARBOUR, people));
        assert_eq!(count(&client, &world, OLIVIA, HARBOUR).await, Ok(people));
        assert_eq!(world.xero().calls(endpoint::EMPLOYEES), reads, "{people} people");
        assert_eq!(world.xero().calls(endpoint::EMPLOYEE_DETAIL), 0);
    }
}

fn page(ids: &[String]) -> Answer {
    let employees: Vec<_> = ids.iter().map(|id| json!({ "EmployeeID": id })).collect();
    Answer::new(200, json!({ "Employees": employees }))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whoever_is_on_the_payroll_is_read_once_in_a_read_for_each_hundred(people in 0..=600_usize) {
        let ids: Vec<String> = (0..people).map(|number| format!("e{number}")).collect();
        let script = Script::new(ids.chunks(100).map(page).chain([page(&[]), page(&[])]));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        prop_assert_eq!(runtime.block_on(found(&script)), ids);
        // The page that ends the list is one, and from the fifth on the next may be read beside each.
        let pages = people.div_ceil(100) + 1;
        let reads = script.requests().len();
        prop_assert!((pages..=pages + usize::from(pages > 4)).contains(&reads), "{} reads of {} pages", reads, pages);
    }
}

/// Whom a look finds, by id.
async fn found(script: &Script) -> Vec<String> {
    let people = scripted(script).people(&secret("t"), &TenantId::new("t"), PeopleSource::PayrollEmployees).await;
    people.expect("people").iter().map(|person| person.employee_id.as_str().to_owned()).collect()
}

fn ids(numbers: impl Iterator<Item = usize>) -> Vec<String> {
    numbers.map(|number| format!("e{number:03}")).collect()
}

#[tokio::test]
async fn somebody_on_two_pages_means_that_another_may_be_on_none_so_all_are_read_once_more() {
    // Between the first page and the second somebody has come before everybody else.
    let newcomer = || std::iter::once(999);
    let script = Script::new([
        page(&ids(0..100)),
        page(&ids(99..150)),
        page(&[]),
        page(&ids(newcomer().chain(0..99))),
        page(&ids(99..150)),
        page(&[]),
    ]);
    assert_eq!(found(&script).await, ids(newcomer().chain(0..150)));
    assert_eq!(script.requests().len(), 6);
}

/// The page that a read asks for, from 1 on.
fn page_of(request: &Request<Bytes>) -> usize {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').find_map(|pair| pair.strip_prefix("page=")).and_then(|page| page.parse().ok()).expect("a page")
}

/// The first pages are read one after the other and the others two at a time, so that somebody can come between any two.
#[tokio::test]
async fn whoever_comes_between_any_two_pages_of_a_long_list_hides_nobody() {
    for comes_at in 2..=8 {
        let (mut everybody, mut has_come) = (ids(0..730), false);
        let script = Script::answering(move |request| {
            let asked_for = page_of(request);
            if asked_for == comes_at && !has_come {
                has_come = true;
                everybody.insert(0, "newcomer".to_owned());
            }
            page(everybody.chunks(100).nth(asked_for - 1).unwrap_or_default())
        });
        let mut found = found(&script).await;
        found.sort();
        let mut expected = ids(0..730);
        expected.push("newcomer".to_owned());
        assert_eq!(found, expected, "somebody came before page {comes_at} was read");
    }
}

#[tokio::test]
async fn a_short_page_that_is_not_the_last_means_reading_once_more() {
    let script = Script::new([
        page(&ids(0..99)),
        page(&ids(100..150)),
        page(&[]),
        page(&ids(0..100)),
        page(&ids(100..150)),
        page(&[]),
    ]);
    assert_eq!(found(&script).await, ids(0..150));
    assert_eq!(script.requests().len(), 6);
}

#[tokio::test]
async fn where_the_pages_move_again_whoever_was_seen_at_either_time_is_there() {
    let script = Script::new([
        page(&ids(0..100)),
        page(&ids(99..150)),
        page(&[]),
        page(&ids(1..101)),
        page(&ids(100..151)),
        page(&[]),
    ]);
    let mut found = found(&script).await;
    found.sort();
    assert_eq!(found, ids(0..151));
    assert_eq!(script.requests().len(), 6, "twice is enough");
}

#[tokio::test]
async fn a_list_that_knows_no_pages_is_whole() {
    let script = Script::new([page(&ids(0..12))]);
    assert_eq!(found(&script).await, ids(0..12));
    assert_eq!(script.requests().len(), 2);
}

#[tokio::test]
async fn rows_of_which_nothing_can_be_read_are_counted_on_every_page() {
    let nulls = |many: usize| Answer::new(200, json!({ "Employees": vec![serde_json::Value::Null; many] }));
    let script = Script::new([nulls(100), nulls(7), page(&[])]);
    assert_eq!(found(&script).await.len(), 107);
    assert_eq!(script.requests().len(), 3);
}

#[tokio::test]
async fn pages_that_overlap_miss_nobody() {
    let (world, _, client) = world();
    world.xero().edit_organisation(HARBOUR, |organisation| organisation.paging = PayrollPaging::Overlapping);
    assert_eq!(count(&client, &world, OLIVIA, HARBOUR).await, Ok(213));
    assert_eq!(world.xero().calls(endpoint::EMPLOYEES), 2 * 4, "they may have moved, so all are read once more");
}

#[tokio::test]
async fn a_last_page_of_people_who_moved_is_the_end_and_no_error() {
    let (world, _, client) = world();
    assert!(world.xero().set_head_count(HARBOUR, 190));
    world.xero().edit_organisation(HARBOUR, |organisation| organisation.paging = PayrollPaging::Overlapping);
    assert_eq!(count(&client, &world, OLIVIA, HARBOUR).await, Ok(190));
    assert_eq!(world.xero().calls(endpoint::EMPLOYEES), 2 * 4);
}

#[tokio::test]
async fn a_page_that_repeats_the_one_before_is_an_error_and_no_loop() {
    let (world, _, client) = world();
    world.xero().edit_organisation(HARBOUR, |organisation| organisation.paging = PayrollPaging::PageIgnored);
    let failure = count(&client, &world, OLIVIA, HARBOUR).await.expect_err("a loop");
    assert!(matches!(failure, XeroError::Loop { .. }), "{failure:?}");
    assert_eq!(world.xero().calls(endpoint::EMPLOYEES), 2);
}

#[tokio::test]
async fn a_server_that_never_ends_is_left_after_more_people_than_a_plan_holds() {
    let pages = (0..60).map(|number| {
        let ids: Vec<_> = (0..100).map(|row| format!("e{number}-{row}")).collect();
        page(&ids)
    });
    let script = Script::new(pages);
    let people = scripted(&script)
        .people(&secret("t"), &TenantId::new("t"), PeopleSource::PayrollEmployees)
        .await
        .expect("people");
    assert!(people.len() > domain::plan::MOST_PEOPLE);
    assert_eq!(script.requests().len(), domain::plan::MOST_PEOPLE / 100 + 1);
}

fn why(result: Result<usize, XeroError>) -> Unauthorized {
    match result {
        Err(XeroError::Unauthorized { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_old_token_has_expired_and_a_refresh_helps() {
    let (world, _, client) = world();
    let token = token(&world, OLIVIA, HARBOUR);
    world.xero().expire_access_tokens();
    let failure =
        client.people(&token, &tenant(&world, HARBOUR), PeopleSource::PayrollEmployees).await.expect_err("expired");
    assert!(matches!(failure, XeroError::Unauthorized { why: Unauthorized::TokenExpired, .. }), "{failure:?}");
    assert!(failure.token_expired());
}

#[tokio::test]
async fn a_consent_without_payroll_is_a_missing_scope_which_no_refresh_helps() {
    let (world, _, client) = world();
    let scopes = xero::scopes(Some(Country::UnitedStates), false).join(" ");
    let narrow = world.xero().sign_in(OLIVIA, &[HARBOUR], &scopes).expect("both exist");
    let result =
        client.people(&secret(&narrow.access_token), &tenant(&world, HARBOUR), PeopleSource::PayrollEmployees).await;
    let failure = result.expect_err("no scope");
    assert!(matches!(failure, XeroError::Unauthorized { why: Unauthorized::ScopeMissing, .. }), "{failure:?}");
    assert!(!failure.token_expired());
}

#[tokio::test]
async fn an_organisation_that_is_closed_to_us_forbids_and_its_connection_tells_how() {
    let row = async |close: fn(&World), still_connected: bool| {
        let (world, _, client) = world();
        let (token, tenant) = (token(&world, OLIVIA, HARBOUR), tenant(&world, HARBOUR));
        close(&world);
        let failure = client.people(&token, &tenant, PeopleSource::PayrollEmployees).await.expect_err("forbidden");
        assert!(matches!(failure, XeroError::Forbidden { .. }), "{failure:?}");
        let failure = client.organisation(&token, &tenant).await.expect_err("forbidden");
        assert!(matches!(failure, XeroError::Forbidden { .. }), "{failure:?}");
        let connections = client.connections(&token, None).await.expect("connections");
        assert_eq!(connections.iter().any(|connection| connection.tenant == tenant), still_connected);
    };
    row(|world| world.xero().disconnect(tenant(world, HARBOUR).as_str()), false).await;
    row(|world| assert!(world.xero().remove_member(HARBOUR, OLIVIA)), true).await;
    row(|world| assert!(world.xero().close_organisation(HARBOUR)), true).await;
    row(
        |world| {
            world.xero().edit_organisation(HARBOUR, |organisation| "TRIAL".clone_into(&mut organisation.class));
            assert!(world.xero().end_trial(HARBOUR));
        },
        true,
    )
    .await;
}

#[tokio::test]
async fn another_tenants_id_forbids() {
    let (world, _, client) = world();
    let token = token(&world, OLIVIA, HARBOUR);
    for name in ["", "nobody", tenant(&world, WATTLE).as_str()] {
        let failure =
            client.people(&token, &TenantId::new(name), PeopleSource::PayrollEmployees).await.expect_err("forbidden");
        assert!(matches!(failure, XeroError::Forbidden { .. }), "{name}: {failure:?}");
    }
}

#[tokio::test]
async fn a_payroll_that_was_never_set_up_says_so() {
    let (world, _, client) = world();
    let failure = count(&client, &world, OLIVIA, "Paperbark Studio").await.expect_err("not set up");
    assert!(matches!(failure, XeroError::PayrollNotSetUp { .. }), "{failure:?}");
}

#[tokio::test]
async fn whoever_may_not_see_payroll_is_told_by_the_organisations_actions_why() {
    let (world, _, client) = world();
    world.xero().edit_organisation(HARBOUR, |organisation| organisation.payroll = PayrollState::Refused);
    for (email, name, actions) in [
        (MEI, WATTLE, PayrollAdministration::NotAllowed),
        (OLIVIA, "Thornbury Ceramics", PayrollAdministration::NotAllowed),
        (OLIVIA, HARBOUR, PayrollAdministration::Allowed),
    ] {
        let result = count(&client, &world, email, name).await;
        assert_eq!(why(result), Unauthorized::NotPayrollAdministrator, "{email} {name}");
        let (token, tenant) = (token(&world, email, name), tenant(&world, name));
        assert_eq!(client.organisation_actions(&token, &tenant).await, Ok(actions), "{email} {name}");
    }
}

#[tokio::test]
async fn a_refusal_in_words_that_nobody_documented_is_taken_for_the_role() {
    let (world, _, client) = world();
    let text = "check your scopes and confirm access to this resource";
    let answer = FaultKind::answer(401, &[("content-type", "text/plain")], text);
    world.xero().faults().add(Fault::next(endpoint::EMPLOYEES, answer));
    assert_eq!(why(count(&client, &world, OLIVIA, HARBOUR).await), Unauthorized::NotPayrollAdministrator);
}

#[tokio::test]
async fn an_empty_payroll_is_no_error() {
    let (world, _, client) = world();
    assert_eq!(count(&client, &world, OLIVIA, "Bluegum Analytics").await, Ok(0));
}

#[tokio::test]
async fn a_token_that_is_none_is_not_taken_for_the_role() {
    let (world, _, client) = world();
    token(&world, OLIVIA, HARBOUR);
    let result = client.people(&secret("forged"), &tenant(&world, HARBOUR), PeopleSource::PayrollEmployees).await;
    assert_eq!(why(result.map(|people| people.len())), Unauthorized::Other);
}
