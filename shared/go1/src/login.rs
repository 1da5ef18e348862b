//! "Log in with GO1": the way there, the code that is brought back, and who it was in which portal.

use std::fmt;
use std::sync::Arc;

use domain::email::EmailAddress;
use domain::ids::{PortalId, UserAccountId};
use domain::text::line;
use http::{Method, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use transport::{Call, Unread};
use url::Url;

use crate::accounts::UserAccount;
use crate::client::{Go1Client, document};
use crate::error::Go1Error;
use crate::loose;
use crate::portals::{TokenPortal, whole_domain};
use crate::tokens::{Go1Tokens, NoTokens, TokenBody};

/// The role of administrators, by GO1's name of it.
pub const ADMINISTRATOR_ROLE: &str = "rol_01G3PZS7NCBKB170TEP3CC2BBH";

/// Where somebody logs in, and where they come back to.
#[derive(Clone, Debug)]
pub struct LoginSettings {
    /// The base of the authorize endpoint, where the browser goes: `https://auth.go1.com`.
    pub login_url: Url,
    /// The base of the second API, which tells who somebody is: `https://api.go1.com/v2`.
    pub v2_api_url: Url,
    /// Our own address, as it is registered at GO1.
    pub redirect_uri: Url,
    /// What is asked for (<https://www.go1.com/developers/customers/concepts/scope-permissions>): all that an import, an
    /// undo and the list of users need. A scope gives nobody more than their role does.
    pub scopes: Vec<String>,
    /// Whether `/account` of the second API is asked where the third does not tell the portal. It needs `account.read`,
    /// newer clients have dropped it, and no source shows its body.
    pub v2_account: bool,
}

/// Logs people in with GO1.
#[derive(Clone, Debug)]
pub struct LoginClient {
    client: Arc<Go1Client>,
    settings: LoginSettings,
}

/// A GO1 user: what GO1's `/me` says about the token's user.
#[derive(Clone, PartialEq, Eq)]
pub struct Me {
    /// Their email. Which account of the portal is theirs is told by what GO1 writes, and not by this.
    pub email: EmailAddress,
    /// The first name.
    pub given_name: String,
    /// The last name.
    pub family_name: String,
}

impl fmt::Debug for Me {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Me")
    }
}

/// What somebody may do in the portal that they logged in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortalRole {
    /// The user has the role of an administrator in the portal.
    Administrator {
        /// The user's account in the portal.
        account: UserAccountId,
    },
    /// The user has no account with that role in the portal.
    NoAdministrator,
    /// The user's account in the portal is deactivated.
    Inactive,
    /// The user has the role of an administrator, and GO1 does not say in a word that we know that the account is active.
    Unclear,
}

/// Somebody who logged in, and what GO1 says of them.
#[derive(Clone, Debug)]
pub struct PortalLogin {
    /// The user, in all portals.
    pub me: Me,
    /// The portal that they logged in to.
    pub portal: TokenPortal,
    /// The user's role in that portal.
    pub role: PortalRole,
}

/// Why a code brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The code was used before, is too old, or is none.
    #[error("GO1 refused the code")]
    CodeRejected,
    /// Anything else. The code may be used up.
    #[error(transparent)]
    Upstream(Go1Error),
}

#[derive(Deserialize)]
struct MeBody {
    #[serde(default, deserialize_with = "loose::text")]
    email: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    last_name: Option<String>,
}

#[derive(Deserialize)]
struct PortalBody {
    #[serde(deserialize_with = "loose::id")]
    id: String,
    #[serde(default, deserialize_with = "loose::text")]
    title: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    name: Option<String>,
}

impl LoginClient {
    /// A login client that makes its calls with `client`.
    pub fn new(client: Arc<Go1Client>, settings: LoginSettings) -> Self {
        Self { client, settings }
    }

    /// Where to send the browser. `state` comes back unchanged. `code_challenge`: PKCE's public half, by S256 (RFC 7636);
    /// a server that does not know it ignores it (RFC 6749, section 3.1).
    pub async fn authorize_url(&self, state: &str, code_challenge: Option<&str>) -> Result<Url, Unread> {
        let app = self.client.app().await?;
        let mut url = self.settings.login_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["oauth", "authorize"]);
        }
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &app.client_id)
            .append_pair("redirect_uri", self.settings.redirect_uri.as_str())
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", state);
        if let Some(challenge) = code_challenge {
            url.query_pairs_mut().append_pair("code_challenge", challenge).append_pair("code_challenge_method", "S256");
        }
        Ok(url)
    }

    /// Exchanges a code for the portal's tokens, as whoever logged in. Sent once. `code_verifier`: PKCE's secret half, where
    /// its public half was sent.
    pub async fn exchange_code(
        &self,
        code: &str,
        code_verifier: Option<&str>,
        now: Timestamp,
    ) -> Result<Go1Tokens, ExchangeError> {
        let call = "code";
        let redirect_uri = self.settings.redirect_uri.as_str();
        let mut fields = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
        fields.extend(code_verifier.map(|verifier| ("code_verifier", verifier)));
        let answer = match self.client.ask_for_tokens(call, &fields).await {
            Ok(answer) => answer,
            // A refused code costs another press and no grant, so the older words for it are taken as well.
            Err(NoTokens::Refused | NoTokens::BadRequest(_)) => return Err(ExchangeError::CodeRejected),
            Err(NoTokens::OurFault(failure) | NoTokens::Later(failure)) => {
                return Err(ExchangeError::Upstream(failure.read(call)));
            }
        };
        let unreadable = |what: &str| ExchangeError::Upstream(Go1Error::Unreadable { what: what.to_owned(), call });
        let body: TokenBody = document(answer.body()).map_err(|_| unreadable("no tokens"))?;
        body.pair(now).ok_or_else(|| unreadable("no refresh token"))
    }

    /// Whose this token is.
    pub async fn me(&self, token: &SecretString) -> Result<Me, Go1Error> {
        self.me_and_written_email(token).await.map(|(me, _)| me)
    }

    /// Whose this token is, and their email as GO1 writes it.
    async fn me_and_written_email(&self, token: &SecretString) -> Result<(Me, String), Go1Error> {
        let call = "me";
        let body: MeBody = self.read_v2(call, token).await?;
        let written = body.email.unwrap_or_default();
        let unreadable = |_| Go1Error::Unreadable { what: "the email is none".to_owned(), call };
        let me = Me {
            email: EmailAddress::parse_known(&written).map_err(unreadable)?,
            given_name: body.first_name.as_deref().map(line).unwrap_or_default(),
            family_name: body.last_name.as_deref().map(line).unwrap_or_default(),
        };
        Ok((me, written))
    }

    /// Who logged in with this token, in which portal, as what. All of it is GO1's word: who it is, from the second API;
    /// the role and the portal, from the third.
    pub async fn portal_login(&self, token: &SecretString) -> Result<PortalLogin, Go1Error> {
        let (me, written) = self.me_and_written_email(token).await?;
        let account = match self.client.find_account_written(token, &written).await {
            Ok(account) => account,
            // Who may not look for accounts administers nothing.
            Err(Go1Error::NotFound { .. }) => None,
            Err(Go1Error::Refused { refusal, .. }) if refusal.status == StatusCode::FORBIDDEN => None,
            Err(error) => return Err(error),
        };
        let known = account.as_ref().and_then(|account| account.portal.as_ref());
        // An account says where it is, also where the address and the name are not told.
        let told = self.client.own_portal(token, known).await?;
        let portal = match told.or_else(|| known.map(|id| TokenPortal { id: id.clone(), domain: None, name: None })) {
            Some(portal) => portal,
            None if self.settings.v2_account => self.v2_account(token).await?,
            None => {
                let what = "it does not tell which portal this is".to_owned();
                return Err(Go1Error::Unreadable { what, call: "own portal" });
            }
        };
        Ok(PortalLogin { me, portal, role: account.map_or(PortalRole::NoAdministrator, PortalRole::of) })
    }

    /// Which portal this token is for, from the second API.
    async fn v2_account(&self, token: &SecretString) -> Result<TokenPortal, Go1Error> {
        let body: PortalBody = self.read_v2("account", token).await?;
        Ok(TokenPortal {
            id: PortalId::new(body.id),
            domain: body.title.as_deref().and_then(whole_domain),
            name: body.name.filter(|name| !name.trim().is_empty()),
        })
    }

    /// A read of the second API, which takes no version.
    async fn read_v2<T: DeserializeOwned>(&self, path: &'static str, token: &SecretString) -> Result<T, Go1Error> {
        let request = Call::new(Method::GET, &self.settings.v2_api_url, &[path]).bearer(token);
        self.client.read(path, request).await
    }
}

impl PortalRole {
    /// What the user of this account may do in its portal.
    pub fn of(account: UserAccount) -> Self {
        if !account.active {
            Self::Inactive
        } else if !account.roles.iter().any(|role| role == ADMINISTRATOR_ROLE) {
            Self::NoAdministrator
        } else if account.says_active {
            Self::Administrator { account: account.id }
        } else {
            Self::Unclear
        }
    }
}
