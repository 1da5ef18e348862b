#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod accounts;
mod client;
mod courses;
mod enrollments;
mod error;
mod login;
mod loose;
mod portals;
mod sought_portal;
mod summary;
mod tokens;

pub use accounts::{AccountList, LEARNER_ROLE, NewUserAccount, UserAccount};
pub use client::{Go1Client, Go1Settings};
pub use courses::Course;
pub use enrollments::{Enrolled, Enrollment};
pub use error::{
    CallError, ChangeError, CreateAccountError, CreatePortalError, Doubt, EnrollError, ErrorCode, Go1Error,
    RefreshError, Refusal, RefusedField,
};
pub use login::{ADMINISTRATOR_ROLE, ExchangeError, LoginClient, LoginSettings, Me, PortalLogin, PortalRole};
pub use portals::{CreatedPortal, NewPortal, TokenPortal};
pub use sought_portal::{FoundPortal, SoughtPortal};
pub use tokens::{Go1Tokens, PartnerToken};
pub use transport::RetryAfter;
