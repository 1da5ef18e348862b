#![doc = include_str!("../README.md")]

pub mod assets;
pub mod finish;
pub mod form_token;
pub mod forms;
pub mod frame;
pub mod locale;
pub mod pages;
pub mod problem;
pub mod problem_page;
pub mod responses;
pub mod saved_details;
pub mod session;
pub mod sign_up_form;
pub mod site;
pub mod words;

pub use form_token::FormToken;
pub use frame::{Frame, LoginWanted, PortalTab, TimeLeft};
pub use locale::Locale;
pub use problem::{ConsentProblem, LoginFor, LoginProblem, Problem, UndoRefusal};
pub use responses::{page, page_in};
pub use saved_details::SavedDetails;
pub use session::SessionId;
pub use site::SiteSettings;
