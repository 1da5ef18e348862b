//! What the forms post, but for the sign-up's, which has a file of its own.

use domain::ids::{ContactGroupId, EmployeeId, PlanDigest, TenantId};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::form_token::FormToken;
use crate::problem::Problem;

/// The largest body that is read, in bytes. It has room for 2,000 ticks of about 50 bytes.
pub const LARGEST_BODY: usize = 256 * 1024;

/// Reads a posted body (`application/x-www-form-urlencoded`).
pub fn parse<Form: DeserializeOwned>(body: &[u8]) -> Result<Form, Problem> {
    if body.len() > LARGEST_BODY {
        return Err(Problem::BadRequest);
    }
    // The error is dropped: it can quote what was typed.
    serde_html_form::from_bytes(body).map_err(|_| Problem::BadRequest)
}

/// A form with nothing but a button: look at the people, skip, open the portal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ButtonForm {
    pub form_token: FormToken,
}

/// The press on "Disconnect Xero".
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DisconnectForm {
    pub form_token: FormToken,
    /// When the connection was made that the page was about, so that the press ends no later one.
    pub connected_at: Option<Timestamp>,
}

/// The press on "Erase what we hold". The token is of a session, and that is of one portal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EraseForm {
    pub form_token: FormToken,
    /// How many imports the portal had when the page was shown. A later import is nothing that the owner was told of.
    pub imports_accepted: Option<u32>,
}

/// The organisation that the owner confirmed or chose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OrganisationForm {
    pub form_token: FormToken,
    /// The organisation's tenant id; `None` where the owner chose none.
    pub organisation: Option<TenantId>,
}

/// The contact group that the owner chose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct GroupForm {
    pub form_token: FormToken,
    /// Which; `None` for the organisation's Xero users.
    pub group: Option<ContactGroupId>,
}

/// Another address for the portal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PortalAddressForm {
    pub form_token: FormToken,
    /// The address, with or without the part that all portals share.
    pub portal: String,
}

/// The undo that was shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct UndoForm {
    #[serde(default)]
    pub form_token: FormToken,
    /// How many imports the portal had accepted when it was shown.
    pub imports_accepted: u32,
}

/// The press that reads the people: alone, or from the list of them, whose ticks come along.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LookForm {
    pub form_token: FormToken,
    /// The plan that was shown; `None` where the page had no list.
    pub plan: Option<PlanDigest>,
    /// Everybody ticked. Empty where nobody is.
    pub people: Vec<EmployeeId>,
    /// Whether only the figures are to be of these ticks, and nobody is read anew: for browsers without scripts.
    pub only_update: Option<String>,
    /// The page that somebody leaves the list for, so that the ticks are kept before; nobody is read anew.
    pub then: Option<String>,
}

impl LookForm {
    /// Where to go without a look: to the list itself, or to the page that it is left for. Only to pages of the sign-up:
    /// what is posted here leads nowhere else.
    pub fn leaves_for(&self) -> Option<&'static str> {
        const PAGES: [&str; 7] = [
            "/preview/people",
            "/portal-address",
            "/signup",
            "/connect?again",
            "/organisations",
            "/preview",
            "/preview/groups",
        ];
        let then = self.then.as_deref().or(self.only_update.as_ref().map(|_| PAGES[0]))?;
        Some(PAGES.into_iter().find(|page| *page == then).unwrap_or(PAGES[0]))
    }
}

/// The plan that was shown, and who is ticked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ImportForm {
    #[serde(default)]
    pub form_token: FormToken,
    pub plan: PlanDigest,
    /// Everybody ticked. Empty where nobody is.
    #[serde(default)]
    pub people: Vec<EmployeeId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_a_repeated_field() {
        let form: ImportForm = parse(b"form_token=t&plan=p&people=a&people=b&people=c").expect("parses");
        assert_eq!(form.people, ["a", "b", "c"].map(EmployeeId::from));
        let form: ImportForm = parse(b"form_token=t&plan=p").expect("parses");
        assert_eq!(form.people, []);
        let form: LookForm = parse(b"form_token=t&plan=p&people=a&people=b").expect("parses");
        assert_eq!((form.plan, form.people.len(), form.only_update), (Some("p".into()), 2, None));
        assert_eq!(parse::<LookForm>(b"form_token=t").expect("parses").plan, None);
    }

    #[test]
    fn what_is_no_form_of_ours_is_a_bad_request() {
        assert!(matches!(parse::<ImportForm>(b"people=a"), Err(Problem::BadRequest)));
        assert!(matches!(parse::<ButtonForm>(&vec![b'a'; LARGEST_BODY + 1]), Err(Problem::BadRequest)));
        assert_eq!(parse::<OrganisationForm>(b"").expect("parses").organisation, None);
    }
}
