//! How large an item is, and how many units its reading or writing takes. (Developer Guide, "DynamoDB item sizes and
//! formats" and "DynamoDB read and write operations".)

use crate::value::{Item, Value};

/// What an item may have, its names included. (Developer Guide, "Item size": 400 KB.)
pub(crate) const LARGEST_ITEM: usize = 400 * 1_024;

/// An attribute's name and value.
pub(crate) fn item_size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::S(text) => text.len(),
        // One byte for each two significant digits, and one more; a sign takes one as well.
        Value::N(number) => {
            let digits = number.unsigned_abs().to_string();
            digits.trim_end_matches('0').len().max(1).div_ceil(2) + 1 + usize::from(*number < 0)
        }
        Value::Bool(_) | Value::Null => 1,
        Value::L(values) => 3 + values.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        Value::M(members) => 3 + members.iter().map(|(name, value)| 1 + name.len() + value_size(value)).sum::<usize>(),
    }
}

/// One for each KB begun, and one at least.
pub(crate) fn write_units(size: usize) -> u64 {
    units(size, 1_024)
}

/// In halves of a unit: two for each 4 KB begun, and one where the read is eventually consistent.
pub(crate) fn read_half_units(size: usize, consistent: bool) -> u64 {
    units(size, 4_096) * if consistent { 2 } else { 1 }
}

fn units(size: usize, bytes: usize) -> u64 {
    u64::try_from(size.div_ceil(bytes).max(1)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_guide() {
        for (value, size) in [
            (Value::S("Zoë".to_owned()), 4),
            (Value::N(0), 2),
            (Value::N(12_345), 4),
            (Value::N(-12_300), 4),
            (Value::Bool(false), 1),
            (Value::Null, 1),
            (Value::L(vec![]), 3),
            (Value::L(vec![Value::Null, Value::S("ab".to_owned())]), 3 + 2 + 3),
            (Value::M(Item::from([("name".to_owned(), Value::Null)])), 3 + 1 + 4 + 1),
        ] {
            assert_eq!(value_size(&value), size, "{value:?}");
        }
        assert_eq!(item_size(&Item::from([("pk".to_owned(), Value::S("1".to_owned()))])), 3);
    }

    #[test]
    fn units_are_rounded_up() {
        assert_eq!([0, 1, 1_024, 1_025].map(write_units), [1, 1, 1, 2]);
        assert_eq!([0, 4_096, 4_097].map(|size| read_half_units(size, true)), [2, 2, 4]);
        assert_eq!([0, 4_096, 4_097].map(|size| read_half_units(size, false)), [1, 1, 2]);
    }
}
