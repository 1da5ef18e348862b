//! What a command is about, as the people of it know it. An id is typed wrong and nobody sees it; a name is.

use std::fmt;

use domain::ids::SignUpId;

use crate::error::OpsError;
use crate::tool::{OpsState, Tool};

/// A portal, or a sign-up without one, with what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    kind: &'static str,
    id: String,
    /// The portal's address at GO1; the email of the sign-up.
    known_as: String,
    organisation: Option<String>,
}

impl Subject {
    /// Whether `typed` is what it is known as.
    fn is(&self, typed: &str) -> bool {
        typed.trim().to_lowercase() == self.known_as.to_lowercase()
    }

    /// By what it is known: a portal's address, a sign-up's email.
    pub fn known_as(&self) -> &str {
        &self.known_as
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, known_as, organisation } = self;
        write!(to, "{kind} {id} ({known_as}, {})", organisation.as_deref().unwrap_or("no organisation"))
    }
}

/// The id of a subject that an operator called by its name, and that this was written down. Nothing is erased without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant(String);

impl Meant {
    pub(crate) fn id(&self) -> &str {
        &self.0
    }
}

impl<S: OpsState + 'static> Tool<S> {
    /// A portal and its organisation, by the portal's id.
    pub async fn portal_subject(&self, portal: &str) -> Result<Subject, OpsError> {
        let portal = self.portal(portal).await?;
        let name = self.tenant_of(&portal).await?.organisation.name;
        Ok(Subject {
            kind: "portal",
            id: portal.id.to_string(),
            known_as: portal.domain.to_string(),
            organisation: Some(name).filter(|name| !name.is_empty()),
        })
    }

    /// A sign-up and the organisation that it confirmed, by its id.
    pub async fn sign_up_subject(&self, id: &str) -> Result<Subject, OpsError> {
        let sign_up = self.state.find_sign_up(&SignUpId::new(id)).await?.ok_or(OpsError::NoSignUp)?;
        let tenant = match sign_up.tenant() {
            Some(tenant) => self.state.find_tenant(tenant).await?,
            None => None,
        };
        Ok(Subject {
            kind: "sign-up",
            id: sign_up.id.to_string(),
            known_as: sign_up.details.email.as_str().to_owned(),
            organisation: tenant.map(|tenant| tenant.organisation.name),
        })
    }

    /// Writes down that `operator` does this to `subject`, where `typed` is what it is known as; otherwise nothing is
    /// written, and nothing can be done.
    pub async fn begin(&self, operator: &str, deed: &str, subject: &Subject, typed: &str) -> Result<Meant, OpsError> {
        if !subject.is(typed) {
            return Err(OpsError::Another);
        }
        self.note(operator, deed, &subject.id).await?;
        Ok(Meant(subject.id.clone()))
    }
}
