//! Sentences for what became of the people of an import or an undo.

use domain::ids::LearningObjectId;
use domain::import::{FailureReason, Import, ImportPerson, Outcome, PersonTask};

use super::{count_of, courses_that_stay, thousands};

/// Why a person could not be imported after all, and what to do.
pub const fn failure_reason(reason: FailureReason) -> &'static str {
    match reason {
        FailureReason::AccountRefused => {
            "GO1 didn’t accept this name or email address. Fix it in Xero, then import again."
        }
        FailureReason::AnothersAccount => {
            "In GO1 this email address belongs to an account with another name, or to someone else. We changed nothing \
             there. Check again: the list shows whose it is, and you decide."
        }
        FailureReason::AccountInactive => {
            "This person’s account isn’t active in GO1. We changed nothing there. Reactivate it in GO1, then import again."
        }
        FailureReason::AccountNotFound => {
            "We couldn’t find this person’s account in your portal. Try again, and we’ll look once more."
        }
        FailureReason::EnrollmentRefused => {
            "GO1 doesn’t let anyone in your portal have these courses yet, so no account was created. Ask support, then \
             import again."
        }
        FailureReason::ChangeRefused => {
            "GO1 refused to change this person’s account or courses. Try again, or ask support."
        }
        FailureReason::PortalFull => "GO1 says your portal is full. Ask support for more room, then import again.",
        FailureReason::AccessLost => "GO1 no longer lets us act for your portal. Ask support to restore our access.",
        FailureReason::Unavailable => "GO1 didn’t answer, or asked us to wait too long. Try again later.",
        FailureReason::Unresolved => {
            "We couldn’t find out whether the account was created. Try again: we look first, so no one gets two accounts."
        }
        FailureReason::Stopped => "Not imported, because the import was stopped.",
        FailureReason::Internal => "Something went wrong on our side. Import again, or ask support.",
    }
}

/// What became of one person of an import or an undo.
pub fn person_result(person: &ImportPerson, import: &Import) -> String {
    let PersonTask::Undo { created, .. } = &person.task else { return outcome(&person.outcome, import) };
    match &person.outcome {
        Outcome::Undone { removed, kept, deactivated: false, .. } => {
            let courses = count_of(*removed, "course", "courses");
            let why = if *created { "it’s been given another role" } else { "it was there before" };
            format!("{courses} removed. The account stays, because {why}.{}", courses_that_stay(*kept))
        }
        Outcome::Failed { reason: FailureReason::Stopped, .. } => {
            "Not undone, because the undo was stopped.".to_owned()
        }
        Outcome::Failed { reason: FailureReason::Internal, .. } => {
            "Something went wrong on our side. Try again, or ask support.".to_owned()
        }
        Outcome::Failed { reason, .. } => failure_reason(*reason).to_owned(),
        other => outcome(other, import),
    }
}

/// What became of one person of an import.
fn outcome(outcome: &Outcome, import: &Import) -> String {
    match outcome {
        Outcome::Waiting => "Waiting".to_owned(),
        Outcome::Done { created, enrollments, .. } => {
            format!("{}, {} assigned", account(*created), courses(*enrollments, import))
        }
        Outcome::Undone { removed, kept, deactivated, .. } => {
            let account = if *deactivated { "account deactivated" } else { "account kept" };
            let stop = if *kept > 0 { "." } else { "" };
            let courses = count_of(*removed, "course", "courses");
            format!("{courses} removed, {account}{stop}{}", courses_that_stay(*kept))
        }
        Outcome::Failed { reason, account: Some(_), created, enrollments, refused, .. } => {
            let why = match reason {
                FailureReason::EnrollmentRefused => {
                    format!("GO1 refused {}. Try again, or ask support.", named(refused, import))
                }
                FailureReason::Unavailable
                | FailureReason::Internal
                | FailureReason::AccessLost
                | FailureReason::Stopped => "Try again to add the rest.".to_owned(),
                reason => failure_reason(*reason).to_owned(),
            };
            format!("{}, {} assigned. {why}", account(*created), courses(*enrollments, import))
        }
        Outcome::Failed { reason, .. } => failure_reason(*reason).to_owned(),
    }
}

const fn account(created: bool) -> &'static str {
    if created { "New account" } else { "Already had an account" }
}

/// How many courses of an import: "5 courses", "4 of 5 courses".
fn courses(some: usize, import: &Import) -> String {
    match import.courses.len() {
        all if some < all => format!("{} of {}", thousands(some), count_of(all, "course", "courses")),
        _ => count_of(some, "course", "courses"),
    }
}

/// The titles of courses, as far as a sentence has room for them.
fn named(courses: &[LearningObjectId], import: &Import) -> String {
    match courses {
        [] => "a course".to_owned(),
        all if all.len() > 1 && all.len() >= import.courses.len() => "every course".to_owned(),
        some => titles(some.iter().map(|course| import.title_of(course))),
    }
}

/// These titles, each in quotes: “A”, “B” and “C”.
pub fn titles<'title>(titles: impl IntoIterator<Item = &'title str>) -> String {
    let quoted: Vec<_> = titles.into_iter().map(|title| format!("“{title}”")).collect();
    match &*quoted {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// That people are imported without courses that GO1 refuses to assign, in a sentence; nothing where none is refused.
pub fn refused_courses(titles: &[String], people: usize) -> String {
    if titles.is_empty() {
        return String::new();
    }
    let courses = self::titles(titles.iter().map(String::as_str));
    let them = if titles.len() == 1 { "it" } else { "them" };
    let who = count_of(people, "person is", "people are");
    format!("GO1 didn’t let us assign {courses} in your portal, so {who} imported without {them}.")
}
