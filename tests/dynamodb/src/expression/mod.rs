//! Expressions: those forms that the product writes. Attributes stand as `#name`, values as `:name`; other forms are
//! refused. (Developer Guide, "Using expressions in DynamoDB".)

mod condition;
mod parser;
#[cfg(test)]
mod tests;
mod tokens;
mod update;

pub(crate) use condition::Condition;
pub(crate) use parser::{Placeholders, key_condition, parse_condition, parse_projection, parse_update};
pub(crate) use update::Update;
