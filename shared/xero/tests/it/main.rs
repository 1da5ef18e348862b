//! The client against the stand-in, and against answers that a strict stand-in never gives.

mod answers;
mod consent;
mod id_token;
mod reading;
mod support;
