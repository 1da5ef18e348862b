//! An expression's words and signs.

use crate::errors::{Error, invalid};

/// How long an expression may be, in bytes. (Developer Guide, "Quotas": 4 KB.)
const LONGEST: usize = 4_096;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A keyword or a function.
    Word(String),
    /// `#name`
    Name(String),
    /// `:value`
    Value(String),
    /// Anything else that stands for itself.
    Sign(&'static str),
}

const SIGNS: [&str; 12] = ["<>", "<=", ">=", "=", "<", ">", "(", ")", ",", ".", "+", "-"];

pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, Error> {
    if text.len() > LONGEST {
        return Err(invalid("Invalid expression: it is longer than 4096 bytes"));
    }
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let marked = rest.starts_with(['#', ':']);
            let from = usize::from(marked);
            let end = rest[from..].find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
            let end = end.map_or(rest.len(), |end| end + from);
            if end == from {
                return Err(invalid(format!("Invalid expression: Syntax error at {rest:?}")));
            }
            let word = rest[..end].to_owned();
            tokens.push(match word.as_bytes()[0] {
                b'#' => Token::Name(word),
                b':' => Token::Value(word),
                _ => Token::Word(word),
            });
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    if tokens.is_empty() {
        return Err(invalid("Invalid expression: The expression can not be empty"));
    }
    Ok(tokens)
}
