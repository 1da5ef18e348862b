//! What the fakes enforce, endpoint by endpoint and in one process.

mod faults;
mod go1_courses;
mod go1_lists;
mod go1_login;
mod go1_people;
mod go1_portals;
mod reverse_proxy;
mod support;
mod token_forms;
mod world;
mod xero_accountant;
mod xero_api;
mod xero_closing;
mod xero_consent;
mod xero_contacts;
mod xero_limits;
mod xero_many;
mod xero_payroll;
mod xero_tokens;
