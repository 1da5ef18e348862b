//! Each rule of an SQS FIFO queue, and a comparison with a naive model.

mod dead_letters;
mod mapping;
mod model;
mod receipts;
mod receiving;
mod sending;
mod stage;
