//! The words for problems of the portal's own pages: at the login with GO1, at an undo, and at an erasure.

use domain::ids::ImportId;
use domain::portal::PortalDomain;
use jiff::SignedDuration;

use super::message_of::{GO_ON, HELP, START, wait, words};
use crate::pages::Step;
use crate::pages::message::{Message, NextStep, Picture, XERO_AGAIN};
use crate::problem::{LoginFor, LoginProblem, UndoRefusal};

const LOG_IN: (&str, &str) = ("Log in with GO1", "/portal/login");
const OVERVIEW: (&str, &str) = ("Back to the overview", "/portal");

pub(super) fn signed_out() -> Message {
    words("Your session has ended", Picture::Waiting, None, &[LOG_IN, HELP])
        .paragraph("For your safety, managing the integration ends an hour after you came in. Nothing was changed, and an import goes on without you.")
        .paragraph("Log in with GO1 again, and you come back to the overview.")
}

pub(super) fn not_administrator(domain: &PortalDomain, login: &LoginFor) -> Message {
    let again = login.again();
    words(
        "Only administrators can manage this",
        Picture::Locked,
        None,
        &[("Log in with GO1 as somebody else", &again), HELP],
    )
    .paragraph(&format!(
        "You are logged in to {domain}, and your account there is not an administrator's. Nothing was changed."
    ))
    .paragraph("Ask an administrator of your portal to do it, or to make you one in GO1.")
    .paragraph("Do you have another account? If GO1 does not ask who you are, log out there first.")
}

pub(super) fn another_portal(asked: &PortalDomain, entered: &PortalDomain, login: &LoginFor) -> Message {
    let log_out = "If GO1 does not ask who you are, log out there first.";
    let (again, enter) = (login.again(), format!("/portal/login?portal={entered}"));
    let again = ("Log in with GO1 again", again.as_str());
    match login {
        LoginFor::Enter { .. } => {
            words("That is another portal", Picture::Stopped, None, &[again, ("Go to the other portal", &enter)])
                .paragraph(&format!("You came from {asked}, and in GO1 you logged in to {entered}. An administrator sees only their own portal, so nothing of {asked} was shown."))
                .paragraph(&format!("To manage {asked}, log in with an account that is an administrator there. {log_out}"))
        }
        LoginFor::SignUp => {
            words("That is another portal", Picture::Stopped, None, &[again, GO_ON])
                .paragraph(&format!("The portal of this sign-up is {asked}, and in GO1 you logged in to {entered}. Nothing was changed."))
                .paragraph(&format!("To go on, log in with an account that is an administrator of {asked}. {log_out}"))
        }
    }
}

pub(super) fn login_unavailable(retry_after: Option<SignedDuration>, login: &LoginFor) -> Message {
    words("GO1 does not answer", Picture::Waiting, None, &[("Log in with GO1 again", &login.again()), HELP])
        .paragraph("GO1 cannot be reached, or is too busy to tell us who logged in. Nothing was changed.")
        .paragraph(&wait("GO1", retry_after))
}

pub(super) fn go1_login_needed() -> Message {
    words("GO1 asks for your login", Picture::Locked, None, &[("Log in with GO1", "/portal/login?for=sign-up"), HELP])
        .paragraph("GO1 no longer lets us into your portal. That happens when we have not been there for about three months, when access was taken back, or when whoever logged in for us is no longer an administrator.")
        .paragraph("Log in with GO1 as an administrator of the portal. Nothing that you did is lost.")
}

pub(super) fn disconnect_outdated(organisation: &str) -> Message {
    let ways = [("See what disconnecting does", "/disconnect"), HELP];
    words("Xero was connected again meanwhile", Picture::Stopped, None, &ways)
        .paragraph(&format!("This button was for an earlier connection of {organisation}. It has been connected again since, so nothing was disconnected."))
        .paragraph("To disconnect it as it is now, open the page again and press the button there.")
}

pub(super) fn connected_already(domain: &PortalDomain) -> Message {
    words("Your portal is connected already", Picture::Done, None, &[("Go to the overview", "/portal"), HELP])
        .paragraph(&format!("{domain} is connected to an organisation in Xero. A portal stays with one organisation, so there is nothing to sign up for."))
        .paragraph("On the overview you see how it stands, and you can import people from there.")
}

pub(super) fn erase_while_running(import: &ImportId) -> Message {
    let running = format!("/imports/{import}");
    words("Wait until the import has ended", Picture::Waiting, None, &[("See how it stands", &running), OVERVIEW])
        .paragraph(
            "While an import or an undo runs, nothing can be erased: it still needs the names. Nothing was erased.",
        )
        .paragraph("Stop it, or wait until it has ended. Then erase.")
}

pub(super) fn being_erased() -> Message {
    words("This is being erased", Picture::Stopped, None, &[("Go on erasing", "/portal/erase"), HELP])
        .paragraph("An administrator of your portal has asked us to erase what we hold, and it is not done yet. Nothing can be imported or taken back until it is.")
        .paragraph("Your portal, its users and their courses stay as they are.")
}

pub(super) fn erased_before(organisation: &str, domain: &PortalDomain, portal_url: &str) -> Message {
    words("This organisation has a portal already", Picture::Stopped, Some(Step::Organisation), &[])
        .paragraph(&format!("{organisation} has the GO1 portal {domain}, and an administrator of it had us erase what we held. An organisation has one portal, so we did not make a second one."))
        .paragraph(&format!("To connect them again, open {domain} as one of its administrators, go to Integrations, and press Configure on the Xero tile."))
        .main(NextStep::to(&format!("Go to {domain}"), portal_url))
        .other(NextStep::to("Log in with GO1 as its administrator", "/portal/login"))
        .other(NextStep::to("Choose another organisation in Xero", XERO_AGAIN))
}

pub(super) fn undo(import: &ImportId, why: &UndoRefusal) -> Message {
    let this = format!("/imports/{import}");
    match why {
        UndoRefusal::Running { running } => {
            let running = format!("/imports/{running}");
            words("Wait until the import has ended", Picture::Waiting, None, &[("See how it stands", &running), OVERVIEW])
                .paragraph("A portal takes one import or one undo at a time. Nothing was taken back.")
                .paragraph("Stop it, or wait until it has ended. Then undo.")
        }
        UndoRefusal::Changed => {
            let again = format!("/portal/undo/{import}");
            words("An import came in between", Picture::Waiting, None, &[("Look at it again", &again), OVERVIEW])
                .paragraph("Since you looked, this portal has had another import or undo, so an undo may do something else by now. Nothing was taken back.")
        }
        UndoRefusal::IsUndo => {
            words("An undo cannot be undone", Picture::Stopped, None, &[("Go to the users", "/portal/users"), OVERVIEW])
                .paragraph("To bring the same people back, import them again: they keep their places, and their accounts are activated again.")
        }
        UndoRefusal::TooLate => {
            words("It is too late to undo this import", Picture::Stopped, None, &[OVERVIEW, HELP])
                .paragraph("An import can be undone for seven days after it has ended. By now people may have learned with it, so nothing was taken back.")
                .paragraph("In GO1 you can still take single courses away and deactivate single users yourself.")
        }
        UndoRefusal::NothingToUndo => {
            words("There is nothing to undo", Picture::Done, None, &[OVERVIEW, ("See the import", &this)])
                .paragraph("This import has given nobody anything that is still its own: nobody was imported, or a later import has finished them. Nothing was taken back.")
                .paragraph("To take back from people whom a later import has finished, undo that import first, then this one.")
        }
        UndoRefusal::NamesErased => {
            words("This import can no longer be undone", Picture::Stopped, None, &[OVERVIEW, HELP])
                .paragraph("What it did for whom was erased, so we do not know any more what to take back. Nothing was taken back.")
        }
        UndoRefusal::DoneBefore { undo } => {
            let undo = format!("/imports/{undo}");
            words("This import was undone already", Picture::Done, None, &[("See the undo", &undo), OVERVIEW])
                .paragraph("An import is undone once. Pressing again changes nothing.")
        }
    }
}

pub(super) fn login(why: LoginProblem, login: &LoginFor) -> Message {
    let go1 = |title, links: &[(&str, &str)]| words(title, Picture::Stopped, None, links);
    let again = login.again();
    let (log_in_again, as_somebody_else) =
        (("Log in with GO1 again", again.as_str()), ("Log in with GO1 as somebody else", again.as_str()));
    match why {
        LoginProblem::Denied => go1("You did not log in with GO1", &[log_in_again, START])
            .paragraph("GO1 tells us that you said no. That is fine: nothing was shown, and nothing was changed.")
            .paragraph("Without it we cannot know that you are an administrator of the portal."),
        LoginProblem::Expired => go1("That took more than ten minutes", &[log_in_again])
            .paragraph("For your safety, a login at GO1 counts for ten minutes. Nothing was changed."),
        LoginProblem::Replayed => {
            let go_on = if *login == LoginFor::SignUp { GO_ON } else { ("Go to the overview", "/portal") };
            go1("This login was used already", &[go_on, log_in_again])
                .paragraph("Each answer from GO1 counts once. You have probably reloaded the page or gone back.")
        }
        LoginProblem::AnotherBrowser => another_browser(login),
        LoginProblem::Unknown => go1("We did not expect this answer from GO1", &[log_in_again, START])
            .paragraph("The link is not complete, or it is not from us. Nothing was changed."),
        LoginProblem::CodeRejected => go1("GO1 did not confirm your login", &[log_in_again])
            .paragraph("GO1 let you in, but then did not accept the proof that it had sent with you. This passes by itself in most cases. Nothing was changed."),
        LoginProblem::Go1Error => go1("GO1 reported an error", &[log_in_again, START])
            .paragraph("GO1 could not finish your login. Nothing was changed. Wait a moment, then log in again."),
        LoginProblem::AccountInactive => go1("Your account is deactivated", &[as_somebody_else, HELP])
            .paragraph("In GO1 your account in this portal is deactivated, so it cannot manage anything there. Nothing was changed.")
            .paragraph("Ask an administrator of your portal to activate it again."),
        LoginProblem::NoAddress => go1("We could not read your portal's address", &[])
            .paragraph("GO1 let you in, but did not tell us an address of your portal that ends in .mygo1.com, and we do not guess it. Nothing was changed.")
            .paragraph("Please contact support, so that your portal can be connected.")
            .other(NextStep::to("Log in with GO1 again", &again)),
    }
}

/// A login gives the browser a new session, so the logins that were begun in the old session are no longer taken.
fn another_browser(login: &LoginFor) -> Message {
    let (again, sign_up) = (login.again(), *login == LoginFor::SignUp);
    let main = ("Log in with GO1 in this browser", if sign_up { &again } else { "/portal" });
    let message = words("This login began in another browser", Picture::Stopped, None, &[main, HELP])
        .paragraph("Go on in the browser, or the window, in which you began. We accept an answer from GO1 only there, so that nobody can come in with your login.");
    let message = if sign_up {
        message
    } else {
        message.paragraph(
            "If you logged in in two windows at once, the login that came back first counts: you are in already.",
        )
    };
    message.paragraph(
        "If it was this browser, its cookies were cleared or are blocked: allow them for this site, then log in again.",
    )
}
