//! The portal: how there comes to be one, who is let in to manage it, and what its rooms show.

mod connection;
mod creating;
mod existing;
mod login;
mod rooms;
mod users;
