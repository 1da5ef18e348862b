//! The receipt of an erasure: what was removed and what stays, without anybody's name.

use askama::Template;
use domain::erasure::{Receipt, Removed, XeroEnding};
use domain::portal::PLACES;
use jiff::Timestamp;

use crate::frame::Frame;
use crate::locale::Locale;
use crate::pages::View;
use crate::site::SiteSettings;
use crate::words::count_of;

/// What a restored table is made of.
const BACKUPS: &str = "Backups of our database, for up to 35 days. No one reads them unless the database is lost.";

/// The receipt as a page, with the way to its text.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "portal/receipt.html")]
pub struct ReceiptPage {
    pub receipt: Receipt,
}

/// What was removed, in how many pieces. The kinds of which there was nothing too: a receipt says so.
fn lines(removed: &Removed, access_kept: bool) -> [(&'static str, String); 9] {
    let logins = if access_kept { "Xero sign-ins" } else { "Xero sign-ins, with the access they gave" };
    let line = |what, count: usize, one, many| (what, count_of(count, one, many));
    [
        line("The sign-up: names, email, company and consents", removed.sign_ups, "sign-up", "sign-ups"),
        line("Lists of people that were previewed", removed.plans, "list", "lists"),
        line("Names and email addresses of imported people", removed.people, "person", "people"),
        line("Imports, undos and their reports", removed.imports, "import or undo", "imports and undos"),
        line("Which person in Xero has which GO1 account", removed.members, "link", "links"),
        line("Names and addresses in the audit trail", removed.audit_entries, "entry", "entries"),
        line(logins, removed.xero_logins, "sign-in", "sign-ins"),
        line("Access to the portal", removed.go1_accesses, "key", "keys"),
        line("Browsers that were signed in", removed.sessions, "browser", "browsers"),
    ]
}

impl ReceiptPage {
    fn removed(&self) -> [(&'static str, String); 9] {
        lines(&self.receipt.removed, self.receipt.access_kept)
    }

    /// What stays, a sentence each.
    fn stays(&self) -> [String; 5] {
        let Receipt { domain, places_used, .. } = &self.receipt;
        [
            format!("Your portal {domain}, its people and their courses. We didn’t touch them."),
            format!(
                "The number of places used: {places_used} of {PLACES}. Anyone imported again uses a place again."
            ),
            self.locale().spell("Which Xero organisation has which portal, by Xero’s id and the portal’s address, so that no one else can take it.").into_owned(),
            "What was done and when, without anyone’s name or address.".to_owned(),
            BACKUPS.to_owned(),
        ]
    }

    /// What became of the connection, and of our access.
    fn xero(&self) -> String {
        let kept = match (self.receipt.access_kept, self.receipt.xero) {
            (true, _) => " We kept our access to Xero for another organisation you connected.",
            (false, Some(XeroEnding::NotRemoved)) => " Our access to Xero was erased.",
            (false, _) => "",
        };
        let connection = match self.receipt.xero {
            Some(XeroEnding::Removed) => "The connection was removed at Xero.",
            Some(XeroEnding::DisconnectedBefore) => "Xero was already disconnected.",
            Some(XeroEnding::NotRemoved) => {
                "Xero didn’t let us remove the connection there. If Xero still lists GO1 under Settings, Connected apps, disconnect it there too."
            }
            None => "We’re still asking Xero to remove the connection.",
        };
        format!("{connection}{}", self.locale().spell(kept))
    }

    fn moment(&self, at: &Timestamp) -> String {
        self.locale().moment(*at)
    }

    /// The receipt names no country: its time zone tells it.
    fn locale(&self) -> Locale {
        Locale::of_timezone(self.receipt.timezone.as_deref())
    }

    /// Until when it can be looked at.
    fn until(&self) -> String {
        self.moment(&self.receipt.expires_at())
    }

    /// The name to download it by.
    pub fn file_name(&self) -> String {
        format!("erasure-receipt-{}.txt", self.receipt.domain.label())
    }

    pub fn text(&self) -> String {
        let Receipt { id, domain, asked_at, ended_at, .. } = &self.receipt;
        let done =
            ended_at.as_ref().map_or("not yet; some of it is still being removed".to_owned(), |at| self.moment(at));
        let head = [
            "GO1, Xero integration: receipt for an erasure".to_owned(),
            String::new(),
            format!("Receipt:   {id}"),
            format!("Portal:    {domain}"),
            format!("Requested: {}", self.moment(asked_at)),
            format!("Finished:  {done}"),
        ];
        let removed = self.removed().map(|(what, count)| format!("- {what}: {count}"));
        let stays = self.stays().map(|sentence| format!("- {sentence}"));
        let title = |title: &str| [String::new(), title.to_owned()];
        let last = format!("You can view this receipt until {}.", self.until());
        let lines = head
            .into_iter()
            .chain(title("What was removed"))
            .chain(removed)
            .chain([format!("- {}", self.xero())])
            .chain(title("What stays"))
            .chain(stays)
            .chain([String::new(), last]);
        lines.fold(String::new(), |text, line| text + &line + "\n")
    }
}

impl View for ReceiptPage {
    fn title(&self) -> String {
        if self.receipt.ended_at.is_some() { "Your data has been erased" } else { "Your data is being erased" }
            .to_owned()
    }

    fn reload_after(&self) -> Option<u32> {
        self.receipt.ended_at.is_none().then_some(5)
    }

    fn body(&self, _site: &SiteSettings, _frame: &Frame) -> askama::Result<String> {
        self.render_with_values(&self.locale())
    }
}
