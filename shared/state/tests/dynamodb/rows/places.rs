//! What is where.

use state::dynamodb::Row;

use super::table::Item;

/// Of which kind an item is, by its keys.
pub(super) fn kind(item: &Item) -> Row {
    let [pk, sk] = ["pk", "sk"].map(|name| item[name].as_str().expect("a key").split('#').collect::<Vec<_>>());
    match (&pk[..], &sk[..]) {
        (["SIGN_UP", _], ["SIGN_UP"]) => Row::SignUp,
        (["SIGN_UP", _], ["AUDIT", ..]) => Row::AuditEntry,
        (["SIGN_UP", _], ["XERO_USER", _]) => Row::XeroUserOfSignUp,
        (["SESSION" | "ADMINISTRATOR_SESSION", _], ["SESSION"]) => Row::Session,
        // Up to version 4 without the first word.
        (
            ["SESSIONS", "SIGN_UP" | "XERO_USER" | "PORTAL", _] | ["SIGN_UP" | "XERO_USER" | "PORTAL", _],
            ["SESSION", _],
        ) => Row::SessionOfOwner,
        (["CONSENT", _], ["CONSENT"]) => Row::Consent,
        (["GO1_LOGIN", _], ["GO1_LOGIN"]) => Row::Go1LoginAttempt,
        (["XERO_USER", _], ["GRANT"]) => Row::XeroTokens,
        (["XERO_USER", _], ["LOGIN", _]) => Row::SignUpOfXeroUser,
        (["TENANT", _], ["TENANT"]) => Row::Organisation,
        (["TENANT", _], ["PLAN", _, "CHUNK", _]) => Row::PlanChunk,
        (["TENANT", _], ["PLAN", _, "HEAD"]) => Row::PlanHead,
        (["PORTAL", _], ["PORTAL"]) => Row::Portal,
        (["PORTAL", _], ["GRANT"]) => Row::Go1Tokens,
        (["PORTAL", _], ["MEMBER", _]) => Row::Member,
        (["PORTAL", _], ["IMPORT", _]) => Row::Import,
        (["PORTAL", _, "IMPORT", _], ["PERSON", _]) => Row::Person,
        (["PORTAL", _, "IMPORT", _], ["BATCH", _]) => Row::Batch,
        (["ACTIVE"], ["PORTAL", _, "IMPORT", _]) => Row::ActiveImport,
        (["SWEEP"], ["CURSOR"]) => Row::SweepCursor,
        (["CONNECTIONS"], ["CONNECTION", _]) => Row::CountedConnection,
        (["ERASING"], ["PORTAL", _]) => Row::Erasure,
        (["RECEIPT", _], ["RECEIPT"]) => Row::Receipt,
        (["COUNTER", _], ["COUNTER"]) => Row::Counter,
        (["DAY", _], ["KEY"]) => Row::DayKey,
        _ => panic!("no kind of row is at {pk:?}, {sk:?}"),
    }
}
