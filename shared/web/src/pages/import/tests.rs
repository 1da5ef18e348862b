//! What the page says of an import: done, partly done and failed are told apart, and so are people with different
//! outcomes.

use domain::email::EmailAddress;
use domain::import::{
    Assignments, Batch, Ending, FailureReason, Import, ImportPerson, ImportStatus, Outcome, PersonTask,
};
use domain::portal::PortalDomain;
use jiff::Timestamp;

use super::{ImportPage, ImportPoll, UnderWay};
use crate::form_token::FormToken;
use crate::frame::Frame;
use crate::locale::Locale;
use crate::pages::View as _;
use crate::site::SiteSettings;

fn import() -> Import {
    Import { course_titles: vec!["Safety".to_owned(), "Privacy".to_owned()], ..domain::samples::import() }
}

fn done(refused: &[&str]) -> Outcome {
    Outcome::Done {
        account: "7".into(),
        created: true,
        enrollments: 2 - refused.len(),
        assigned: Vec::new(),
        match_by_time: false,
        refused: refused.iter().map(|course| (*course).into()).collect(),
    }
}

fn partly() -> Outcome {
    let courses = Assignments { enrollments: 1, refused: vec!["1002".into()], ..Assignments::unknown() };
    Outcome::failed_with(FailureReason::EnrollmentRefused, Some(("8".into(), false)), courses)
}

/// The page of an import that has ended with these outcomes, and its text.
fn ended(outcomes: Vec<Outcome>) -> (ImportPage, String) {
    let people: Vec<_> = outcomes
        .into_iter()
        .enumerate()
        .map(|(number, outcome)| ImportPerson {
            employee_id: number.to_string().as_str().into(),
            given_name: format!("Ann {number}"),
            family_name: "Lee".to_owned(),
            email: EmailAddress::parse("ann@example.com").expect("valid"),
            task: PersonTask::Create,
            batch: 0,
            outcome,
        })
        .collect();
    let count = u32::try_from(people.len()).expect("few");
    let import = Import { people: count, places: count, sent_at: Some(Timestamp::UNIX_EPOCH), ..import() };
    let Ending { status, sums, refused } = Ending::of(&import, &people).expect("nobody waits");
    let now = Timestamp::UNIX_EPOCH;
    let import = Import { status, sums: Some(sums), refused, ended_at: Some(now), ..import };
    let domain = PortalDomain::parse("wattle").expect("an address");
    let page = ImportPage::of(&import, people, "Wattle".to_owned(), domain, FormToken::from("token"), now);
    let site = SiteSettings {
        public_url: "https://xero.example.com".to_owned(),
        support_contact: "mailto:support@example.com".to_owned(),
        form_action_origins: Vec::new(),
        picture_origins: Vec::new(),
    };
    let body = page.body(&site, &Frame::SignUp).expect("renders");
    (page, body)
}

#[test]
fn done_partly_done_and_failed_differ_in_heading_bar_and_lists() {
    let nothing = || Outcome::failed(FailureReason::AccountRefused);
    let uncertain = || Outcome::failed(FailureReason::Unresolved);
    for (outcomes, heading, percent, look, lists) in [
        (vec![done(&[]), done(&[])], "All done: 2 people imported", 100, "is-done", vec![]),
        (
            vec![done(&[]), partly(), nothing(), uncertain()],
            "1 of 4 people imported",
            25,
            "is-partly-done",
            vec![
                "One person with an account, but not every course",
                "One person we’re not sure about",
                "One person not imported",
            ],
        ),
        (
            vec![partly(), partly()],
            "2 of 2 people have an account, but not every course",
            0,
            "is-partly-done",
            vec!["2 people with an account, but not every course"],
        ),
        (vec![nothing(), nothing()], "No one could be imported", 0, "is-failed", vec!["2 people not imported"]),
    ] {
        let (page, body) = ended(outcomes);
        assert_eq!((page.heading(), page.percent(), page.look()), (heading.to_owned(), percent, look));
        assert_eq!(page.failures().into_iter().map(|group| group.who).collect::<Vec<_>>(), lists);
        assert!(body.contains(look) && lists.iter().all(|list| body.contains(list)), "{body}");
    }
}

#[test]
fn a_course_that_go1_refuses_is_one_notice_and_can_be_tried_again() {
    let (page, body) = ended(vec![done(&["1002"]), done(&["1002"]), done(&["1002"])]);
    assert_eq!(body.matches("Privacy").count(), 1, "{body}");
    assert!(body.contains("GO1 didn’t let us assign “Privacy” in your portal, so 3 people are imported without it."));
    assert!(body.contains("1 of 2 courses assigned") && body.contains("Try the missing courses again"));
    assert!(page.failures().is_empty() && page.can_be_retried());
    let (page, body) = ended(vec![done(&[])]);
    assert!(!page.can_be_retried() && !body.contains("didn’t let us assign"));
}

#[test]
fn who_failed_with_an_account_is_told_what_they_have_and_which_course_was_refused() {
    let (page, body) = ended(vec![partly(), done(&[])]);
    let words = "Already had an account, 1 of 2 courses assigned. GO1 refused “Privacy”. Try again, or ask support.";
    assert_eq!(page.json(&Locale::default(), &ImportPoll::default(), String::new()).people[0].words, words);
    assert!(body.contains("not imported</dt><dd data-sum=\"not_imported\">0<"), "{body}");
    assert_eq!(page.sentence(), "2 people: 1 done, 0 waiting, 1 partly done, 0 not imported.");
}

#[test]
fn two_hundred_who_failed_for_one_reason_are_one_reason_with_a_few_names_and_the_others_folded() {
    let refused = || Outcome::failed(FailureReason::AccountRefused);
    let full = || Outcome::failed(FailureReason::PortalFull);
    let (page, body) = ended((0..200).map(|number| if number == 7 { full() } else { refused() }).collect());
    let failures = page.failures();
    let counts: Vec<_> =
        failures[0].reasons.iter().map(|reason| (reason.first().len(), reason.others().len())).collect();
    assert_eq!((failures.len(), counts), (1, vec![(5, 194), (1, 0)]));
    let (_, lists) = body.split_once("200 people not imported").expect("the list");
    let (lists, _) = lists.split_once("Everyone in this import").expect("what comes after it");
    let (shown, folded) = lists.split_once("<details>").expect("some are folded away");
    assert_eq!((shown.matches("<li>").count(), folded.matches("<li>").count()), (5, 195), "everybody is there");
    assert_eq!(lists.matches("GO1 didn’t accept this name").count(), 1, "the reason is said once");
    assert!(lists.contains("<strong>199 people:</strong>") && lists.contains("<summary>Show 194 others</summary>"));
    assert!(body.contains("value=\"0\"") && body.contains("progress-head is-failed"), "and nothing is green");
    // One name more is no reason to fold anything.
    let (page, body) = ended((0..6).map(|_| refused()).collect());
    assert!(page.failures()[0].reasons[0].others().is_empty() && !body.contains("<details>"));
}

#[test]
fn a_bar_is_not_green_while_everybody_who_is_over_has_failed() {
    let look = |outcomes: Vec<Outcome>| {
        let (page, _) = ended(outcomes.iter().map(|_| done(&[])).collect());
        let running = Import { status: ImportStatus::Running, ended_at: None, sums: None, ..page.stored };
        let people = page.people.into_iter().zip(outcomes);
        let people = people.map(|(person, outcome)| ImportPerson { outcome, ..person }).collect();
        let (organisation, domain) = (page.organisation, page.domain);
        let page = ImportPage::of(&running, people, organisation, domain, page.form_token, Timestamp::UNIX_EPOCH);
        (page.percent(), page.look(), page.json(&Locale::default(), &ImportPoll::default(), String::new()).look)
    };
    let failed = || Outcome::failed(FailureReason::Unavailable);
    assert_eq!(look(vec![failed(), failed()]), (100, "is-failed", "is-failed"));
    assert_eq!(look(vec![failed(), Outcome::Waiting]), (50, "is-failed", "is-failed"));
    assert_eq!(look(vec![failed(), done(&[])]), (100, "is-running", "is-running"));
    assert_eq!(look(vec![Outcome::Waiting]), (0, "is-running", "is-running"));
}

#[test]
fn whose_account_is_there_and_not_active_is_not_among_those_who_were_not_imported() {
    let (page, body) = ended(vec![Outcome::failed(FailureReason::AccountInactive), partly(), done(&[])]);
    let groups: Vec<_> = page.failures().into_iter().map(|group| group.who).collect();
    let expected = ["One person with an account, but not every course", "One person with an account that isn’t active"];
    assert_eq!(groups, expected);
    assert!(!body.contains("One person not imported") && body.contains("Reactivate it in GO1"), "{body}");
}

#[test]
fn a_poll_is_answered_with_the_rows_that_the_browser_lacks_and_with_those_at_work() {
    let (page, _) = ended((0..40).map(|_| done(&[])).collect());
    let running = Import { status: ImportStatus::Running, ended_at: None, sums: None, ..page.stored };
    let people = page.people.into_iter().enumerate().map(|(number, person)| {
        let batch = u32::try_from(number / 10).expect("few");
        ImportPerson { batch, outcome: if number < 12 { done(&[]) } else { Outcome::Waiting }, ..person }
    });
    let now = Timestamp::UNIX_EPOCH;
    let page = ImportPage::of(&running, people.collect(), page.organisation, page.domain, page.form_token, now);
    let at_work = Batch { attempts: 1, attempted_at: Some(now), ..Batch::new(1) };
    let page = page.under_way(UnderWay::at(now, &[at_work], 5));
    let rows = |known: &str| {
        let poll = ImportPoll::parse(Some(&format!("known={known}")));
        let people = page.json(&Locale::default(), &poll, "r".to_owned()).people;
        people.into_iter().map(|person| (person.row, person.state)).collect::<Vec<_>>()
    };
    let working = (12..20).map(|row| (row, "working"));
    assert_eq!(rows(""), (0..12).map(|row| (row, "done")).chain(working.clone()).collect::<Vec<_>>());
    assert_eq!(rows("ff3"), [(10, "done"), (11, "done")].into_iter().chain(working.clone()).collect::<Vec<_>>());
    assert_eq!(rows("fff"), working.collect::<Vec<_>>());
    let whole =
        serde_json::to_string(&page.json(&Locale::default(), &ImportPoll::parse(Some("known=fff")), String::new()));
    assert!(whole.expect("serialises").len() < 1_500, "eight rows, and nobody else's");
}
