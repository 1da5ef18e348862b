//! From the door to the people: who comes, with which organisation, and what can be in the way.

mod arrival;
mod consent;
mod logins;
mod obstacles;
mod organisations;
