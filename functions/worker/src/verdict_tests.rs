//! Every answer that GO1 can give to a call, and what it means for the person.

use domain::import::FailureReason;
use go1::{
    CallError as _, ChangeError, CreateAccountError, Doubt, EnrollError, ErrorCode, Go1Error, Refusal, RetryAfter,
};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use transport::TransportError;

use super::{Judged as _, Verdict};

const WAIT: Option<RetryAfter> = Some(RetryAfter::In(SignedDuration::from_secs(7)));

fn retry(seconds: Option<i64>) -> Verdict {
    Verdict::Retry { after: seconds.map(SignedDuration::from_secs) }
}

fn limited(seconds: i64) -> Verdict {
    Verdict::Limited(SignedDuration::from_secs(seconds))
}

fn refusal(status: StatusCode) -> Refusal {
    Refusal { status, code: Some(ErrorCode::Other("x".to_owned())), fields: Vec::new() }
}

#[test]
fn an_account_that_was_not_created() {
    let failed = Doubt::Failed { status: StatusCode::SERVICE_UNAVAILABLE, retry_after: WAIT };
    for (error, expected) in [
        (CreateAccountError::OutcomeUnknown(failed), retry(Some(7))),
        (CreateAccountError::OutcomeUnknown(Doubt::NoAnswer(TransportError::Cut)), retry(None)),
        (CreateAccountError::RateLimited { retry_after: WAIT }, limited(7)),
        (CreateAccountError::Unavailable, retry(None)),
        (CreateAccountError::MaybeExists(refusal(StatusCode::CONFLICT)), Verdict::Fail(FailureReason::AccountRefused)),
        (CreateAccountError::Refused(refusal(StatusCode::NOT_FOUND)), Verdict::Fail(FailureReason::AccountRefused)),
        (CreateAccountError::PortalFull, Verdict::Fail(FailureReason::PortalFull)),
        (CreateAccountError::Unauthorized, Verdict::Fail(FailureReason::AccessLost)),
        (CreateAccountError::MissingScope, Verdict::OwnFault),
    ] {
        assert_eq!(error.verdict(Timestamp::UNIX_EPOCH), expected, "{error:?}");
        assert_eq!(error.is_unauthorized(), error == CreateAccountError::Unauthorized);
    }
}

#[test]
fn a_course_that_was_not_assigned() {
    for (error, expected) in [
        (EnrollError::OutcomeUnknown(Doubt::Unreadable), retry(None)),
        (EnrollError::RateLimited { retry_after: None }, limited(5)),
        (EnrollError::Unavailable, retry(None)),
        (EnrollError::Refused(refusal(StatusCode::FORBIDDEN)), Verdict::Fail(FailureReason::EnrollmentRefused)),
        (EnrollError::Unauthorized, Verdict::Fail(FailureReason::AccessLost)),
        (EnrollError::MissingScope, Verdict::OwnFault),
    ] {
        assert_eq!(error.verdict(Timestamp::UNIX_EPOCH), expected, "{error:?}");
        assert_eq!(error.is_unauthorized(), error == EnrollError::Unauthorized);
    }
}

#[test]
fn what_was_not_changed() {
    let failed = Doubt::Failed { status: StatusCode::BAD_GATEWAY, retry_after: WAIT };
    for (error, expected) in [
        (ChangeError::OutcomeUnknown(failed), retry(Some(7))),
        (ChangeError::OutcomeUnknown(Doubt::NoAnswer(TransportError::Timeout)), retry(None)),
        (ChangeError::RateLimited { retry_after: WAIT }, limited(7)),
        (ChangeError::Unavailable, retry(None)),
        (ChangeError::Refused(refusal(StatusCode::FORBIDDEN)), Verdict::Fail(FailureReason::ChangeRefused)),
        (ChangeError::Unauthorized, Verdict::Fail(FailureReason::AccessLost)),
        (ChangeError::MissingScope, Verdict::OwnFault),
    ] {
        assert_eq!(error.verdict(Timestamp::UNIX_EPOCH), expected, "{error:?}");
        assert_eq!(error.is_unauthorized(), error == ChangeError::Unauthorized);
    }
}

#[test]
fn a_look_up_that_failed() {
    let call = "find user account";
    let until = RetryAfter::At(Timestamp::UNIX_EPOCH + SignedDuration::from_secs(90));
    let status = StatusCode::BAD_GATEWAY;
    for (error, expected) in [
        (Go1Error::RateLimited { retry_after: Some(until), call }, limited(90)),
        (Go1Error::Unavailable { status, retry_after: None, call }, retry(None)),
        (Go1Error::Transport { error: TransportError::Timeout, call }, retry(None)),
        (Go1Error::Unreadable { what: String::new(), call }, retry(None)),
        (Go1Error::Loop { call }, retry(None)),
        (Go1Error::TooManyRows { total: None, call }, Verdict::Fail(FailureReason::Internal)),
        (Go1Error::Unauthorized { call }, Verdict::Fail(FailureReason::AccessLost)),
        (Go1Error::MissingScope { call }, Verdict::OwnFault),
        (Go1Error::NotFound { call }, Verdict::Fail(FailureReason::AccountRefused)),
        (
            Go1Error::Refused { refusal: refusal(StatusCode::BAD_REQUEST), call },
            Verdict::Fail(FailureReason::AccountRefused),
        ),
    ] {
        assert_eq!(error.verdict(Timestamp::UNIX_EPOCH), expected, "{error:?}");
        assert_eq!(error.is_unauthorized(), matches!(error, Go1Error::Unauthorized { .. }));
    }
}

#[test]
fn errors_are_small_enough_to_return_by_value() {
    assert!(size_of::<Go1Error>() <= 128 && size_of::<CreateAccountError>() <= 128);
}
