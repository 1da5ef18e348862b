//! From the door to the people: who comes, with which organisation, and what can be in the way.

mod advisers;
mod arrival;
mod consent;
mod contact_group_rules;
mod contact_groups;
mod counting;
mod deleting;
mod form_again;
mod logins;
mod meanwhile;
mod obstacles;
mod organisations;
mod presses;
mod quiet;
mod removed;
mod removed_beside;
mod reopening;
mod several;
mod signed_in;
