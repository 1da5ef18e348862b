//! Whatever condition is written down is read back, with as few brackets as the rules allow.

use proptest::prelude::*;

use crate::errors::Error;
use crate::expression::condition::{Comparator, Condition, Operand, Path};
use crate::expression::parser::{Placeholders, parse_condition, parse_update};
use crate::value::{Item, Value};

fn placeholders() -> Placeholders {
    let mut placeholders = Placeholders::default();
    for name in ["a", "b", "c"] {
        placeholders.names.insert(format!("#{name}"), name.to_owned());
    }
    for number in 0..4 {
        placeholders.values.insert(format!(":{number}"), Value::N(number));
    }
    placeholders
}

fn path() -> impl Strategy<Value = Path> {
    prop::collection::vec(prop_oneof!["a", "b", "c"], 1..3).prop_map(Path)
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![path().prop_map(Operand::Path), (0..4_i128).prop_map(|number| Operand::Value(Value::N(number)))]
}

fn comparator() -> impl Strategy<Value = Comparator> {
    use Comparator::{AtLeast, AtMost, Equal, Greater, Less, NotEqual};
    prop::sample::select(vec![Equal, NotEqual, Less, AtMost, Greater, AtLeast])
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        (operand(), comparator(), operand()).prop_map(|(one, sign, other)| Condition::Compare(one, sign, other)),
        (operand(), prop::collection::vec(operand(), 1..4)).prop_map(|(one, others)| Condition::In(one, others)),
        (operand(), operand(), operand()).prop_map(|(one, least, most)| Condition::Between(one, least, most)),
        path().prop_map(Condition::Exists),
        path().prop_map(Condition::NotExists),
        (path(), operand()).prop_map(|(path, prefix)| Condition::BeginsWith(path, prefix)),
    ];
    leaf.prop_recursive(5, 32, 2, |inner| {
        let both = (inner.clone(), inner.clone());
        prop_oneof![
            both.clone().prop_map(|(one, other)| Condition::And(Box::new(one), Box::new(other))),
            both.prop_map(|(one, other)| Condition::Or(Box::new(one), Box::new(other))),
            inner.prop_map(|one| Condition::Not(Box::new(one))),
        ]
    })
}

fn path_text(path: &Path) -> String {
    path.0.iter().map(|name| format!("#{name}")).collect::<Vec<_>>().join(".")
}

fn operand_text(operand: &Operand) -> String {
    match operand {
        Operand::Path(path) => path_text(path),
        Operand::Value(Value::N(number)) => format!(":{number}"),
        Operand::Value(other) => panic!("{other:?} is none of the test's"),
    }
}

/// How closely a form binds: the less closely inside the more closely needs brackets.
fn rank(condition: &Condition) -> u8 {
    match condition {
        Condition::Or(..) => 0,
        Condition::And(..) => 1,
        Condition::Not(_) => 2,
        _ => 3,
    }
}

fn text(condition: &Condition) -> String {
    let inside = |inner: &Condition, least: u8| {
        if rank(inner) < least { format!("({})", text(inner)) } else { text(inner) }
    };
    match condition {
        // The left one may be of the same rank, because they are read from the left.
        Condition::Or(one, other) => format!("{} OR {}", inside(one, 0), inside(other, 1)),
        Condition::And(one, other) => format!("{} AND {}", inside(one, 1), inside(other, 2)),
        Condition::Not(one) => format!("NOT {}", inside(one, 2)),
        Condition::Compare(one, comparator, other) => {
            let sign = match comparator {
                Comparator::Equal => "=",
                Comparator::NotEqual => "<>",
                Comparator::Less => "<",
                Comparator::AtMost => "<=",
                Comparator::Greater => ">",
                Comparator::AtLeast => ">=",
            };
            format!("{}{sign} {}", operand_text(one), operand_text(other))
        }
        Condition::In(one, others) => {
            let others: Vec<String> = others.iter().map(operand_text).collect();
            format!("{} IN ({})", operand_text(one), others.join(" , "))
        }
        Condition::Between(one, least, most) => {
            format!("{} BETWEEN {} AND {}", operand_text(one), operand_text(least), operand_text(most))
        }
        Condition::Exists(path) => format!("attribute_exists({})", path_text(path)),
        Condition::NotExists(path) => format!("attribute_not_exists ( {} )", path_text(path)),
        Condition::BeginsWith(path, prefix) => format!("begins_with({}, {})", path_text(path), operand_text(prefix)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_condition_is_read_as_it_was_written(condition in condition()) {
        let text = text(&condition);
        prop_assert_eq!(parse_condition(&text, &mut placeholders()), Ok(condition), "{}", text);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[#:]?[abc0-3ANDORTINSEM()=<>,. +_-]{0,40}") {
        let _ = parse_condition(&text, &mut placeholders());
        let _ = parse_update(&text, &mut placeholders());
    }
}

fn item(members: &[(&str, Value)]) -> Item {
    members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn holds(text: &str, on: &Item) -> bool {
    parse_condition(text, &mut placeholders()).expect("a condition").holds(on)
}

#[test]
fn what_is_missing_differs_from_everything_and_equals_nothing() {
    let on = item(&[("a", Value::N(1)), ("b", Value::S("1".to_owned())), ("c", Value::M(item(&[("a", Value::N(2))])))]);
    for (text, expected) in [
        ("#a = :1", true),
        ("#a <> :1", false),
        ("#b = :1", false),
        ("#b <> :1", true),
        ("#b < :2", false),
        ("NOT #b < :2", true),
        ("#c.#a = :2", true),
        ("#c.#b = #c.#b", false),
        ("#c.#b <> :0", true),
        ("#c.#b >= :0", false),
        ("attribute_exists(#c.#a)", true),
        ("attribute_not_exists(#a.#a)", true),
        ("#a IN (:0, :1)", true),
        ("#a IN (#c.#b, :2)", false),
        ("#a BETWEEN :1 AND :2", true),
        ("#a BETWEEN :0 AND :0 OR #a BETWEEN :0 AND :1 AND #a = :1", true),
        ("#a BETWEEN :2 AND :3", false),
        ("#b BETWEEN :0 AND :2", false),
        ("#a = :0 AND #a = :0 OR #a = :1", true),
        ("#a = :0 AND (#a = :0 OR #a = :1)", false),
        ("NOT #a = :0 AND #a = :0", false),
    ] {
        assert_eq!(holds(text, &on), expected, "{text}");
    }
}

fn updated(text: &str, on: &Item) -> Result<Item, Error> {
    parse_update(text, &mut placeholders())?.of(on)
}

#[test]
fn an_update_is_of_the_item_as_it_was() {
    let on = item(&[("a", Value::N(1)), ("b", Value::N(2))]);
    let swapped = updated("SET #a = #b, #b = #a REMOVE #c", &on).expect("an update");
    assert_eq!(swapped, item(&[("a", Value::N(2)), ("b", Value::N(1))]));
    let added = updated("set #c = if_not_exists(#c, :0) + :1, #a = #a - :3 remove #b", &on).expect("an update");
    assert_eq!(added, item(&[("a", Value::N(-2)), ("c", Value::N(1))]));
    let kept = updated("SET #a = if_not_exists(#a, :0)", &on).expect("an update");
    assert_eq!(kept, on);
}

#[test]
fn what_cannot_be_done_is_refused() {
    let on = item(&[("a", Value::N(1)), ("b", Value::S("text".to_owned()))]);
    for text in [
        "SET #a = #c",
        "SET #a = #b + :1",
        "SET #c.#a = :1",
        "REMOVE #c.#a",
        "SET #a = :1, #a = :2",
        "SET #a = :1 REMOVE #a.#b",
        "SET #a = :1 SET #b = :1",
        "SET #a = :9",
        "SET #z = :1",
        "SET a = :1",
        "SET #a :1",
        "SET #a = :1,",
        "ADD #a :1",
        "",
        "SET",
    ] {
        assert!(matches!(updated(text, &on), Err(Error::Validation(_))), "{text}");
    }
    for text in [
        "",
        "#a",
        "#a =",
        "#a = :1 AND",
        "(#a = :1",
        "#a = :1)",
        "#a BETWEEN :1",
        "#a BETWEEN :1 OR :2",
        "size(#a) = :1",
        "a = :1",
        "#a == :1",
    ] {
        assert!(matches!(parse_condition(text, &mut placeholders()), Err(Error::Validation(_))), "{text}");
    }
}

#[test]
fn what_stands_in_no_expression_is_refused() {
    let mut some = placeholders();
    parse_condition("#a = :1", &mut some).expect("a condition");
    assert!(some.end().is_err());
}
