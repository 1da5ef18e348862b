//! User accounts: one person in one portal each.

mod everyone;
mod lists;

use std::fmt;

use domain::account::{AccountStatus, preference};
use domain::email::EmailAddress;
use domain::ids::{PortalId, UserAccountId};
use domain::name::PersonName;
use domain::plan::KnownAccount;
use domain::text::line;
use http::{Method, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use transport::answer::{self, Rows, Text};

pub use everyone::AccountList;

use crate::client::{Go1Client, document};
use crate::error::{ChangeError, Common, CreateAccountError, Doubt, ErrorCode, Failure, Go1Error};
use crate::loose;

/// The role of people who learn, by GO1's name of it.
pub const LEARNER_ROLE: &str = "rol_01G3PZS7NZ0CF95J340P55FSZH";

/// An account to create, as a learner.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUserAccount {
    /// The first name.
    pub given_name: String,
    /// The last name.
    pub family_name: String,
    /// Email; also the user name.
    pub email: EmailAddress,
}

impl fmt::Debug for NewUserAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NewUserAccount")
    }
}

/// An account that exists.
#[derive(Clone, PartialEq, Eq)]
pub struct UserAccount {
    /// GO1's id of the user account.
    pub id: UserAccountId,
    /// The portal that it is in, where GO1 says.
    pub portal: Option<PortalId>,
    /// Whose; `None` where GO1 has none that is one.
    pub email: Option<EmailAddress>,
    /// The same as GO1 writes it. Two emails that are one to us may be two people to GO1.
    pub(crate) written_email: Option<String>,
    /// The first name.
    pub given_name: String,
    /// The last name.
    pub family_name: String,
    /// Whether they can use it, as far as what GO1 says (`status`) is known.
    pub active: bool,
    /// What GO1 says of it.
    pub status: AccountStatus,
    /// Whether GO1 says in a word that we know that it can be used. Saying nothing is no such word.
    pub says_active: bool,
    /// GO1's names of their roles (`rol_...`).
    pub roles: Vec<String>,
    /// When the account was made in this portal, where GO1 says.
    pub created_time: Option<Timestamp>,
}

impl fmt::Debug for UserAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UserAccount")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("created_time", &self.created_time)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct CreatedBody {
    #[serde(deserialize_with = "loose::id")]
    id: String,
}

#[derive(Deserialize)]
struct AccountBody {
    #[serde(deserialize_with = "loose::id")]
    id: String,
    #[serde(default, deserialize_with = "loose::text")]
    portal_id: Option<String>,
    #[serde(default, deserialize_with = "loose::status")]
    status: Option<AccountStatus>,
    #[serde(default, deserialize_with = "answer::rows")]
    roles: Option<Rows<Role>>,
    #[serde(default, deserialize_with = "loose::time")]
    created_time: Option<Timestamp>,
    #[serde(default)]
    email: Text,
    #[serde(default, deserialize_with = "answer::part")]
    user: User,
}

#[derive(Deserialize)]
struct Role {
    guid: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    email: Text,
    given_name: Text,
    family_name: Text,
}

impl From<AccountBody> for UserAccount {
    fn from(body: AccountBody) -> Self {
        let user = body.user;
        let name = |text: &Text| text.text().map(line).unwrap_or_default();
        let roles = body.roles.into_iter().flat_map(|roles| roles.read);
        let written_email = user.email.text().or(body.email.text()).map(str::to_owned);
        let says_active = body.status == Some(AccountStatus::Active);
        let status = body.status.unwrap_or(AccountStatus::Active);
        Self {
            id: UserAccountId::new(body.id),
            portal: body.portal_id.filter(|portal| !portal.is_empty()).map(PortalId::new),
            email: written_email.as_deref().and_then(|email| EmailAddress::parse_known(email).ok()),
            written_email,
            given_name: name(&user.given_name),
            family_name: name(&user.family_name),
            active: !status.is_inactive(),
            status,
            says_active,
            roles: roles.filter_map(|role| role.guid.text().map(str::to_owned)).collect(),
            created_time: body.created_time,
        }
    }
}

impl UserAccount {
    /// The name that it has. One that is only its own email is none: it says nothing of whose the account is.
    pub fn name(&self) -> PersonName {
        let is_own_email =
            |name: &String| EmailAddress::parse_known(name).ok().is_some_and(|of| Some(of) == self.email);
        let mut names = [&self.given_name, &self.family_name].into_iter().filter(|name| !name.is_empty());
        if names.all(is_own_email) {
            return PersonName::default();
        }
        PersonName::new(&self.given_name, &self.family_name)
    }

    /// Which of several accounts of one email is `person`'s: the same that a plan takes.
    pub fn preferred(accounts: Vec<Self>, person: &PersonName) -> Option<Self> {
        let key = |account: &Self| preference(person, &account.status, &account.name(), &account.id);
        accounts.into_iter().min_by_key(key)
    }
}

impl From<UserAccount> for KnownAccount {
    fn from(account: UserAccount) -> Self {
        let name = account.name();
        let UserAccount { id, email, status, created_time, .. } = account;
        Self { id, email, name, status, created_time }
    }
}

impl Go1Client {
    /// Creates a learner's account. Sent once: after [`CreateAccountError::MaybeExists`] and
    /// [`CreateAccountError::OutcomeUnknown`], [`Go1Client::user_accounts_of`] tells.
    pub async fn create_user_account(
        &self,
        token: &SecretString,
        account: &NewUserAccount,
    ) -> Result<UserAccountId, CreateAccountError> {
        let body = json!({
            "given_name": account.given_name,
            "family_name": account.family_name,
            "username": account.email.as_str(),
            "email": account.email.as_str(),
            "roles": [LEARNER_ROLE],
        });
        let answer = self.send_once("create user account", self.post(token, &["user-accounts"], &body).build()).await;
        let answer = answer.map_err(refused)?;
        match document::<CreatedBody>(answer.body()) {
            Ok(created) => Ok(UserAccountId::new(created.id)),
            Err(_) => Err(CreateAccountError::OutcomeUnknown(Doubt::Unreadable)),
        }
    }

    /// The portal's account with this id; `None` where it has none.
    pub async fn user_account(
        &self,
        token: &SecretString,
        id: &UserAccountId,
    ) -> Result<Option<UserAccount>, Go1Error> {
        let request =
            self.api(Method::GET, token, &["user-accounts", id.as_str()]).query("include[]", "standard_fields");
        match self.read::<AccountBody>("user account", request).await {
            Ok(account) => Ok(Some(account.into())),
            Err(Go1Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Go1Client {
    /// Makes an account inactive: its person can no longer use it, and GO1 keeps it. One that is not there is a
    /// success; asking again is safe.
    pub async fn deactivate_user_account(&self, token: &SecretString, id: &UserAccountId) -> Result<(), ChangeError> {
        match self.set_status(token, id, "inactive").await {
            Err(ChangeError::Refused(refusal)) if refusal.status == StatusCode::NOT_FOUND => Ok(()),
            answer => answer,
        }
    }

    /// Makes an account active again. Asking again is safe.
    pub async fn reactivate_user_account(&self, token: &SecretString, id: &UserAccountId) -> Result<(), ChangeError> {
        self.set_status(token, id, "active").await
    }

    async fn set_status(&self, token: &SecretString, id: &UserAccountId, status: &str) -> Result<(), ChangeError> {
        let call = self.with_json(Method::PATCH, token, &["user-accounts", id.as_str()], &json!({ "status": status }));
        self.send_once("change user account", call.build()).await.map(drop).map_err(ChangeError::from)
    }
}

fn refused(failure: Failure) -> CreateAccountError {
    match Common::from(failure) {
        Common::OutcomeUnknown(doubt) => CreateAccountError::OutcomeUnknown(doubt),
        Common::RateLimited(retry_after) => CreateAccountError::RateLimited { retry_after },
        Common::Unauthorized => CreateAccountError::Unauthorized,
        Common::MissingScope => CreateAccountError::MissingScope,
        Common::Unavailable => CreateAccountError::Unavailable,
        Common::Refused { refusal, names_fields, .. } => match refusal.status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY if names_fields => {
                CreateAccountError::Invalid(refusal)
            }
            StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
                CreateAccountError::MaybeExists(refusal)
            }
            StatusCode::NOT_ACCEPTABLE if refusal.code == Some(ErrorCode::PortalUserLimit) => {
                CreateAccountError::PortalFull
            }
            _ => CreateAccountError::Refused(refusal),
        },
    }
}
