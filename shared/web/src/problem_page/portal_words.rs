//! The words for problems of the portal's own pages: at the login with GO1, at an undo, and at an erasure.

use domain::ids::ImportId;
use domain::portal::PortalDomain;
use jiff::SignedDuration;

use super::message_of::{GO_ON, HELP, START, waiting, words};
use crate::pages::Step;
use crate::pages::message::{Message, NextStep, Picture, XERO_AGAIN};
use crate::problem::{LoginFor, LoginProblem, UndoRefusal};

const SIGN_IN: (&str, &str) = ("Sign in with GO1", "/portal/login");
const OVERVIEW: (&str, &str) = ("Back to the overview", "/portal");
const SIGN_OUT_THERE: &str = "If GO1 doesn’t ask who you are, sign out there first.";

pub(super) fn signed_out() -> Message {
    words("You’ve been signed out", Picture::Waiting, None, &[SIGN_IN, HELP])
        .paragraph("To keep your portal safe, we sign you out of these pages after an hour. Nothing was changed, and an import carries on without you.")
        .paragraph("Sign in with GO1 again to get back to the overview.")
}

pub(super) fn signed_out_for_quiet() -> Message {
    words("You’ve been away for a while", Picture::Waiting, None, &[SIGN_IN, HELP])
        .paragraph("To keep your portal safe, we sign you out of these pages after half an hour in which you open nothing here. Nothing was changed, and an import carries on without you.")
        .paragraph("Sign in with GO1 again to get back to the overview.")
}

pub(super) fn not_administrator(domain: &PortalDomain, login: &LoginFor) -> Message {
    let again = login.again();
    let ways = [("Sign in with GO1 as someone else", again.as_str()), HELP];
    words("Only administrators can manage this", Picture::Locked, None, &ways)
        .paragraph_of(
            "You’re signed in to {}, but your account there isn’t an administrator’s. Nothing was changed.",
            [domain.as_str()],
        )
        .paragraph("Ask an administrator of your portal to do it, or to make you one in GO1.")
        .paragraph("Have another account? If GO1 doesn’t ask who you are, sign out there first.")
}

pub(super) fn another_portal(asked: &PortalDomain, entered: &PortalDomain, login: &LoginFor) -> Message {
    let (again, enter) = (login.again(), format!("/portal/login?portal={entered}"));
    let again = ("Sign in with GO1 again", again.as_str());
    let (asked, entered) = (asked.as_str(), entered.as_str());
    match login {
        LoginFor::Enter { .. } => {
            words("That’s a different portal", Picture::Stopped, None, &[again, ("Go to the other portal", &enter)])
                .paragraph_of("You came from {}, and signed in to {} at GO1. Administrators only see their own portal, so we showed you nothing.", [asked, entered])
                .paragraph_of("To manage {}, sign in with an account that’s an administrator there.", [asked])
                .paragraph(SIGN_OUT_THERE)
        }
        LoginFor::SignUp => words("That’s a different portal", Picture::Stopped, None, &[again, GO_ON])
            .paragraph_of("This sign-up belongs to {}, and you signed in to {} at GO1. Nothing was changed.", [asked, entered])
            .paragraph_of("To continue, sign in with an account that’s an administrator of {}.", [asked])
            .paragraph(SIGN_OUT_THERE),
    }
}

pub(super) fn login_unavailable(retry_after: Option<SignedDuration>, login: &LoginFor) -> Message {
    let again = login.again();
    let message = words("GO1 isn’t answering", Picture::Waiting, None, &[("Sign in with GO1 again", &again), HELP])
        .paragraph("GO1 is unreachable, or too busy to tell us who signed in. Nothing was changed.");
    waiting(message, "GO1", retry_after)
}

pub(super) fn go1_login_needed() -> Message {
    words("GO1 needs you to sign in", Picture::Locked, None, &[("Sign in with GO1", "/portal/login?for=sign-up"), HELP])
        .paragraph("GO1 no longer lets us into your portal. That happens when we haven’t been there for about three months, when our access was removed, or when the person who signed in for us is no longer an administrator.")
        .paragraph("Sign in with GO1 as an administrator of the portal. Everything you’ve done is saved.")
}

pub(super) fn disconnect_outdated(organisation: &str) -> Message {
    let ways = [("See what disconnecting does", "/disconnect"), HELP];
    words("Xero has been connected again since", Picture::Stopped, None, &ways)
        .paragraph_of("That button was for an earlier connection of {}. It has been connected again since, so nothing was disconnected.", [organisation])
        .paragraph("To disconnect it now, open the page again and press the button there.")
}

pub(super) fn without_sign_up(domain: &PortalDomain) -> Message {
    words("We can’t open your portal’s pages", Picture::Stopped, None, &[START, HELP])
        .paragraph_of("GO1 let you in to {}, but our own record of how it was connected is gone or doesn’t match it any more. Nothing was shown, and nothing was changed.", [domain.as_str()])
        .paragraph("Signing in again won’t help. Please contact support: only we can put this right.")
}

pub(super) fn erase_while_running(import: &ImportId) -> Message {
    let running = format!("/imports/{import}");
    words("Wait until the import has finished", Picture::Waiting, None, &[("See its progress", &running), OVERVIEW])
        .paragraph("We can’t erase anything while an import or an undo is running: it still needs the names. Nothing was erased.")
        .paragraph("Stop it or let it finish, then erase.")
}

pub(super) fn being_erased() -> Message {
    words("Your data is being erased", Picture::Stopped, None, &[("Finish erasing", "/portal/erase"), HELP])
        .paragraph("An administrator of your portal asked us to erase what we hold, and that isn’t finished. Until it is, nothing can be imported or undone.")
        .paragraph("Your portal, its people and their courses stay as they are.")
}

pub(super) fn erased_before(organisation: &str, domain: &PortalDomain, portal_url: &str) -> Message {
    words("This organisation already has a portal", Picture::Stopped, Some(Step::Organisation), &[])
        .paragraph_of("{} has the GO1 portal {}, and one of its administrators had us erase what we held. Each organisation has one portal, so we didn’t create a second.", [organisation, domain.as_str()])
        .paragraph_of("To connect them again, open {} as one of its administrators, go to Integrations, and press Configure on the Xero tile.", [domain.as_str()])
        .main(NextStep::to_named(format!("Go to {domain}"), portal_url))
        .other(NextStep::to("Sign in with GO1 as its administrator", "/portal/login"))
        .other(NextStep::to("Choose another organisation in Xero", XERO_AGAIN))
}

pub(super) fn undo(import: &ImportId, why: &UndoRefusal) -> Message {
    let this = format!("/imports/{import}");
    match why {
        UndoRefusal::Running { running } => {
            let running = format!("/imports/{running}");
            words("Wait until the import has finished", Picture::Waiting, None, &[("See its progress", &running), OVERVIEW])
                .paragraph("A portal runs one import or undo at a time. Nothing was undone.")
                .paragraph("Stop it or let it finish, then undo.")
        }
        UndoRefusal::Changed => {
            let again = format!("/portal/undo/{import}");
            words("There’s been another import since", Picture::Waiting, None, &[("Look at it again", &again), OVERVIEW])
                .paragraph("An import or undo has run since you opened that page, so undoing might do something else now. Nothing was undone.")
        }
        UndoRefusal::IsUndo => {
            words("An undo can’t be undone", Picture::Stopped, None, &[("Go to the users", "/portal/users"), OVERVIEW])
                .paragraph("To bring the same people back, import them again: they keep their places, and their accounts are reactivated.")
        }
        UndoRefusal::TooLate => {
            words("It’s too late to undo this import", Picture::Stopped, None, &[OVERVIEW, HELP])
                .paragraph("You can undo an import for seven days after it finishes. By now people may have started learning, so nothing was undone.")
                .paragraph("You can still remove courses and deactivate people one by one in GO1.")
        }
        UndoRefusal::NothingToUndo => {
            words("There’s nothing to undo", Picture::Done, None, &[OVERVIEW, ("See the import", &this)])
                .paragraph("This import added no one, or a later import finished what it began. Nothing was undone.")
                .paragraph("If a later import finished these people, undo that one first, then this one.")
        }
        UndoRefusal::NamesErased => {
            words("This import can no longer be undone", Picture::Stopped, None, &[OVERVIEW, HELP])
                .paragraph("The record of who got what has been deleted, so we no longer know what to undo. Nothing was undone.")
        }
        UndoRefusal::DoneBefore { undo } => {
            let undo = format!("/imports/{undo}");
            words("This import has already been undone", Picture::Done, None, &[("See the undo", &undo), OVERVIEW])
                .paragraph("An import is undone once. Pressing again changes nothing.")
        }
    }
}

pub(super) fn login(why: LoginProblem, login: &LoginFor) -> Message {
    let go1 = |title, links: &[(&str, &str)]| words(title, Picture::Stopped, None, links);
    let again = login.again();
    let (sign_in_again, as_someone_else) =
        (("Sign in with GO1 again", again.as_str()), ("Sign in with GO1 as someone else", again.as_str()));
    match why {
        LoginProblem::Denied => go1("You didn’t sign in with GO1", &[sign_in_again, START])
            .paragraph("GO1 tells us you said no. That’s fine: nothing was shown, and nothing was changed.")
            .paragraph("It’s how we know that you’re an administrator of the portal."),
        LoginProblem::Expired => go1("That took more than ten minutes", &[sign_in_again])
            .paragraph("To keep your portal safe, a GO1 sign-in is valid for ten minutes. Nothing was changed."),
        LoginProblem::Replayed => {
            let go_on = if *login == LoginFor::SignUp { GO_ON } else { ("Go to the overview", "/portal") };
            go1("This sign-in was already used", &[go_on, sign_in_again])
                .paragraph("Each sign-in from GO1 works once. You’ve probably reloaded the page or gone back.")
        }
        LoginProblem::AnotherBrowser => another_browser(login),
        LoginProblem::Unknown => go1("We didn’t expect this answer from GO1", &[sign_in_again, START])
            .paragraph("The link is incomplete, or it isn’t ours. Nothing was changed."),
        LoginProblem::CodeRejected => go1("GO1 didn’t confirm your sign-in", &[sign_in_again])
            .paragraph("GO1 let you in, but then rejected its own confirmation. This usually fixes itself. Nothing was changed."),
        LoginProblem::Go1Error => go1("GO1 reported an error", &[sign_in_again, START])
            .paragraph("GO1 couldn’t finish your sign-in. Nothing was changed. Wait a moment, then sign in again."),
        LoginProblem::AccountInactive => go1("Your account is deactivated", &[as_someone_else, HELP])
            .paragraph("Your account in this portal is deactivated in GO1, so it can’t manage anything there. Nothing was changed.")
            .paragraph("Ask an administrator of your portal to reactivate it."),
        LoginProblem::AccountUnclear => go1("We couldn’t tell whether your account is active", &[sign_in_again, HELP])
            .paragraph("GO1 let you in, but didn’t tell us that your account in this portal is active. We only let someone in when it does. Nothing was changed.")
            .paragraph("Ask another administrator to look at your account in GO1. If it’s active there, contact support."),
        LoginProblem::NoAddress => go1("We couldn’t read your portal’s address", &[])
            .paragraph("GO1 let you in, but didn’t tell us your portal’s address ending in .mygo1.com, and we won’t guess it. Nothing was changed.")
            .paragraph("Please contact support to get your portal connected.")
            .other(NextStep::to("Sign in with GO1 again", &again)),
    }
}

/// A login gives the browser a new session, so the logins that were begun in the old session are no longer taken.
fn another_browser(login: &LoginFor) -> Message {
    let (again, sign_up) = (login.again(), *login == LoginFor::SignUp);
    let main = ("Sign in with GO1 in this browser", if sign_up { &again } else { "/portal" });
    let message = words("This sign-in began in another browser", Picture::Stopped, None, &[main, HELP])
        .paragraph("Please carry on in the browser or window where you started. It’s the only one we accept GO1’s answer in, so that no one can come in with your sign-in.");
    let message = if sign_up {
        message
    } else {
        message.paragraph("If you signed in from two windows at once, the first one counts: you’re already in.")
    };
    message.paragraph("If it was this browser, its cookies were cleared or are blocked. Allow them for this site, then sign in again.")
}
