#![doc = include_str!("../README.md")]

pub mod assets;
pub mod form_token;
pub mod forms;
pub mod pages;
pub mod problem;
pub mod responses;
pub mod session;
pub mod sign_up_form;
pub mod site;
pub mod words;

pub use form_token::FormToken;
pub use problem::{ConsentProblem, Problem};
pub use responses::page;
pub use session::SessionId;
pub use site::SiteSettings;
