//! The client against the stand-in, and against answers that a strict stand-in never gives.

mod answers;
mod bodies;
mod changes;
mod fuzz;
mod lists;
mod login;
mod people;
mod portals;
mod support;
mod tokens;
