//! The access to Xero: kept sealed, renewed once for all who ask, and given back.

mod cancelled;
mod disconnecting;
mod limits;
mod refresh;
mod scopes;
mod tokens;
mod turning;
