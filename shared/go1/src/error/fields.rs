//! Which fields GO1 refuses. A path or a message may quote what was sent, so only names that are known here are told.

use std::fmt;

use super::code::{ErrorCode, Problem};

/// The fields that GO1 documents of what we send: people, portals and courses that are assigned.
const KNOWN: [&str; 24] = [
    "given_name",
    "family_name",
    "first_name",
    "last_name",
    "username",
    "email",
    "roles",
    "locale",
    "password",
    "portal_id",
    "name",
    "domain",
    "country",
    "industry",
    "timezone",
    "external_customer_id",
    "user_account_id",
    "lo_id",
    "enrollment_type",
    "assigner_account_id",
    "assign_date",
    "due_date",
    "status",
    "user_account",
];

/// How many fields of one refusal are told.
const MOST: usize = 10;

/// A field that GO1 refuses, and its code for why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedField {
    name: Option<&'static str>,
    code: Option<ErrorCode>,
}

impl RefusedField {
    /// Those that a refusal names, each once, and no more than a line has room for.
    pub(super) fn all_of(problem: &Problem) -> Vec<Self> {
        let mut told = Vec::new();
        for one in problem.paths().map(|(path, code)| Self::of(path, code)) {
            if told.len() < MOST && !told.contains(&one) {
                told.push(one);
            }
        }
        told
    }

    /// The field that this path names: `email`, `/user/email`, `roles[0]`.
    fn of(path: &str, code: Option<ErrorCode>) -> Self {
        let is_name = |part: &str| KNOWN.into_iter().find(|known| *known == part);
        Self { name: path.rsplit(['.', '/', '[', ']']).find_map(is_name), code }
    }
}

impl fmt::Display for RefusedField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name.unwrap_or("another field"))?;
        self.code.as_ref().map_or(Ok(()), |code| write!(formatter, " ({code})"))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Response;
    use serde_json::{Value, json};

    use super::super::Failure;

    /// What the log has of a refusal with this body.
    fn told(body: &Value) -> String {
        let answer = Response::builder().status(400).body(Bytes::from(body.to_string())).expect("an answer");
        match Failure::of(&answer) {
            Failure::Refused { refusal, .. } => refusal.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_tells_which_fields_it_names_and_their_codes() {
        let body = json!({ "message": "Invalid request", "error_code": "invalid_request", "additional_errors": [
            { "path": "email", "message": "is not valid", "error_code": "invalid_format" },
            { "path": "/user/given_name", "message": "is too long" },
            { "path": "roles[0]", "message": "is not a role" },
            { "path": "email", "message": "is not valid", "error_code": "invalid_format" },
        ] });
        let words = "400 Bad Request (invalid_request); it names email (invalid_format), given_name, roles";
        assert_eq!(told(&body), words);
        assert_eq!(told(&json!({ "message": "no" })), "400 Bad Request");
    }

    #[test]
    fn nothing_of_what_was_sent_comes_through() {
        let (given, email) = ("Ngozi Adaeze", "ngozi.okonkwo@example.com");
        let body = json!({ "message": format!("{given} is no name"), "error_code": format!("{email} is taken"),
            "additional_errors": [
                { "path": email, "message": format!("{email} is not valid"), "error_code": email },
                { "path": format!("{given}.given_name"), "message": given, "error_code": given },
                { "path": given, "message": given },
            ] });
        assert_eq!(told(&body), "400 Bad Request; it names another field, given_name");
    }
}
