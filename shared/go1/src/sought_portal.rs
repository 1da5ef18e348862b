//! Looking for a portal whose answer may be lost (REST reference 2025-01-01, `GET /portals`).

use domain::ids::{PortalId, TenantId};
use domain::portal::PortalDomain;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::client::Go1Client;
use crate::error::Go1Error;
use crate::portals::{Customer, PAGE_SIZE, PortalBody, Portals};

/// A portal that was asked for, and whose answer may be lost.
#[derive(Clone, Copy)]
pub struct SoughtPortal<'asked> {
    /// The address that it was asked for at.
    pub domain: &'asked PortalDomain,
    /// The Xero organisation that it was asked for.
    pub tenant: &'asked TenantId,
    /// The name that it was asked for with.
    pub name: &'asked str,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

/// A portal that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPortal {
    /// GO1's id of the portal.
    pub id: PortalId,
    /// The portal's address, such as `acme.mygo1.com`.
    pub domain: PortalDomain,
}

/// What the look-up of a portal is named by.
const FIND_PORTAL: &str = "find portal";

/// How far GO1's clock may be behind ours.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(5);

/// A domain that more portals than this contain is no search for one.
const MOST_PAGES: usize = 10;

/// What a look for a portal found.
enum Looked {
    Found(FoundPortal),
    /// The address has a portal, which is another customer's.
    AnothersThere,
    NotThere,
}

impl SoughtPortal<'_> {
    /// It was made no earlier, by GO1's clock.
    fn earliest(&self) -> Timestamp {
        self.asked_at - CLOCKS_DIFFER
    }

    /// Whether this portal at the same address is the one that was asked for; `None` where what GO1 tells does not decide
    /// it. Where GO1 does not tell whose it is, the address, the name and the time have to do: an address has one portal,
    /// and nobody is let into one without a login as its administrator.
    fn is(&self, portal: &PortalBody) -> Option<bool> {
        if let Customer::Told(customer) = &portal.external_customer_id {
            // Ours is made with one.
            return Some(customer.as_deref() == Some(self.tenant.as_str()));
        }
        if portal.created_time.is_some_and(|created| created < self.earliest()) {
            return Some(false);
        }
        let has_its_name = portal.name.as_deref().is_some_and(|name| name.trim() == self.name.trim());
        has_its_name.then_some(true)
    }
}

impl Go1Client {
    /// Looks for a portal that was asked for. Takes a partner token. Another customer's at the same address is not it;
    /// where GO1 does not let that be decided, an error, so that no second one is made.
    pub async fn find_portal(
        &self,
        token: &SecretString,
        sought: SoughtPortal<'_>,
    ) -> Result<Option<FoundPortal>, Go1Error> {
        match self.look_among(token, sought, Some(sought.domain)).await? {
            Looked::Found(found) => Ok(Some(found)),
            Looked::AnothersThere => Ok(None),
            // A keyword is documented to search the name, and the address is no part of ours. The newest come first, so what
            // was made since it was asked for is at the beginning.
            Looked::NotThere => match self.look_among(token, sought, None).await? {
                Looked::Found(found) => Ok(Some(found)),
                Looked::AnothersThere | Looked::NotThere => Ok(None),
            },
        }
    }

    /// Looks among the portals that a keyword brings, or among all of them, the newest first, as far back as it was asked for.
    async fn look_among(
        &self,
        token: &SecretString,
        sought: SoughtPortal<'_>,
        keyword: Option<&PortalDomain>,
    ) -> Result<Looked, Go1Error> {
        let call = FIND_PORTAL;
        let mut unread = 0;
        let mut looked = Looked::NotThere;
        for page in 0..MOST_PAGES {
            let offset = page * PAGE_SIZE;
            let mut request = self.api(Method::GET, token, &["portals"]);
            request = match keyword {
                Some(keyword) => request.query("keyword", keyword.as_str()),
                None => request.query("sort", "created_time").query("order", "desc"),
            };
            let request = request.query("limit", &PAGE_SIZE.to_string()).query("offset", &offset.to_string());
            let portals: Portals = self.read(call, request).await?;
            let rows = portals.hits.count();
            unread += portals.hits.unread;
            let mut is_before = false;
            for hit in portals.hits.read {
                if hit.domain().as_ref() == Some(sought.domain) {
                    looked = Looked::AnothersThere;
                }
                is_before |= hit.created_time.is_some_and(|created| created < sought.earliest());
                if let Some(found) = self.if_ours(token, hit, sought).await? {
                    return Ok(Looked::Found(found));
                }
            }
            let seen = (offset + rows) as u64;
            let is_last = rows == 0 || portals.total.map_or(rows < PAGE_SIZE, |total| seen >= total);
            if is_last || keyword.is_none() && is_before {
                break;
            }
        }
        if unread > 0 {
            // One of them may be it, and a second portal would be made.
            let what = "it has rows without an id, and none of the others is the portal".to_owned();
            return Err(Go1Error::Unreadable { what, call });
        }
        Ok(looked)
    }

    /// The list may leave out whose a portal is; then the portal itself is asked.
    async fn if_ours(
        &self,
        token: &SecretString,
        hit: PortalBody,
        sought: SoughtPortal<'_>,
    ) -> Result<Option<FoundPortal>, Go1Error> {
        let is_there = hit.domain().as_ref() == Some(sought.domain);
        let customer = match &hit.external_customer_id {
            Customer::Told(customer) => customer.clone(),
            Customer::Untold => None,
        };
        if !is_there && customer.as_deref() != Some(sought.tenant.as_str()) {
            return Ok(None);
        }
        let hit = if customer.is_none() {
            let Some(portal) = self.portal_body(token, &hit.id).await? else { return Ok(None) };
            portal
        } else {
            hit
        };
        match sought.is(&hit) {
            Some(true) => {
                let domain = hit.domain().unwrap_or_else(|| sought.domain.clone());
                Ok(Some(FoundPortal { id: PortalId::new(hit.id), domain }))
            }
            Some(false) => Ok(None),
            None => {
                let what = "it does not tell whose the portal at our address is".to_owned();
                Err(Go1Error::Unreadable { what, call: FIND_PORTAL })
            }
        }
    }
}
