//! The facts at the stand-ins, in this process and over loopback; and that each look notices where one does not hold.

mod differing;
mod facts;
mod led;
mod stage;
