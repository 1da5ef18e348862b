//! From the press to the last person: everybody once, whoever presses how often, whatever fails and whoever is killed.

mod confirm;
mod events;
mod journey;
mod reconnecting;
mod reimport;
mod stopping;
mod sweeper;
mod waiting;
mod worker;
