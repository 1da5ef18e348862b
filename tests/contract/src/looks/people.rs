//! Looks at GO1: people, and courses for them.

use ::go1::{CreateAccountError, Enrolled, Go1Client, Go1Error, LEARNER_ROLE, NewUserAccount};
use domain::ids::{EnrollmentId, LearningObjectId, PortalId, UserAccountId};
use jiff::SignedDuration;
use secrecy::SecretString;

use super::{Looks, after};
use crate::facts::go1 as facts;
use crate::report::Verdict;

/// How far apart two clocks may be for an account to count as made by us.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(1);

/// The courses of a country, as the preview reads them. `origins`: where the pages allow pictures from.
pub async fn courses(
    looks: &mut Looks,
    client: &Go1Client,
    token: &SecretString,
    ids: &[LearningObjectId],
    origins: &[String],
) -> Vec<LearningObjectId> {
    let read = client.learning_objects(token, ids).await;
    let Some(courses) = looks.report.good(&facts::COURSES, read) else { return Vec::new() };
    let titled = courses.iter().filter(|course| !course.title.is_empty()).count();
    let seen = format!("{} of {} found, {titled} with a title", courses.len(), ids.len());
    looks.report.check(&facts::COURSES, courses.len() == ids.len() && titled == ids.len(), seen);
    let of: Vec<String> = courses.iter().filter_map(|course| course.image.as_ref()).map(origin).collect();
    let foreign: Vec<&String> = of.iter().filter(|origin| !origins.contains(origin)).collect();
    let verdict = match (of.is_empty(), foreign.first()) {
        (true, _) => Verdict::NotSeen("no course has a picture".to_owned()),
        (false, None) => Verdict::Holds(format!("{} pictures from origins that are allowed", of.len())),
        (false, Some(origin)) => Verdict::Differs(format!("{} from elsewhere, such as {origin}", foreign.len())),
    };
    looks.report.saw(&facts::PICTURES, verdict);
    courses.into_iter().map(|course| course.lo_id).collect()
}

fn origin(url: &url::Url) -> String {
    url.origin().ascii_serialization()
}

/// Creates an account and looks at it: by its id, in a search, created once more, made inactive and active.
pub async fn account(
    looks: &mut Looks,
    client: &Go1Client,
    token: &SecretString,
    portal: &PortalId,
    person: &NewUserAccount,
) -> Option<UserAccountId> {
    let asked_at = looks.now();
    let created = client.create_user_account(token, person).await;
    let is_missing = matches!(&created, Err(CreateAccountError::MissingScope));
    let id = looks.report.good(&facts::ACCOUNT_CREATED, created);
    if is_missing {
        looks.report.saw(&facts::PORTAL_RIGHTS, Verdict::Differs("no scope for creating accounts".to_owned()));
    }
    let id = id?;
    looks.report.saw(&facts::ACCOUNT_CREATED, Verdict::Holds("its id is told".to_owned()));

    let found = client.find_user_account(token, &person.email).await;
    let by_id = client.user_account(token, &id).await;
    if let Some(account) = looks.report.good(&facts::ACCOUNT_BY_ID, by_id) {
        looks.report.check(
            &facts::ACCOUNT_BY_ID,
            account.is_some(),
            if account.is_some() { "at once" } else { "not there" },
        );
        if let Some(account) = account {
            let in_portal = account.portal.as_ref().map(|told| told == portal);
            let learner = account.roles.iter().any(|role| role == LEARNER_ROLE);
            let skew = account.created_time.map(|created| created.duration_since(asked_at));
            let clock_holds = skew.is_some_and(|skew| skew.abs() <= CLOCKS_DIFFER);
            let seen = format!(
                "portal {}, learner {learner}, active {}, created {} after we asked",
                in_portal.map_or("not told".to_owned(), |is_it| if is_it { "told" } else { "another" }.to_owned()),
                account.active,
                skew.map_or("at a time not told".to_owned(), |skew| format!("{} s", skew.as_secs())),
            );
            let holds = in_portal == Some(true) && learner && account.active && clock_holds;
            looks.report.check(&facts::ACCOUNT_TELLS, holds, seen);
        }
    }
    search(looks, client, token, person, &id, found).await;
    twice(looks, client, token, person, &id).await;
    status(looks, client, token, &id).await;
    Some(id)
}

/// When a search shows the account. `first`: what the first search, right after the creation, brought.
async fn search(
    looks: &mut Looks,
    client: &Go1Client,
    token: &SecretString,
    person: &NewUserAccount,
    id: &UserAccountId,
    first: Result<Option<::go1::UserAccount>, Go1Error>,
) {
    let found = match first {
        Ok(Some(account)) => Ok(Some((account, 0))),
        Ok(None) => looks.until(async || client.find_user_account(token, &person.email).await).await,
        Err(error) => Err(error),
    };
    if let Some(found) = looks.report.good(&facts::SEARCH_SHOWS, found) {
        let (holds, seen) = match &found {
            Some((account, seconds)) => (account.id == *id && *seconds <= 120, after(*seconds)),
            None => (false, format!("not within {} s", looks.patience.as_secs())),
        };
        looks.report.check(&facts::SEARCH_SHOWS, holds, seen);
    }
}

async fn twice(
    looks: &mut Looks,
    client: &Go1Client,
    token: &SecretString,
    person: &NewUserAccount,
    id: &UserAccountId,
) {
    let (holds, seen) = match client.create_user_account(token, person).await {
        Err(CreateAccountError::MaybeExists(refusal)) => (true, refusal.to_string()),
        Ok(same) if same == *id => (false, "accepted, and it is the same account".to_owned()),
        Ok(_) => (false, "A SECOND ACCOUNT WAS MADE".to_owned()),
        Err(error) => (false, error.to_string()),
    };
    looks.report.check(&facts::ACCOUNT_TWICE, holds, seen);
}

async fn status(looks: &mut Looks, client: &Go1Client, token: &SecretString, id: &UserAccountId) {
    let mut seen = Vec::new();
    for wanted in [false, true] {
        let changed = if wanted {
            client.reactivate_user_account(token, id).await
        } else {
            client.deactivate_user_account(token, id).await
        };
        if looks.report.good(&facts::STATUS, changed).is_none() {
            return;
        }
        let Some(account) = looks.report.good(&facts::STATUS, client.user_account(token, id).await) else { return };
        seen.push(account.is_some_and(|account| account.active == wanted));
    }
    looks.report.check(&facts::STATUS, seen == [true, true], format!("inactive {}, active again {}", seen[0], seen[1]));
}

/// Assigns the courses, and looks at one of them: assigned again, by its id, in the list, removed.
pub async fn enrollments(
    looks: &mut Looks,
    client: &Go1Client,
    token: &SecretString,
    account: &UserAccountId,
    courses: &[LearningObjectId],
) {
    let mut enrolled = Vec::new();
    let mut refused = Vec::new();
    for course in courses {
        match client.enroll(token, account, course).await {
            Ok(Enrolled { id, .. }) => enrolled.push((course, id)),
            Err(error) => refused.push(format!("{}: {error}", course.as_str())),
        }
    }
    let seen = match refused.first() {
        None => format!("all {} of them", courses.len()),
        Some(first) => format!("{} of {} refused, {first}", refused.len(), courses.len()),
    };
    looks.report.check(&facts::LICENSED, !courses.is_empty() && refused.is_empty(), seen);
    let Some((course, Some(id))) = enrolled.first() else {
        let seen = refused.first().cloned().unwrap_or_else(|| "no id is told".to_owned());
        looks.report.saw(&facts::ENROLLED, Verdict::Differs(seen));
        return;
    };
    looks.report.saw(&facts::ENROLLED, Verdict::Holds("assigned, and its id is told".to_owned()));
    looks.report.saw(&facts::PORTAL_RIGHTS, Verdict::Holds("an account was made and a course assigned".to_owned()));

    let by_id = client.enrollment(token, id).await;
    if let Some(enrollment) = looks.report.good(&facts::ENROLLMENT_BY_ID, by_id) {
        let is_it = enrollment.is_some_and(|enrollment| enrollment.course == **course && !enrollment.begun);
        looks.report.check(&facts::ENROLLMENT_BY_ID, is_it, if is_it { "at once, not begun" } else { "not as it is" });
    }
    let again = client.enroll(token, account, course).await;
    if let Some(again) = looks.report.good(&facts::ENROLLED_TWICE, again) {
        let same = again.already && again.id.as_ref().is_none_or(|told| told == id);
        let seen = if same { "409 enrollment_exists" } else { "A SECOND ENROLLMENT WAS MADE" };
        looks.report.check(&facts::ENROLLED_TWICE, same, seen);
    }
    listed(looks, client, token, account, (*course).clone(), id).await;
    removed(looks, client, token, id).await;
}

async fn listed(
    looks: &mut Looks,
    client: &Go1Client,
    token: &SecretString,
    account: &UserAccountId,
    course: LearningObjectId,
    id: &EnrollmentId,
) {
    let courses = [course];
    let shown = looks
        .until(async || {
            let listed = client.enrollments(token, account, &courses).await?;
            Ok::<_, Go1Error>(listed.into_iter().find(|each| each.id == *id))
        })
        .await;
    if let Some(shown) = looks.report.good(&facts::ENROLLMENTS_LISTED, shown) {
        let seen = shown
            .as_ref()
            .map_or_else(|| format!("not within {} s", looks.patience.as_secs()), |(_, seconds)| after(*seconds));
        looks.report.check(&facts::ENROLLMENTS_LISTED, shown.is_some_and(|(_, seconds)| seconds <= 120), seen);
    }
}

async fn removed(looks: &mut Looks, client: &Go1Client, token: &SecretString, id: &EnrollmentId) {
    let mut answers = Vec::new();
    for _ in 0..2 {
        let removed = client.remove_enrollment(token, id).await;
        let Some(was_there) = looks.report.good(&facts::ENROLLMENT_REMOVED, removed) else { return };
        answers.push(was_there);
    }
    let seen = if answers == [true, false] { "removed, then 404" } else { "removed twice" };
    looks.report.check(&facts::ENROLLMENT_REMOVED, answers == [true, false], seen);
}
