//! Updates, and what they make of an item.

use crate::errors::{Error, invalid};
use crate::expression::condition::{Operand, Path};
use crate::value::{Item, Value};

/// `SET` and `REMOVE`. Every right side is of the item as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Update {
    pub(crate) sets: Vec<(Path, Sum)>,
    pub(crate) removes: Vec<Path>,
}

/// What an attribute is set to: one term, or two with a sign between them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sum {
    pub(crate) first: Term,
    pub(crate) second: Option<(Sign, Term)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Plus,
    Minus,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    Operand(Operand),
    IfNotExists(Path, Operand),
}

impl Term {
    fn of<'a>(&'a self, item: &'a Item) -> Result<&'a Value, Error> {
        let found = match self {
            Self::Operand(operand) => operand.find(item),
            Self::IfNotExists(path, otherwise) => path.find(item).or_else(|| otherwise.find(item)),
        };
        let missing = "The provided expression refers to an attribute that does not exist in the item";
        found.ok_or_else(|| invalid(missing))
    }
}

impl Sum {
    fn of(&self, item: &Item) -> Result<Value, Error> {
        let first = self.first.of(item)?;
        let Some((sign, second)) = &self.second else { return Ok(first.clone()) };
        let (Value::N(first), Value::N(second)) = (first, second.of(item)?) else {
            return Err(invalid("An operand in the update expression has an incorrect data type"));
        };
        let sum = match sign {
            Sign::Plus => first.checked_add(*second),
            Sign::Minus => first.checked_sub(*second),
        };
        sum.map(Value::N).ok_or_else(|| invalid("Number overflow"))
    }
}

impl Update {
    /// Every path that it changes.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.sets.iter().map(|(path, _)| path).chain(&self.removes)
    }

    /// That no two paths are one, or one within the other.
    pub(crate) fn check_paths(&self) -> Result<(), Error> {
        let paths: Vec<&Path> = self.paths().collect();
        for (at, one) in paths.iter().enumerate() {
            if paths[at + 1..].iter().any(|other| one.0.starts_with(&other.0) || other.0.starts_with(&one.0)) {
                return Err(invalid("Invalid UpdateExpression: Two document paths overlap with each other"));
            }
        }
        Ok(())
    }

    pub(crate) fn of(&self, item: &Item) -> Result<Item, Error> {
        let mut after = item.clone();
        for (path, sum) in &self.sets {
            let value = sum.of(item)?;
            let (holder, name) = holder(&mut after, path)?;
            holder.insert(name.to_owned(), value);
        }
        for path in &self.removes {
            // A path that leads through nothing removes nothing only where it has one name.
            let (holder, name) = holder(&mut after, path)?;
            holder.remove(name);
        }
        Ok(after)
    }
}

/// The map that holds what a path leads to.
fn holder<'a, 'p>(item: &'a mut Item, path: &'p Path) -> Result<(&'a mut Item, &'p str), Error> {
    let outside = || invalid("The document path provided in the update expression is invalid for update");
    let (last, maps) = path.0.split_last().ok_or_else(outside)?;
    let mut inside = item;
    for name in maps {
        let Some(Value::M(members)) = inside.get_mut(name) else { return Err(outside()) };
        inside = members;
    }
    Ok((inside, last))
}
