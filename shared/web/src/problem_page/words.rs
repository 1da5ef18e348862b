//! The words for every problem: what happened, what that means, what to do next.

use domain::ids::ImportId;
use domain::portal::PortalDomain;
use jiff::{SignedDuration, Timestamp};

use super::message_of::{GO_ON, HELP, START, XERO_AGAIN, waiting, words};
use super::{consent_words, portal_words};
use crate::pages::Step;
use crate::pages::message::{self, Message, NextStep, Picture};
use crate::problem::Problem;
use crate::words::{country_name, how_long};

/// `again`: the address that was asked for, where asking again is safe.
pub(super) fn of(problem: &Problem, reference: &str, again: Option<&str>) -> Message {
    match problem {
        Problem::NotFound => {
            words("We can’t find that page", Picture::Lost, None, &[START, HELP])
                .paragraph("The address may have a typo, or the page belongs to someone else’s sign-up.")
        }
        Problem::WrongMethod => {
            words("That address doesn’t open as a page", Picture::Lost, None, &[START])
                .paragraph("It exists, but it’s only used behind a button. Nothing was changed.")
        }
        Problem::BadRequest => {
            words("We couldn’t read that", Picture::Lost, None, &[START])
                .paragraph("What your browser sent was incomplete. Nothing was changed. Go back, reload the page and try once more.")
        }
        Problem::NotAForm => {
            words("We couldn’t read that", Picture::Lost, None, &[START])
                .paragraph("It wasn’t sent by a form of ours. Nothing was changed. Go back, reload the page and press the button there.")
        }
        Problem::SignedOut => signed_out(),
        Problem::PortalSignedOut => portal_words::signed_out(),
        Problem::SignedOutForQuiet => signed_out_for_quiet(),
        Problem::PortalSignedOutForQuiet => portal_words::signed_out_for_quiet(),
        Problem::NotAdministrator { domain, login } => portal_words::not_administrator(domain, login),
        Problem::AnotherPortal { asked, entered, login } => portal_words::another_portal(asked, entered, login),
        Problem::Go1Login { why, login } => portal_words::login(*why, login),
        Problem::Go1LoginUnavailable { retry_after, login } => portal_words::login_unavailable(*retry_after, login),
        Problem::PortalWithoutSignUp { domain } => portal_words::without_sign_up(domain),
        Problem::UndoRefused { import, why } => portal_words::undo(import, why),
        Problem::EraseWhileRunning { import } => portal_words::erase_while_running(import),
        Problem::Go1LoginNeeded => portal_words::go1_login_needed(),
        Problem::DisconnectOutdated { organisation } => portal_words::disconnect_outdated(organisation),
        Problem::WrongFormToken => {
            words("That page was out of date", Picture::Stopped, None, &[START])
                .paragraph("You’ve signed in again since you opened it, perhaps in another tab. Nothing was changed.")
                .paragraph("Go back, reload the page and press the button again.")
        }
        Problem::SameMoment => {
            words("That was pressed several times at once", Picture::Waiting, None, &[GO_ON, HELP])
                .paragraph("Another tab or window was quicker. What it did counts, and this press changed nothing.")
                .paragraph("Have a look at where you are, then press again if something is missing.")
        }
        Problem::TooOften { retry_after } => {
            words("You’ve done that a lot just now", Picture::Waiting, None, &[GO_ON, HELP])
                .paragraph_of("To keep things running for everyone, this can only be done so often. Nothing was changed. Try again in {}.", [&how_long(*retry_after)])
                .paragraph("If you need it sooner, contact support.")
        }
        Problem::WrongStep { next_path } => {
            words("You’re at a different step", Picture::Waiting, None, &[("Go to my current step", next_path)])
                .paragraph("That step is already done, or it’s still to come. Nothing was changed.")
        }
        Problem::CountryNotSupported { organisation, country, connection_removed } => {
            country_not_supported(organisation, country, *connection_removed)
        }
        Problem::BeingErased => portal_words::being_erased(),
        Problem::ErasedBefore { organisation, domain, portal_url } => {
            portal_words::erased_before(organisation, domain, portal_url)
        }
        Problem::LinkedByAnotherSignUp { organisation, domain, portal_url } => {
            linked_by_another_sign_up(organisation, domain, portal_url)
        }
        Problem::PortalTaken { organisation, domain, connection_removed } => {
            portal_taken(organisation, domain, *connection_removed)
        }
        Problem::AnotherOrganisation { organisation, chosen, connection_removed } => {
            another_organisation(organisation, chosen.as_deref(), *connection_removed)
        }
        Problem::Consent(problem) => consent_words::of(*problem),
        Problem::ImportConflict { import, same_plan } => import_conflict(import, *same_plan),
        Problem::NamesErased { import } => {
            words("This report has been deleted", Picture::Done, Some(Step::Import), &[("See the totals", &format!("/imports/{import}")), HELP])
                .paragraph("We delete names and email addresses 30 days after an import. The totals are kept.")
        }
        Problem::PortalPending => {
            words("Your portal is being created", Picture::Waiting, Some(Step::Import), &[("Check again", "/preview/people")])
                .paragraph("We’ve asked GO1 for your portal, and GO1 hasn’t told us yet whether it’s ready. You won’t get a second one.")
                .paragraph("Wait a moment, check again, and press Import once more.")
        }
        Problem::PortalTokensLost { domain } => portal_tokens_lost(domain, reference),
        Problem::PortalRefused => {
            words("GO1 didn’t create your portal", Picture::Stopped, Some(Step::Import), &[("Back to the people", "/preview/people"), HELP])
                .paragraph("GO1 turned down the details of your sign-up. No one was imported, and no email was sent.")
                .paragraph("Please contact support and quote the reference below.")
                .with_reference(reference)
        }
        Problem::XeroUnavailable { retry_after, until } => xero_unavailable(*retry_after, *until),
        Problem::OrganisationForbidden { organisation } => organisation_forbidden(organisation),
        Problem::PeopleForbidden { organisation } => people_forbidden(organisation),
        Problem::Go1Unavailable { retry_after } => {
            let message = words("GO1 isn’t answering", Picture::Waiting, None, &[("Try again", "/preview"), START])
                .paragraph("GO1 is unreachable or too busy right now. Everything you’ve done so far is saved.");
            waiting(message, "GO1", *retry_after)
        }
        Problem::Go1NotGranted => {
            words("GO1 doesn’t let us do this yet", Picture::Stopped, None, &[START])
                .paragraph("This integration is missing a permission at GO1. That’s ours to fix, and we’ve been alerted. Signing in again won’t help.")
                .paragraph("Everything you’ve done so far is saved. Please try again later. If it lasts, contact support and quote the reference below.")
                .with_reference(reference)
        }
        Problem::Internal => internal(again).with_reference(reference),
    }
}

fn internal(again: Option<&str>) -> Message {
    let links = again.map(|again| ("Try again", again)).into_iter().chain([START]).collect::<Vec<_>>();
    let message = words("Something went wrong on our side", Picture::Stopped, None, &links)
        .paragraph("Sorry about that. We’ve recorded it, and everything you did before is saved.");
    if again.is_some() {
        message.paragraph("Please try again. If it keeps happening, contact support and quote the reference below.")
    } else {
        message.paragraph("Go back, and press the button again. If it keeps happening, contact support and quote the reference below.")
    }
}

fn signed_out() -> Message {
    let ways =
        [("Sign in with Xero", "/connect"), ("Sign in with GO1", "/portal/login"), ("Create an account", "/signup")];
    words("You’re signed out", Picture::Waiting, None, &ways)
        .paragraph("To keep your account safe, we sign you out after twelve hours, or after one hour once you have a portal. Disconnecting Xero signs you out too, also when another administrator does it, and so does clearing your cookies. An import carries on without you.")
        .paragraph("Signed in with Xero here before? Sign in with Xero, and you’re back where you left off. If Xero was disconnected, that connects it again. Came from your GO1 portal? Sign in with GO1.")
        .paragraph("New here? Create an account. It takes a minute.")
}

fn signed_out_for_quiet() -> Message {
    let ways = [("Sign in with Xero", "/connect"), ("Sign in with GO1", "/portal/login"), ("Start again", "/signup")];
    words("You’ve been away for a while", Picture::Waiting, None, &ways)
        .paragraph("To keep your account safe, we sign you out after an hour in which you open nothing here, or after half an hour once you have a portal. Nothing was changed, and an import carries on without you.")
        .paragraph("Signed in with Xero here before? Sign in with Xero, and you’re back where you left off. Came from your GO1 portal? Sign in with GO1.")
}

fn linked_by_another_sign_up(organisation: &str, domain: &PortalDomain, portal_url: &str) -> Message {
    words("This organisation already has a portal", Picture::Stopped, Some(Step::Organisation), &[])
        .paragraph_of("{} is connected to the GO1 portal {} by another sign-up. Each organisation has one portal, so we didn’t create a second.", [organisation, domain.as_str()])
        .paragraph("Ask an administrator of that portal to let you in. If it was you who signed up, use the same Xero login as then. That portal’s own connection to Xero hasn’t changed.")
        .main(NextStep::to_named(format!("Go to {domain}"), portal_url))
        .other(NextStep::to("Sign in with GO1 as its administrator", "/portal/login"))
        .other(NextStep::to("Sign in with Xero to my first sign-up", "/connect?anew"))
        .other(NextStep::to("Choose another organisation in Xero", message::XERO_AGAIN))
}

fn portal_taken(organisation: &str, domain: &PortalDomain, connection_removed: bool) -> Message {
    let message = words(
        "This portal belongs to another organisation",
        Picture::Stopped,
        Some(Step::Organisation),
        &[
            ("Use another portal", "/portal/login?existing"),
            ("Create a new portal instead", "/signup?new"),
            ("Choose another organisation in Xero", message::XERO_AGAIN),
        ],
    )
    .paragraph_of("{} is already connected to a different Xero organisation. A portal and an organisation stay together, so it wasn’t connected to {}.", [domain.as_str(), organisation]);
    if connection_removed {
        message.paragraph_of("We’ve removed our connection to {}. No names were read.", [organisation])
    } else {
        message.paragraph("No names were read, and nothing was created.")
    }
}

fn country_not_supported(organisation: &str, country: &str, connection_removed: bool) -> Message {
    let message = words(
        "We don’t support this country yet",
        Picture::Stopped,
        Some(Step::Organisation),
        &[("Choose another organisation in Xero", message::XERO_AGAIN), START],
    )
    .paragraph_of(
        "In Xero, the country of {} is {}. We support organisations in the United States and Australia.",
        [organisation, country_name(country)],
    );
    message.paragraph(if connection_removed {
        "We’ve removed our connection to this organisation, and kept nothing about it."
    } else {
        "Nothing was read, and nothing was created."
    })
}

fn import_conflict(import: &ImportId, same_plan: bool) -> Message {
    let progress = format!("/imports/{import}");
    let heading = if same_plan { "This list has already been imported" } else { "An import is already running" };
    let words = words(heading, Picture::Waiting, Some(Step::Import), &[("See its progress", &progress)]);
    if same_plan {
        words
            .paragraph("The same list was imported with different people ticked, perhaps by you in another tab. That import stands, and your ticks weren’t used.")
            .paragraph("Once it has finished, open the people again: anyone missing can be imported then.")
    } else {
        words.paragraph("A portal runs one import at a time, so that no one gets two accounts. Yours wasn’t started.")
    }
}

fn another_organisation(organisation: &str, chosen: Option<&str>, connection_removed: bool) -> Message {
    let chosen = chosen.unwrap_or("another one");
    let anew = ("Sign up another organisation", "/connect?anew");
    words("That’s a different organisation", Picture::Stopped, None, &[XERO_AGAIN, ("Back to my portal", "/get-started"), anew])
        .paragraph_of("Your portal belongs to {}, and in Xero you chose {}. A portal stays with its organisation, so no one else’s people were read.", [organisation, chosen])
        .paragraph(if connection_removed {
            "We’ve removed our connection to it."
        } else {
            "Its connection in Xero hasn’t changed."
        })
        .paragraph_of("Sign in to Xero again, and choose {}.", [organisation])
}

fn xero_unavailable(retry_after: Option<SignedDuration>, until: Option<Timestamp>) -> Message {
    let Some(until) = until else {
        let message = words("Xero isn’t answering", Picture::Waiting, None, &[GO_ON, HELP])
            .paragraph("Xero is unreachable or too busy right now. Everything you’ve done so far is saved.");
        return waiting(message, "Xero", retry_after);
    };
    words("Xero asks us to wait", Picture::Waiting, None, &[GO_ON, HELP])
        .paragraph("Xero limits how often an app can read your data each day, and today’s limit is used up. Everything you’ve done so far is saved.")
        .not_before(until)
}

fn organisation_forbidden(organisation: &str) -> Message {
    let again = ("Sign in to Xero as someone else", message::XERO_AGAIN);
    words("Xero doesn’t let us into this organisation", Picture::Stopped, Some(Step::Organisation), &[again, START])
        .paragraph_of("{} is connected, but Xero turns your login away. Its trial may have ended, or you may have lost your role there.", [organisation])
        .paragraph("Choose a Xero plan, or ask whoever manages Xero for a role, then pick up where you left off. Or sign in as someone who has access.")
}

fn people_forbidden(organisation: &str) -> Message {
    let go1 = ("Sign in with GO1", "/portal/login");
    words("Xero no longer shows you these people", Picture::Stopped, Some(Step::Organisation), &[XERO_AGAIN, go1])
        .paragraph_of("Your role at {} no longer lets you see its payroll in Xero, so we don’t show you its people here either. Nothing was changed.", [organisation])
        .paragraph("Ask whoever manages Xero to make you a payroll administrator, then sign in to Xero again. If you look after the GO1 portal, sign in with GO1 instead.")
}

fn portal_tokens_lost(domain: &PortalDomain, reference: &str) -> Message {
    let login = ("Sign in with GO1", "/portal/login?for=sign-up");
    words("Your portal is ready, but we can’t reach it", Picture::Stopped, None, &[login, START, HELP])
        .paragraph_of("GO1 created {}, but our access to it got lost on the way. GO1 has emailed you a link to get in. No one was imported.", [domain.as_str()])
        .paragraph("Use the link in that email to set your password, then sign in with GO1 here to carry on.")
        .paragraph("If that doesn’t help, contact support and quote the reference below.")
        .with_reference(reference)
}
