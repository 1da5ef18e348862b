//! The client against the stand-in, and against answers that a strict stand-in never gives.

mod answers;
mod bodies;
mod consent;
mod contacts;
mod fuzz;
mod id_token;
mod limits;
mod payroll;
mod reading;
mod support;
