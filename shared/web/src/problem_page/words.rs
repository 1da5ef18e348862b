//! The words for every problem: what happened, what that means, what to do next.

use domain::ids::ImportId;
use domain::portal::PortalDomain;
use jiff::{SignedDuration, Timestamp};

use super::message_of::{GO_ON, HELP, START, wait, words};
use super::portal_words;
use crate::pages::Step;
use crate::pages::message::{self, Message, NextStep, Picture};
use crate::problem::{ConsentProblem, Problem};
use crate::words::{country_name, how_long, moment_in};

const XERO_AGAIN: (&str, &str) = ("Log in to Xero again", message::XERO_AGAIN);

pub(super) fn of(problem: &Problem, reference: &str) -> Message {
    match problem {
        Problem::NotFound => {
            words("This page does not exist", Picture::Lost, None, &[START, HELP])
                .paragraph("The address may be mistyped, or the page belongs to somebody else's sign-up.")
        }
        Problem::WrongMethod => {
            words("That address works differently", Picture::Lost, None, &[START])
                .paragraph("The address exists, but not for this kind of request. Nothing was changed.")
        }
        Problem::BadRequest => {
            words("We could not read that", Picture::Lost, None, &[START])
                .paragraph("What the browser sent is not complete. Nothing was changed. Go back, reload the page and try once more.")
        }
        Problem::SignedOut => {
            words("You are signed out", Picture::Waiting, None, &[("Log in with Xero", "/connect"), ("Log in with GO1", "/portal/login"), ("Create an account", "/signup")])
                .paragraph("For your safety a session ends after twelve hours, once you have a portal after one hour, and when cookies are cleared. An import goes on without you.")
                .paragraph("Have you logged in to Xero here before? Log in with Xero again, and you come back to where you stopped. Did you come from your GO1 portal? Log in with GO1.")
                .paragraph("If not, create an account. It takes a minute, and nothing has been created so far.")
        }
        Problem::PortalSignedOut => portal_words::signed_out(),
        Problem::NotAdministrator { domain, login } => portal_words::not_administrator(domain, login),
        Problem::AnotherPortal { asked, entered, login } => portal_words::another_portal(asked, entered, login),
        Problem::Go1Login { why, login } => portal_words::login(*why, login),
        Problem::Go1LoginUnavailable { retry_after, login } => portal_words::login_unavailable(*retry_after, login),
        Problem::PortalConnectedAlready { domain } => portal_words::connected_already(domain),
        Problem::UndoRefused { import, why } => portal_words::undo(import, why),
        Problem::EraseWhileRunning { import } => portal_words::erase_while_running(import),
        Problem::Go1LoginNeeded => portal_words::go1_login_needed(),
        Problem::DisconnectOutdated { organisation } => portal_words::disconnect_outdated(organisation),
        Problem::WrongFormToken => {
            words("That form was out of date", Picture::Stopped, None, &[START])
                .paragraph("The form does not belong to the session of this browser. This happens when you sign in again in another tab. Nothing was changed.")
                .paragraph("Go back, reload the page and press the button again.")
        }
        Problem::TooOften { retry_after } => {
            words("That was often enough for now", Picture::Waiting, None, &[GO_ON, HELP])
                .paragraph(&format!("This can be done only so often, so that nobody stands in the way of the others. Nothing was changed. Try again in {}.", how_long(*retry_after)))
                .paragraph("Do you need it sooner? Tell support, and we look at it.")
        }
        Problem::WrongStep { next_path } => {
            words("This is not your next step", Picture::Waiting, None, &[("Go on where you are", next_path)])
                .paragraph("Your sign-up stands at another step, or that step is done. Nothing was changed.")
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
        Problem::Consent(problem) => consent(*problem),
        Problem::ImportConflict { import, same_plan } => import_conflict(import, *same_plan),
        Problem::NamesErased { import } => {
            words("The report is gone", Picture::Done, Some(Step::Import), &[("See the numbers", &format!("/imports/{import}")), HELP])
                .paragraph("Names and emails were erased 30 days after the import. The numbers stay.")
        }
        Problem::PortalPending => {
            words("Your portal is being made", Picture::Waiting, Some(Step::Import), &[("Check again", "/preview/people")])
                .paragraph("GO1 was asked for your portal and has not told us yet whether it is ready. You will not get a second one.")
                .paragraph("Wait a moment, then check again and press the button once more.")
        }
        Problem::PortalTokensLost { domain } => portal_tokens_lost(domain, reference),
        Problem::PortalRefused => {
            words("GO1 did not make the portal", Picture::Stopped, Some(Step::Import), &[("Back to the people", "/preview/people"), HELP])
                .paragraph("GO1 refused to make a portal with the details of your sign-up. Nobody was imported, and no email was sent.")
                .paragraph("Please contact support with the reference below.")
                .with_reference(reference)
        }
        Problem::XeroUnavailable { retry_after, until } => xero_unavailable(*retry_after, *until),
        Problem::OrganisationForbidden { organisation } => organisation_forbidden(organisation),
        Problem::PeopleForbidden { organisation } => people_forbidden(organisation),
        Problem::Go1Unavailable { retry_after } => {
            words("GO1 does not answer", Picture::Waiting, None, &[("Try again", "/preview"), START])
                .paragraph("GO1 cannot be reached, or is too busy to answer us. What you did so far is kept.")
                .paragraph(&wait("GO1", *retry_after))
        }
        Problem::Go1NotGranted => {
            words("GO1 does not let us do this yet", Picture::Stopped, None, &[START])
                .paragraph("GO1 has not given this integration a right that it needs. That is ours to mend, and our operators have been told; logging in again does not help.")
                .paragraph("What you did so far is kept. Please try again later. If it lasts, contact support with the reference below.")
                .with_reference(reference)
        }
        Problem::Internal => {
            words("Something went wrong on our side", Picture::Stopped, None, &[START])
                .paragraph("It is our fault, not yours, and it has been recorded. What you did before is kept.")
                .paragraph("Please try again. If it happens again, contact support with the reference below.")
                .with_reference(reference)
        }
    }
}

fn linked_by_another_sign_up(organisation: &str, domain: &PortalDomain, portal_url: &str) -> Message {
    words("This organisation has a portal already", Picture::Stopped, Some(Step::Organisation), &[])
        .paragraph(&format!("{organisation} is linked to the GO1 portal {domain}, from another sign-up. An organisation has one portal, so we did not make a second one."))
        .paragraph("Ask an administrator of that portal to let you in. If the sign-up was yours, log in with the Xero login that you used for it. The portal's own connection to Xero was not touched.")
        .main(NextStep::to(&format!("Go to {domain}"), portal_url))
        .other(NextStep::to("Log in with GO1 as its administrator", "/portal/login"))
        .other(NextStep::to("Log in with Xero to your first sign-up", "/connect?anew"))
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
    .paragraph(&format!("{domain} is connected with another Xero organisation. A portal stays with its organisation, and an organisation has one portal, so it was not connected with {organisation}."));
    if connection_removed {
        message.paragraph(&format!("We have removed the connection to {organisation} again. Nobody's names were read."))
    } else {
        message.paragraph("Nobody's names were read, and nothing was created.")
    }
}

fn country_not_supported(organisation: &str, country: &str, connection_removed: bool) -> Message {
    let country = country_name(country);
    words(
        "This country is not supported yet",
        Picture::Stopped,
        Some(Step::Organisation),
        &[("Choose another organisation in Xero", message::XERO_AGAIN), START],
    )
        .paragraph(&format!("In Xero, the country of {organisation} is {country}. The offer works for organisations in the United States and Australia only."))
        .paragraph(if connection_removed {
            "We have removed the connection to this organisation again, and keep nothing of it."
        } else {
            "Nothing was read, and nothing was created."
        })
}

fn import_conflict(import: &ImportId, same_plan: bool) -> Message {
    let progress = format!("/imports/{import}");
    let words = words(
        if same_plan { "This import was confirmed already" } else { "An import is running already" },
        Picture::Waiting,
        Some(Step::Import),
        &[("See how it stands", &progress)],
    );
    if same_plan {
        words.paragraph("Somebody confirmed the same list with other people ticked, perhaps you in another tab. That import counts; your ticks were not applied.")
            .paragraph("When it has ended, look at the people again: whoever is missing can be imported then.")
    } else {
        words.paragraph(
            "A portal takes one import at a time, so that nobody is created twice. Nothing of this one was started.",
        )
    }
}

fn another_organisation(organisation: &str, chosen: Option<&str>, connection_removed: bool) -> Message {
    let chosen = chosen.unwrap_or("another one");
    let anew = ("Sign up another organisation", "/connect?anew");
    words("That is another organisation", Picture::Stopped, None, &[XERO_AGAIN, ("Back to your portal", "/get-started"), anew])
        .paragraph(&format!("Your portal belongs to {organisation}, and in Xero you chose {chosen}. A portal stays with its organisation, so nobody else's people were read."))
        .paragraph(if connection_removed {
            "We have removed the connection to it again."
        } else {
            "Its connection in Xero was left as it is."
        })
        .paragraph(&format!("Log in to Xero again, and choose {organisation} there."))
}

fn xero_unavailable(retry_after: Option<SignedDuration>, until: Option<Timestamp>) -> Message {
    let Some(until) = until else {
        return words("Xero does not answer", Picture::Waiting, None, &[GO_ON, HELP])
            .paragraph("Xero cannot be reached, or is too busy to answer us. What you did so far is kept.")
            .paragraph(&wait("Xero", retry_after));
    };
    words("Xero asks us to wait", Picture::Waiting, None, &[GO_ON, HELP])
        .paragraph(
            "Xero lets an app ask so many questions in a day, and these are used up. What you did so far is kept.",
        )
        .not_before(until, moment_in(until, None))
}

fn organisation_forbidden(organisation: &str) -> Message {
    let again = ("Log in to Xero as somebody else", message::XERO_AGAIN);
    words("Xero does not let us into this organisation", Picture::Stopped, Some(Step::Organisation), &[again, START])
        .paragraph(&format!("{organisation} is connected, but Xero refuses your login there. Its trial may be over, or your role in it was taken away."))
        .paragraph("Choose a plan in Xero, or ask whoever runs it there for a role, then go on where you stopped. Or log in as somebody who has one.")
}

fn people_forbidden(organisation: &str) -> Message {
    let go1 = ("Log in with GO1", "/portal/login");
    words("Xero no longer shows you these people", Picture::Stopped, Some(Step::Organisation), &[XERO_AGAIN, go1])
        .paragraph(&format!("Your role in {organisation} no longer lets you see its payroll in Xero. So we do not show you its people here either. Nothing was changed."))
        .paragraph("Ask whoever runs it in Xero to make you a payroll administrator, then log in to Xero again. Do you administer the GO1 portal? Then log in with GO1.")
}

fn portal_tokens_lost(domain: &PortalDomain, reference: &str) -> Message {
    let login = ("Log in with GO1", "/portal/login?for=sign-up");
    words("Your portal is there, and we cannot reach it", Picture::Stopped, None, &[login, START, HELP])
        .paragraph(&format!("GO1 has made {domain}, but what lets us into it was lost on the way. GO1 has sent you an email with the way in; nobody was imported."))
        .paragraph("Follow the link in that email to set your password. Then log in with GO1 here, and you go on where you stopped.")
        .paragraph("If that does not help, contact support with the reference below.")
        .with_reference(reference)
}

fn consent(problem: ConsentProblem) -> Message {
    let xero = |title, links: &[(&str, &str)]| words(title, Picture::Stopped, Some(Step::Xero), links);
    match problem {
        ConsentProblem::Denied => xero("You did not allow access", &[XERO_AGAIN, START])
            .paragraph("Xero tells us that you said no. That is fine: nothing was read, and nothing was changed.")
            .paragraph("Without access we can neither find your organisation nor read the names and email addresses. Nothing else is read."),
        ConsentProblem::Expired => xero("That took more than ten minutes", &[XERO_AGAIN])
            .paragraph("For your safety, a login at Xero counts for ten minutes. Nothing was connected."),
        ConsentProblem::Replayed => xero("This login was used already", &[GO_ON, XERO_AGAIN])
            .paragraph("Each answer from Xero counts once. You have probably reloaded the page or gone back."),
        ConsentProblem::AnotherBrowser => xero("This login began in another browser", &[("Log in to Xero in this browser", message::XERO_AGAIN), GO_ON])
            .paragraph("Go on in the browser, or the window, in which you pressed the button. We accept an answer from Xero only there, so that nobody can connect their Xero to your account.")
            .paragraph("If you logged in in two windows at once, only the last one counts: go on where you stopped.")
            .paragraph("If it was this browser, its cookies were cleared or are blocked: allow them for this site, then log in again."),
        ConsentProblem::Unknown => xero("We did not expect this answer from Xero", &[XERO_AGAIN, START])
            .paragraph("The link is not complete, or it is not from us. Nothing was connected."),
        ConsentProblem::CodeRejected => xero("Xero did not confirm your login", &[XERO_AGAIN])
            .paragraph("Xero let you in, but then did not accept the proof that it had sent with you. This passes by itself in most cases. Nothing was connected."),
        ConsentProblem::TokenInvalid => xero("We could not verify your Xero login", &[XERO_AGAIN])
            .paragraph("What Xero sent us about your login does not carry a signature that we can trust, so we do not use it. Nothing was connected.")
            .paragraph("If it happens again, please tell support."),
        ConsentProblem::XeroError => xero("Xero reported an error", &[XERO_AGAIN, START])
            .paragraph("Xero could not finish your login. Nothing was connected. Wait a moment, then log in again."),
        ConsentProblem::AccessEnded => xero("Xero no longer lets us in", &[XERO_AGAIN, START])
            .paragraph("Access was taken back in Xero, or has run out. Log in to Xero again to go on."),
        ConsentProblem::NoOrganisation => xero("No organisation was chosen", &[XERO_AGAIN, START])
            .paragraph("You logged in to Xero, but gave us access to no organisation. Log in again, and choose the organisation whose people you want to bring to GO1."),
    }
}
