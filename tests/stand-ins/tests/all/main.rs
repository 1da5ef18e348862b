//! What the stand-ins enforce, endpoint by endpoint, in process.

mod faults;
mod front_door;
mod go1_courses;
mod go1_login;
mod go1_people;
mod go1_portals;
mod support;
mod world;
mod xero_accountant;
mod xero_api;
mod xero_closing;
mod xero_consent;
mod xero_limits;
mod xero_many;
mod xero_payroll;
mod xero_tokens;
