//! Portals: one a customer (REST reference 2025-01-01, <https://www.go1.com/developers>).

use std::collections::HashSet;
use std::fmt;

use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::{PortalId, TenantId, UserAccountId};
use domain::portal::{DOMAIN_SUFFIX, PortalDomain};
use http::{Method, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use transport::answer::{Rows, Text};

use crate::client::{Go1Client, document};
use crate::error::{Common, CreatePortalError, Doubt, ErrorCode, Failure, Go1Error, Refusal};
use crate::loose;
use crate::tokens::{Go1Tokens, TokenBody};

/// A portal to create, and the account of the owner in it.
#[derive(Clone)]
pub struct NewPortal {
    /// The company's name, which the portal is called by.
    pub name: String,
    /// The portal's address, such as `acme.mygo1.com`.
    pub domain: PortalDomain,
    /// The organisation's country, which GO1 sets the portal up for.
    pub country: Country,
    /// One of [`domain::portal::INDUSTRIES`].
    pub industry: String,
    /// An IANA time zone; GO1 takes UTC where there is none.
    pub timezone: Option<String>,
    /// The Xero organisation that it is for; what it is found again by.
    pub tenant: TenantId,
    /// The owner's email, which GO1 writes to.
    pub email: EmailAddress,
    /// The owner's first name.
    pub given_name: String,
    /// The owner's last name.
    pub family_name: String,
}

impl fmt::Debug for NewPortal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("NewPortal").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// A portal that was created.
#[derive(Clone, Debug)]
pub struct CreatedPortal {
    /// GO1's id of the portal.
    pub id: PortalId,
    /// Its address, as GO1 says.
    pub domain: PortalDomain,
    /// The owner's account in it.
    pub administrator: UserAccountId,
    /// The tokens for calls as the portal. GO1 sends them only in this answer.
    pub tokens: Go1Tokens,
}

/// The one portal that a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPortal {
    /// GO1's id of the portal.
    pub id: PortalId,
    /// Its address, where GO1 tells it and it is one below `mygo1.com`.
    pub domain: Option<PortalDomain>,
    /// Its name, where GO1 tells it.
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct CreatedBody {
    #[serde(deserialize_with = "loose::id")]
    id: String,
    #[serde(default, deserialize_with = "loose::text")]
    domain: Option<String>,
    user_account: OwnerBody,
}

#[derive(Deserialize)]
struct OwnerBody {
    #[serde(deserialize_with = "loose::id")]
    id: String,
    oauth_token: TokenBody,
}

#[derive(Deserialize)]
pub(crate) struct Portals {
    #[serde(default, deserialize_with = "loose::count")]
    pub(crate) total: Option<u64>,
    pub(crate) hits: Rows<PortalBody>,
}

#[derive(Deserialize)]
pub(crate) struct PortalBody {
    #[serde(deserialize_with = "loose::id")]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) domain: Text,
    #[serde(default, deserialize_with = "loose::text")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "loose::time")]
    pub(crate) created_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "told")]
    pub(crate) external_customer_id: Customer,
}

/// Whose a portal is.
#[derive(Default)]
pub(crate) enum Customer {
    /// GO1 does not tell.
    #[default]
    Untold,
    /// GO1 tells this id, or that there is none.
    Told(Option<String>),
}

fn told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Customer, D::Error> {
    loose::text(deserializer).map(Customer::Told)
}

impl PortalBody {
    pub(crate) fn domain(&self) -> Option<PortalDomain> {
        self.domain.text().and_then(|domain| PortalDomain::parse(domain).ok())
    }
}

/// GO1's most for a page of portals.
pub(crate) const PAGE_SIZE: usize = 100;

/// What asks GO1 to tell whose a portal is (REST reference 2025-01-01, `GET /portals/{id}`). The list is not documented to know
/// it.
const WITH_CUSTOMER: (&str, &str) = ("include_external_customer_id", "true");

impl Go1Client {
    /// Creates a portal and the owner's account in it. Takes a partner token. Sent once: after
    /// [`CreatePortalError::OutcomeUnknown`], [`Go1Client::find_portal`] tells.
    pub async fn create_portal(
        &self,
        token: &SecretString,
        portal: &NewPortal,
        now: Timestamp,
    ) -> Result<CreatedPortal, CreatePortalError> {
        let mut body = json!({
            "name": portal.name,
            "domain": portal.domain.as_str(),
            "country": portal.country.code(),
            "industry": portal.industry,
            "external_customer_id": portal.tenant.as_str(),
            "user_account": {
                "email": portal.email.as_str(),
                "username": portal.email.as_str(),
                "given_name": portal.given_name,
                "family_name": portal.family_name,
            },
            "settings": { "notifications": true, "enable_subscribed_content_library": false },
        });
        if let Some(timezone) = &portal.timezone {
            body["timezone"] = json!(timezone);
        }
        let answer = self.send_once("create portal", self.post(token, &["portals"], &body).build()).await;
        let answer = answer.map_err(refused)?;
        let unreadable = CreatePortalError::OutcomeUnknown(Doubt::Unreadable);
        let Ok(created) = document::<CreatedBody>(answer.body()) else { return Err(unreadable) };
        let domain = created.domain.and_then(|domain| PortalDomain::parse(&domain).ok());
        Ok(CreatedPortal {
            id: PortalId::new(created.id),
            domain: domain.unwrap_or_else(|| portal.domain.clone()),
            administrator: UserAccountId::new(created.user_account.id),
            tokens: created.user_account.oauth_token.pair(now).ok_or(unreadable)?,
        })
    }

    /// The address of a portal, where it is one below `mygo1.com` and GO1 shows us the portal. Takes a partner token.
    pub async fn domain_of(&self, token: &SecretString, portal: &PortalId) -> Result<Option<PortalDomain>, Go1Error> {
        Ok(self.portal_body(token, portal.as_str()).await?.and_then(|portal| portal.domain()))
    }

    /// The portal of a token that is for one, as far as GO1 shows it to whoever logged in: by this id, where that is known,
    /// and otherwise the only one that is listed.
    pub(crate) async fn own_portal(
        &self,
        token: &SecretString,
        id: Option<&PortalId>,
    ) -> Result<Option<TokenPortal>, Go1Error> {
        let portal = if let Some(id) = id {
            self.portal_body(token, id.as_str()).await?
        } else {
            let request = self.api(Method::GET, token, &["portals"]).query("limit", "2").query("offset", "0");
            match self.read::<Portals>("own portal", request).await {
                Ok(mut portals) if portals.hits.count() == 1 => portals.hits.read.pop(),
                // None or several: which one it is, is not told.
                Ok(_) | Err(Go1Error::NotFound { .. }) => None,
                Err(Go1Error::Refused { refusal, .. }) if refusal.status == StatusCode::FORBIDDEN => None,
                Err(error) => return Err(error),
            }
        };
        Ok(portal.map(|portal| TokenPortal {
            domain: portal.domain.text().and_then(whole_domain),
            name: portal.name.filter(|name| !name.trim().is_empty()),
            id: PortalId::new(portal.id),
        }))
    }

    /// A portal itself; `None` where it is another partner's.
    pub(crate) async fn portal_body(&self, token: &SecretString, id: &str) -> Result<Option<PortalBody>, Go1Error> {
        let request = self.api(Method::GET, token, &["portals", id]).query(WITH_CUSTOMER.0, WITH_CUSTOMER.1);
        match self.read::<PortalBody>("portal", request).await {
            Ok(portal) => Ok(Some(portal)),
            Err(Go1Error::NotFound { .. }) => Ok(None),
            Err(Go1Error::Refused { refusal, .. }) if refusal.status == StatusCode::FORBIDDEN => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Those addresses with `label` in them that are taken, as far as our token sees: other partners' may be hidden
    /// from it. One call.
    pub async fn taken_domains(&self, token: &SecretString, label: &str) -> Result<HashSet<PortalDomain>, Go1Error> {
        let request = self
            .api(Method::GET, token, &["portals"])
            .query("keyword", label)
            .query("limit", &PAGE_SIZE.to_string())
            .query("offset", "0");
        let portals: Portals = self.read("taken domains", request).await?;
        Ok(portals.hits.read.iter().filter_map(PortalBody::domain).collect())
    }
}

/// A portal's address, where the text is a whole one. A bare name is none: completed, it may be another customer's.
pub(crate) fn whole_domain(text: &str) -> Option<PortalDomain> {
    let is_whole = text.trim().to_lowercase().ends_with(DOMAIN_SUFFIX);
    is_whole.then(|| PortalDomain::parse(text).ok()).flatten()
}

fn refused(failure: Failure) -> CreatePortalError {
    match Common::from(failure) {
        Common::OutcomeUnknown(doubt) => CreatePortalError::OutcomeUnknown(doubt),
        Common::RateLimited(retry_after) => CreatePortalError::RateLimited { retry_after },
        Common::Unauthorized => CreatePortalError::Unauthorized,
        Common::MissingScope => CreatePortalError::MissingScope,
        Common::Unavailable => CreatePortalError::Unavailable,
        Common::Refused { refusal: Refusal { code: Some(ErrorCode::PortalAlreadyExists), .. }, .. } => {
            CreatePortalError::DomainTaken
        }
        Common::Refused { refusal: Refusal { code: Some(ErrorCode::InvalidDomain), .. }, .. } => {
            CreatePortalError::DomainInvalid
        }
        Common::Refused { refusal, .. } => CreatePortalError::Refused(refusal),
    }
}
