//! Undo: what an import did is taken back, once, whatever fails on the way, and nothing else is touched.

mod behind;
mod mishaps;
mod pages;
mod stage;
mod whole;
