//! Somebody who has not sent the form yet: from Xero's Marketplace, whom Xero has named, or from a portal, whom GO1
//! has.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::existing_portal::ExistingPortal;
use crate::ids::{TenantId, XeroUserId};

/// Who it is, in Xero's words. Lives in the browser's session only, and ends with it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct XeroArrival {
    /// Xero's id of the user (`xero_userid` of the id_token).
    pub xero_user: XeroUserId,
    /// Which consent it was (`authentication_event_id`), where the access token tells.
    pub authentication_event: Option<String>,
    /// Whether the consent covers payroll's employees.
    pub may_read_payroll: bool,
    /// The first name, as the upstream has it.
    pub given_name: String,
    /// The last name, as the upstream has it.
    pub family_name: String,
    /// The login's email, which Xero has verified.
    pub email: String,
    /// The organisation that they mean, where it is certain which.
    pub organisation: Option<ArrivalOrganisation>,
}

/// An organisation as Xero describes it, to fill in the form with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalOrganisation {
    /// Xero's id of it.
    pub tenant: TenantId,
    /// The organisation's name in Xero.
    pub name: String,
    /// Its ISO 3166 country code.
    pub country_code: String,
}

/// An administrator of a portal that is not connected, in GO1's words. Lives in the browser's session only, and ends
/// with it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalArrival {
    /// The portal, and their account in it.
    pub portal: ExistingPortal,
    /// The portal's name in GO1, which fills in the company's name.
    pub company: String,
    /// The first name, as the upstream has it.
    pub given_name: String,
    /// The last name, as the upstream has it.
    pub family_name: String,
    /// The email of the administrator's GO1 user.
    pub email: String,
}

impl fmt::Debug for PortalArrival {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PortalArrival").field("portal", &self.portal).finish_non_exhaustive()
    }
}

impl fmt::Debug for XeroArrival {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("XeroArrival").field("xero_user", &self.xero_user).finish_non_exhaustive()
    }
}
