//! The whole product, subject by subject: who comes and signs up, what is imported, the portal's own pages, the access to
//! Xero, what is taken back and what is erased, and the rules that hold everywhere.

mod access;
mod accounts;
mod erasing;
mod importing;
mod log;
mod operating;
mod portal;
mod rules;
mod sign_up;
mod undo;
