//! From text to expressions, by recursive descent: `NOT` binds closer than `AND`, and that closer than `OR`.

use std::collections::{BTreeMap, BTreeSet};

use crate::errors::{Error, invalid};
use crate::expression::condition::{Comparator, Condition, Operand, Path};
use crate::expression::tokens::{Token, tokens};
use crate::expression::update::{Sign, Sum, Term, Update};
use crate::keys::{KeyNames, SortKeys};
use crate::value::Value;

/// What `#name` and `:value` stand for.
#[derive(Debug, Default)]
pub(crate) struct Placeholders {
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) values: BTreeMap<String, Value>,
    used: BTreeSet<String>,
}

impl Placeholders {
    fn name(&mut self, placeholder: &str) -> Result<String, Error> {
        self.used.insert(placeholder.to_owned());
        let name = self.names.get(placeholder).cloned();
        name.ok_or_else(|| {
            invalid(format!("An expression attribute name used in the document path is not defined: {placeholder}"))
        })
    }

    fn value(&mut self, placeholder: &str) -> Result<Value, Error> {
        self.used.insert(placeholder.to_owned());
        let value = self.values.get(placeholder).cloned();
        value.ok_or_else(|| {
            invalid(format!("An expression attribute value used in expression is not defined: {placeholder}"))
        })
    }

    /// That every name and every value stood in an expression.
    pub(crate) fn end(self) -> Result<(), Error> {
        let unused = self.names.keys().chain(self.values.keys()).find(|placeholder| !self.used.contains(*placeholder));
        match unused {
            None => Ok(()),
            Some(placeholder) => Err(invalid(format!(
                "Value provided in ExpressionAttributeNames or ExpressionAttributeValues unused in expressions: {placeholder}"
            ))),
        }
    }
}

pub(crate) fn parse_condition(text: &str, placeholders: &mut Placeholders) -> Result<Condition, Error> {
    let mut parser = Parser::new(text, placeholders)?;
    let condition = parser.any_of()?;
    parser.end()?;
    Ok(condition)
}

pub(crate) fn parse_update(text: &str, placeholders: &mut Placeholders) -> Result<Update, Error> {
    let mut parser = Parser::new(text, placeholders)?;
    let mut update = Update::default();
    let mut clauses = BTreeSet::new();
    while let Some(token) = parser.next() {
        let Token::Word(clause) = token else { return Err(unexpected(&token)) };
        let clause = clause.to_ascii_uppercase();
        match clause.as_str() {
            "SET" => {
                update.sets = parser.list(|parser| {
                    let path = parser.path()?;
                    parser.expect("=")?;
                    Ok((path, parser.sum()?))
                })?;
            }
            "REMOVE" => update.removes = parser.list(Parser::path)?,
            _ => return Err(invalid(format!("Invalid UpdateExpression: {clause} is none that this table knows"))),
        }
        if !clauses.insert(clause) {
            return Err(invalid("Invalid UpdateExpression: a clause stands there twice"));
        }
    }
    update.check_paths()?;
    Ok(update)
}

pub(crate) fn parse_projection(text: &str, placeholders: &mut Placeholders) -> Result<Vec<String>, Error> {
    let mut parser = Parser::new(text, placeholders)?;
    let paths = parser.list(Parser::path)?;
    parser.end()?;
    let whole = |mut path: Path| path.0.pop().filter(|_| path.0.is_empty());
    paths
        .into_iter()
        .map(|path| whole(path).ok_or_else(|| invalid("a part of an attribute is not projected here")))
        .collect()
}

/// A partition, and which of its items are meant.
pub(crate) fn key_condition(
    text: &str,
    placeholders: &mut Placeholders,
    names: &KeyNames,
) -> Result<(String, SortKeys), Error> {
    let is = |path: &Path, name: &str| path.0 == [name];
    let (partition, sort) = match parse_condition(text, placeholders)? {
        Condition::And(partition, sort) => (*partition, Some(*sort)),
        partition => (partition, None),
    };
    let partition = match partition {
        Condition::Compare(Operand::Path(path), Comparator::Equal, Operand::Value(Value::S(text)))
            if is(&path, &names.partition) =>
        {
            Some(text)
        }
        _ => None,
    };
    let sort = match sort {
        None => Some(SortKeys::BeginWith(String::new())),
        Some(Condition::BeginsWith(path, Operand::Value(Value::S(prefix)))) if is(&path, &names.sort) => {
            Some(SortKeys::BeginWith(prefix))
        }
        Some(Condition::Between(
            Operand::Path(path),
            Operand::Value(Value::S(least)),
            Operand::Value(Value::S(most)),
        )) if is(&path, &names.sort) => Some(SortKeys::Between(least, most)),
        Some(_) => None,
    };
    let unknown = || invalid("KeyConditionExpression has a form that this table does not know");
    partition.zip(sort).ok_or_else(unknown)
}

fn unexpected(token: &Token) -> Error {
    invalid(format!("Invalid expression: Syntax error at {token:?}"))
}

struct Parser<'a> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    placeholders: &'a mut Placeholders,
}

impl<'a> Parser<'a> {
    fn new(text: &str, placeholders: &'a mut Placeholders) -> Result<Self, Error> {
        Ok(Self { tokens: tokens(text)?.into_iter().peekable(), placeholders })
    }

    fn next(&mut self) -> Option<Token> {
        self.tokens.next()
    }

    fn some(&mut self) -> Result<Token, Error> {
        self.next().ok_or_else(|| invalid("Invalid expression: Syntax error at its end"))
    }

    fn end(&mut self) -> Result<(), Error> {
        match self.next() {
            None => Ok(()),
            Some(token) => Err(unexpected(&token)),
        }
    }

    fn takes(&mut self, sign: &'static str) -> bool {
        self.tokens.next_if_eq(&Token::Sign(sign)).is_some()
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_it = |token: &Token| matches!(token, Token::Word(other) if other.eq_ignore_ascii_case(word));
        self.tokens.next_if(is_it).is_some()
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Error> {
        let token = self.some()?;
        if token == Token::Sign(sign) { Ok(()) } else { Err(unexpected(&token)) }
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        let mut list = vec![one(self)?];
        while self.takes(",") {
            list.push(one(self)?);
        }
        Ok(list)
    }

    fn any_of(&mut self) -> Result<Condition, Error> {
        let mut condition = self.all_of()?;
        while self.takes_word("OR") {
            condition = Condition::Or(Box::new(condition), Box::new(self.all_of()?));
        }
        Ok(condition)
    }

    fn all_of(&mut self) -> Result<Condition, Error> {
        let mut condition = self.one()?;
        while self.takes_word("AND") {
            condition = Condition::And(Box::new(condition), Box::new(self.one()?));
        }
        Ok(condition)
    }

    fn one(&mut self) -> Result<Condition, Error> {
        if self.takes_word("NOT") {
            return Ok(Condition::Not(Box::new(self.one()?)));
        }
        if self.takes("(") {
            let condition = self.any_of()?;
            self.expect(")")?;
            return Ok(condition);
        }
        if let Some(Token::Word(function)) = self.tokens.next_if(|token| matches!(token, Token::Word(_))) {
            return self.function(&function);
        }
        self.comparison()
    }

    /// Functions' names are written small, as DynamoDB wants them.
    fn function(&mut self, name: &str) -> Result<Condition, Error> {
        self.expect("(")?;
        let path = self.path()?;
        let condition = match name {
            "attribute_exists" => Condition::Exists(path),
            "attribute_not_exists" => Condition::NotExists(path),
            "begins_with" => {
                self.expect(",")?;
                Condition::BeginsWith(path, self.operand()?)
            }
            _ => return Err(invalid(format!("Invalid expression: function {name} is none that this table knows"))),
        };
        self.expect(")")?;
        Ok(condition)
    }

    fn comparison(&mut self) -> Result<Condition, Error> {
        let one = self.operand()?;
        if self.takes_word("IN") {
            self.expect("(")?;
            let others = self.list(Self::operand)?;
            self.expect(")")?;
            return Ok(Condition::In(one, others));
        }
        if self.takes_word("BETWEEN") {
            let least = self.operand()?;
            if !self.takes_word("AND") {
                return Err(invalid("Invalid expression: BETWEEN has no AND"));
            }
            return Ok(Condition::Between(one, least, self.operand()?));
        }
        let token = self.some()?;
        let comparator = match token {
            Token::Sign("=") => Comparator::Equal,
            Token::Sign("<>") => Comparator::NotEqual,
            Token::Sign("<") => Comparator::Less,
            Token::Sign("<=") => Comparator::AtMost,
            Token::Sign(">") => Comparator::Greater,
            Token::Sign(">=") => Comparator::AtLeast,
            _ => return Err(unexpected(&token)),
        };
        Ok(Condition::Compare(one, comparator, self.operand()?))
    }

    fn operand(&mut self) -> Result<Operand, Error> {
        if let Some(Token::Value(placeholder)) = self.tokens.next_if(|token| matches!(token, Token::Value(_))) {
            return Ok(Operand::Value(self.placeholders.value(&placeholder)?));
        }
        Ok(Operand::Path(self.path()?))
    }

    fn path(&mut self) -> Result<Path, Error> {
        let mut names = Vec::new();
        loop {
            let token = self.some()?;
            let Token::Name(placeholder) = token else { return Err(unexpected(&token)) };
            names.push(self.placeholders.name(&placeholder)?);
            if !self.takes(".") {
                return Ok(Path(names));
            }
        }
    }

    fn sum(&mut self) -> Result<Sum, Error> {
        let first = self.term()?;
        let sign = if self.takes("+") {
            Some(Sign::Plus)
        } else if self.takes("-") {
            Some(Sign::Minus)
        } else {
            None
        };
        let second = sign.map(|sign| self.term().map(|term| (sign, term))).transpose()?;
        Ok(Sum { first, second })
    }

    fn term(&mut self) -> Result<Term, Error> {
        if !self.takes_word("if_not_exists") {
            return Ok(Term::Operand(self.operand()?));
        }
        self.expect("(")?;
        let path = self.path()?;
        self.expect(",")?;
        let otherwise = self.operand()?;
        self.expect(")")?;
        Ok(Term::IfNotExists(path, otherwise))
    }
}
