//! Conditions, and whether an item meets them.

use std::cmp::Ordering;

use crate::value::{Item, Value};

/// Where an attribute is: its name, then those of the maps' members that lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path(pub(crate) Vec<String>);

impl Path {
    pub(crate) fn find<'a>(&self, item: &'a Item) -> Option<&'a Value> {
        let (last, maps) = self.0.split_last()?;
        let mut inside = item;
        for name in maps {
            let Some(Value::M(members)) = inside.get(name) else { return None };
            inside = members;
        }
        inside.get(last)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Path(Path),
    Value(Value),
}

impl Operand {
    pub(crate) fn find<'a>(&'a self, item: &'a Item) -> Option<&'a Value> {
        match self {
            Self::Path(path) => path.find(item),
            Self::Value(value) => Some(value),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Compare(Operand, Comparator, Operand),
    In(Operand, Vec<Operand>),
    Between(Operand, Operand, Operand),
    Exists(Path),
    NotExists(Path),
    BeginsWith(Path, Operand),
}

impl Condition {
    /// Whether an item meets it; one that is not there has no attributes.
    pub(crate) fn holds(&self, item: &Item) -> bool {
        match self {
            Self::And(one, other) => one.holds(item) && other.holds(item),
            Self::Or(one, other) => one.holds(item) || other.holds(item),
            Self::Not(one) => !one.holds(item),
            Self::Compare(one, comparator, other) => compare(one.find(item), *comparator, other.find(item)),
            Self::In(one, others) => {
                others.iter().any(|other| compare(one.find(item), Comparator::Equal, other.find(item)))
            }
            Self::Between(one, least, most) => {
                let is = |comparator, other: &Operand| compare(one.find(item), comparator, other.find(item));
                is(Comparator::AtLeast, least) && is(Comparator::AtMost, most)
            }
            Self::Exists(path) => path.find(item).is_some(),
            Self::NotExists(path) => path.find(item).is_none(),
            Self::BeginsWith(path, prefix) => match (path.find(item), prefix.find(item)) {
                (Some(Value::S(text)), Some(Value::S(prefix))) => text.starts_with(prefix.as_str()),
                _ => false,
            },
        }
    }
}

/// What is missing equals nothing, differs from everything, and has no order; values of two types neither.
fn compare(one: Option<&Value>, comparator: Comparator, other: Option<&Value>) -> bool {
    let order = match (one, other) {
        (Some(Value::S(one)), Some(Value::S(other))) => Some(one.as_bytes().cmp(other.as_bytes())),
        (Some(Value::N(one)), Some(Value::N(other))) => Some(one.cmp(other)),
        _ => None,
    };
    match comparator {
        Comparator::Equal => one.is_some() && one == other,
        Comparator::NotEqual => one.is_none() || one != other,
        Comparator::Less => order.is_some_and(Ordering::is_lt),
        Comparator::AtMost => order.is_some_and(Ordering::is_le),
        Comparator::Greater => order.is_some_and(Ordering::is_gt),
        Comparator::AtLeast => order.is_some_and(Ordering::is_ge),
    }
}
