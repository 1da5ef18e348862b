//! Enrollments: one course assigned to one account (REST reference 2025-01-01, <https://www.go1.com/developers>).

use domain::ids::{EnrollmentId, LearningObjectId, UserAccountId};
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use crate::client::Go1Client;
use crate::error::{Common, Doubt, EnrollError, ErrorCode, Failure, Go1Error};
use crate::loose;

/// A course that is assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// As what; `None` where GO1 says that it was assigned before and not as what.
    pub id: Option<EnrollmentId>,
    /// Whether it was before.
    pub already: bool,
}

#[derive(Deserialize)]
struct EnrollmentBody {
    #[serde(deserialize_with = "loose::id")]
    id: String,
}

#[derive(Deserialize)]
struct OneTimeToken {
    one_time_token: SecretString,
}

impl Go1Client {
    /// Assigns a course to an account. One that is assigned already is a success, so asking again is safe. GO1's
    /// parameter to enrol anew is never sent: it archives what the person has achieved.
    pub async fn enroll(
        &self,
        token: &SecretString,
        account: &UserAccountId,
        course: &LearningObjectId,
    ) -> Result<Enrolled, EnrollError> {
        let body = json!({
            "user_account_id": account.as_str(),
            "lo_id": course.as_str(),
            "enrollment_type": "assigned",
            "status": "not-started",
        });
        match self.send_once(self.post(token, &["enrollments"], &body).build()).await {
            Ok(answer) => match serde_json::from_slice::<EnrollmentBody>(answer.body()) {
                Ok(enrollment) => Ok(Enrolled { id: Some(EnrollmentId::new(enrollment.id)), already: false }),
                Err(_) => Err(EnrollError::OutcomeUnknown(Doubt::Unreadable)),
            },
            Err(failure) => enrolled_or_refused(failure),
        }
    }

    /// A token that logs the account's owner in, once: `https://{portal}/?oneTimeToken=...`. Needs the restricted scope
    /// `user.login`; without it [`Go1Error::Refused`]. Sent once.
    pub async fn one_time_login(
        &self,
        token: &SecretString,
        account: &UserAccountId,
    ) -> Result<SecretString, Go1Error> {
        let call = "one-time login";
        let request = self.api(Method::POST, token, &["user-accounts", account.as_str(), "login"]);
        let answer = self.send_once(request.build()).await.map_err(|failure| failure.read(call))?;
        match serde_json::from_slice::<OneTimeToken>(answer.body()) {
            Ok(body) => Ok(body.one_time_token),
            Err(error) => Err(Go1Error::unreadable(call, &error)),
        }
    }
}

fn enrolled_or_refused(failure: Failure) -> Result<Enrolled, EnrollError> {
    Err(match Common::from(failure) {
        Common::OutcomeUnknown(doubt) => EnrollError::OutcomeUnknown(doubt),
        Common::RateLimited(retry_after) => EnrollError::RateLimited { retry_after },
        Common::Unauthorized => EnrollError::Unauthorized,
        Common::Unavailable => EnrollError::Unavailable,
        // Assigned already, also where the answer is cut short and its code with it.
        Common::Refused { refusal, reference }
            if refusal.status == StatusCode::CONFLICT
                && matches!(refusal.code, None | Some(ErrorCode::EnrollmentExists)) =>
        {
            let id = reference.filter(|id| !id.is_empty()).map(EnrollmentId::new);
            return Ok(Enrolled { id, already: true });
        }
        Common::Refused { refusal, .. } => EnrollError::Refused(refusal),
    })
}
