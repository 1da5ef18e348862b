//! What the fake Xero holds.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::client::CLIENT_SECRET;
use super::limits::Limits;
use crate::organisations::{Organisation, Practice, XeroUser};
use crate::sample_organisations::{Samples, samples};
use crate::settings::WorldSettings;

pub(crate) const ACCESS_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
pub(crate) const REFRESH_LIFETIME: SignedDuration = SignedDuration::from_hours(60 * 24);
/// How long a refresh token can be exchanged again after its first exchange, in case the answer was lost.
pub(crate) const GRACE_PERIOD: SignedDuration = SignedDuration::from_mins(30);
pub(crate) const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// A consent for which somebody is on the pages.
#[derive(Clone, Debug)]
pub(crate) struct ConsentRequest {
    pub(crate) redirect_uri: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) tenants: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) redirect_uri: String,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) expires: Timestamp,
    pub(crate) grant: Grant,
}

/// What a user has granted to the app, and what tokens stand for.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) user_id: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) authentication_event_id: String,
    pub(crate) authenticated: Timestamp,
    pub(crate) session: String,
}

#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) grant: Grant,
    pub(crate) expires: Timestamp,
    /// When it was exchanged, and for which token.
    pub(crate) exchanged: Option<(Timestamp, String)>,
    pub(crate) dead: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) grant: Grant,
    pub(crate) expires: Timestamp,
}

/// What a connection is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TenantType {
    Organisation,
    Practice,
}

/// The connection of an organisation or a practice to the app, made by one user.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The id by which the connection is deleted.
    pub id: String,
    /// The consent that made the connection. It does not change when the user consents again.
    pub auth_event_id: String,
    /// The tenant id of the organisation or practice.
    pub tenant_id: String,
    pub tenant_type: TenantType,
    pub tenant_name: String,
    /// The user who connected it.
    pub user_id: String,
    /// When it was made.
    pub created: Timestamp,
    /// When the user last consented.
    pub updated: Timestamp,
}

/// The answer of the token endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct TokenSet {
    /// A JWT that says who has logged in. It is absent without the scope `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// A JWT.
    pub access_token: String,
    /// The lifetime of the access token in seconds.
    pub expires_in: i64,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// It is absent without the scope `offline_access`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The scopes granted, separated by blanks.
    pub scope: String,
}

#[derive(Clone)]
pub(crate) struct XeroState {
    pub(crate) users: Vec<XeroUser>,
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) practices: Vec<Practice>,
    pub(crate) requests: HashMap<String, ConsentRequest>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) spent_codes: BTreeSet<String>,
    /// The secrets that the client may show; two while one is exchanged for another.
    pub(crate) client_secrets: Vec<String>,
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    pub(crate) access_tokens: HashMap<String, AccessToken>,
    pub(crate) id_tokens: Vec<String>,
    pub(crate) connections: Vec<Connection>,
    /// The scopes that each user has granted to the app. Each consent adds to them.
    pub(crate) granted: HashMap<String, BTreeSet<String>>,
    pub(crate) limits: Limits,
    /// Whether one consent may connect several organisations.
    pub(crate) bulk_connections: bool,
    /// The number of the signing key in use.
    pub(crate) key: usize,
    /// The number of the oldest key that is still published.
    pub(crate) oldest_key: usize,
}

impl XeroState {
    pub(crate) fn new(settings: &WorldSettings) -> Self {
        let samples = if settings.xero_is_empty { Samples::default() } else { samples(settings.seed) };
        Self {
            users: samples.users,
            organisations: samples.organisations,
            practices: samples.practices,
            requests: HashMap::new(),
            codes: HashMap::new(),
            spent_codes: BTreeSet::new(),
            client_secrets: vec![CLIENT_SECRET.to_owned()],
            refresh_tokens: HashMap::new(),
            access_tokens: HashMap::new(),
            id_tokens: Vec::new(),
            connections: Vec::new(),
            granted: HashMap::new(),
            limits: Limits::default(),
            bulk_connections: settings.xero_bulk_connections,
            key: 0,
            oldest_key: 0,
        }
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        self.codes
            .keys()
            .chain(&self.spent_codes)
            .chain(self.refresh_tokens.keys())
            .chain(self.access_tokens.keys())
            .chain(&self.id_tokens)
            .cloned()
            .collect()
    }

    pub(crate) fn organisation(&self, tenant_id: &str) -> Option<&Organisation> {
        self.organisations.iter().find(|organisation| organisation.tenant_id == tenant_id)
    }

    pub(crate) fn user(&self, user_id: &str) -> Option<&XeroUser> {
        self.users.iter().find(|user| user.user_id == user_id)
    }

    /// The organisations that this user may connect.
    pub(crate) fn organisations_of(&self, user_id: &str) -> Vec<&Organisation> {
        self.organisations.iter().filter(|each| each.connecting_member(user_id).is_some()).collect()
    }

    /// The practices that this user may connect.
    pub(crate) fn practices_of(&self, user_id: &str) -> Vec<&Practice> {
        self.practices.iter().filter(|practice| practice.user_id == user_id).collect()
    }

    /// The name of the tenant with this id, and whether it is an organisation or a practice.
    pub(crate) fn tenant(&self, tenant_id: &str) -> Option<(String, TenantType)> {
        let practice = || self.practices.iter().find(|practice| practice.tenant_id == tenant_id);
        match self.organisation(tenant_id) {
            Some(organisation) => Some((organisation.name.clone(), TenantType::Organisation)),
            None => practice().map(|practice| (practice.name.clone(), TenantType::Practice)),
        }
    }

    pub(crate) fn connection(&self, user_id: &str, tenant_id: &str) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.user_id == user_id && connection.tenant_id == tenant_id)
    }

    pub(crate) fn live_refresh_tokens(&self, now: Timestamp) -> usize {
        let live = |token: &&RefreshToken| !token.dead && token.exchanged.is_none() && token.expires > now;
        self.refresh_tokens.values().filter(live).count()
    }
}
