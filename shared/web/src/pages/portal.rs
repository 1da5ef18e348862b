//! The pages of a portal's administrator: how the integration stands, who was imported, what is held, and the ways to
//! take things back. They are made to stand in [`crate::Frame::Portal`].

mod entry;
mod erase;
mod organisation;
mod overview;
mod receipt;
mod settings;
mod trail;
mod undo;
mod users;
mod users_query;
mod users_row;

pub use entry::{LoggedOutPage, PortalConnectPage};
pub use erase::{EraseNotice, ErasePage};
pub use organisation::{ConnectionShown, PortalOrganisation};
pub use overview::{ImportLine, OverviewNotice, OverviewPage, UndoOffer};
pub use receipt::ReceiptPage;
pub use settings::{SettingsPage, StoredData, Usage};
pub use undo::UndoPage;
pub use users::{ImportChoice, UsersContext, UsersPage, UsersRead};
pub use users_query::{UsersQuery, UsersShown, UsersSort};
pub use users_row::{AtGo1, Imported, NameAndEmail, Standing, UserRow};
