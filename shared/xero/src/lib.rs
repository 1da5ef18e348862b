#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod access_token;
mod client;
mod connections;
mod consent;
mod consent_error;
mod contacts;
mod employees;
mod error;
mod id_token;
mod organisation;
mod people;
mod scopes;
mod settings;
mod timezone;

pub use client::XeroClient;
pub use connections::Connection;
pub use consent::{Consent, ConsentRequest, RefreshError, XeroTokens};
pub use consent_error::{ConsentError, IdTokenRejection};
pub use contacts::{GroupRead, ListedGroup};
pub use error::{RateLimit, Trace, Unauthorized, XeroError};
pub use id_token::{Identity, LEEWAY};
pub use organisation::{OrganisationRead, PayrollAdministration};
pub use scopes::scopes;
pub use settings::XeroSettings;
pub use timezone::iana_timezone;
