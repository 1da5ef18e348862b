//! Enrollments: one course assigned to one account (REST reference 2025-01-01, <https://www.go1.com/developers>).

use std::collections::HashSet;

use domain::ids::{EnrollmentId, LearningObjectId, UserAccountId};
use http::{Method, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;
use transport::answer::Rows;

use crate::client::{Go1Client, document};
use crate::error::{ChangeError, Common, Doubt, EnrollError, ErrorCode, Failure, Go1Error};
use crate::loose;

/// A course that is assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The enrollment's id; `None` where GO1 says that it was assigned before and does not tell the id.
    pub id: Option<EnrollmentId>,
    /// Whether it was assigned before this call.
    pub already: bool,
}

/// An enrollment that an account has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrollment {
    /// GO1's id of the enrollment.
    pub id: EnrollmentId,
    /// Whose it is, where GO1 says.
    pub account: Option<UserAccountId>,
    /// The learning object that the account is enrolled in.
    pub course: LearningObjectId,
    /// Whether somebody assigned it; otherwise the person enrolled themselves.
    pub assigned: bool,
    /// When it was made, where GO1 says.
    pub created_time: Option<Timestamp>,
    /// Whether the learner has begun or finished it: whether its status is anything but `not-started`, also where GO1
    /// says none.
    pub begun: bool,
}

#[derive(Deserialize)]
struct EnrollmentBody {
    #[serde(deserialize_with = "loose::id")]
    id: String,
}

#[derive(Deserialize)]
struct ListedBody {
    #[serde(deserialize_with = "loose::id")]
    id: String,
    #[serde(deserialize_with = "loose::id")]
    lo_id: String,
    #[serde(default, deserialize_with = "loose::text")]
    enrollment_type: Option<String>,
    #[serde(default, deserialize_with = "loose::time")]
    created_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "loose::text")]
    user_account_id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    status: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default, deserialize_with = "loose::size")]
    total: Option<usize>,
    hits: Rows<ListedBody>,
}

/// GO1's most for a page of enrollments.
const PAGE_SIZE: usize = 50;

/// GO1 lists no more enrollments than this, whatever is asked for.
const MOST_ROWS: usize = 10_000;

/// The names of the calls in errors and in the log.
const LIST: &str = "enrollments";
const READ: &str = "enrollment";

/// The status of an enrollment that the learner has not opened.
const NOT_STARTED: &str = "not-started";

/// Every other status of the reference.
const BEGUN: [&str; 2] = ["in-progress", "completed"];

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
            "status": NOT_STARTED,
        });
        match self.send_once("enroll", self.post(token, &["enrollments"], &body).build()).await {
            Ok(answer) => match document::<EnrollmentBody>(answer.body()) {
                Ok(enrollment) => Ok(Enrolled { id: Some(EnrollmentId::new(enrollment.id)), already: false }),
                Err(_) => Err(EnrollError::OutcomeUnknown(Doubt::Unreadable)),
            },
            Err(failure) => enrolled_or_refused(failure),
        }
    }

    /// What an account has of these courses, all pages of it. A list is whole or an error. What GO1 lists is compared
    /// with the courses once more: a list that ignores its question must not let other courses be removed.
    pub async fn enrollments(
        &self,
        token: &SecretString,
        account: &UserAccountId,
        courses: &[LearningObjectId],
    ) -> Result<Vec<Enrollment>, Go1Error> {
        self.listed_enrollments(token, courses, ("user_account_id", account.as_str())).await
    }

    /// What learners of the portal have begun or finished of these courses, all pages of it. What GO1 lists is compared
    /// with the question once more, as in [`Self::enrollments`]; the list may be some seconds behind.
    pub async fn begun_enrollments(
        &self,
        token: &SecretString,
        courses: &[LearningObjectId],
    ) -> Result<Vec<Enrollment>, Go1Error> {
        let mut begun = Vec::new();
        for status in BEGUN {
            begun.extend(self.listed_enrollments(token, courses, ("status", status)).await?);
        }
        begun.retain(|enrollment| enrollment.begun);
        Ok(begun)
    }

    /// Whether anybody of the portal but this account has one of these courses. One page shows it, because an account has
    /// each of them once; rows that do not say whose they are show nothing.
    pub async fn others_hold(
        &self,
        token: &SecretString,
        account: &UserAccountId,
        courses: &[LearningObjectId],
    ) -> Result<bool, Go1Error> {
        let wanted: Vec<&str> = courses.iter().map(LearningObjectId::as_str).collect();
        let request = self.api(Method::GET, token, &["enrollments"]);
        let request = request.query("lo_ids", &wanted.join(",")).query("limit", &PAGE_SIZE.to_string());
        let page: Page = self.read(LIST, request).await?;
        let is_anothers = |hit: &ListedBody| hit.user_account_id.as_deref().is_some_and(|of| of != account.as_str());
        let mut hits = page.hits.read_or_log(LIST).into_iter();
        Ok(hits.any(|hit| wanted.contains(&hit.lo_id.as_str()) && is_anothers(&hit)))
    }

    /// One enrollment as it is now, by its own id; `None` where there is none.
    pub async fn enrollment(&self, token: &SecretString, id: &EnrollmentId) -> Result<Option<Enrollment>, Go1Error> {
        let request = self.api(Method::GET, token, &["enrollments", id.as_str()]);
        let read: Result<ListedBody, Go1Error> = self.read(READ, request).await;
        match read {
            Ok(body) => Ok(Some(body.into())),
            Err(Go1Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn listed_enrollments(
        &self,
        token: &SecretString,
        courses: &[LearningObjectId],
        (name, value): (&str, &str),
    ) -> Result<Vec<Enrollment>, Go1Error> {
        let wanted: Vec<&str> = courses.iter().map(LearningObjectId::as_str).collect();
        let (mut found, mut seen, mut unread, mut offset) = (Vec::new(), HashSet::new(), 0, 0);
        loop {
            let request = self
                .api(Method::GET, token, &["enrollments"])
                .query(name, value)
                .query("lo_ids", &wanted.join(","))
                .query("limit", &PAGE_SIZE.to_string())
                .query("offset", &offset.to_string());
            let page: Page = self.read(LIST, request).await?;
            let (rows, known) = (page.hits.count(), seen.len() + unread);
            // A row without an id is nothing that could be removed; the pages still have to come to their total.
            unread += page.hits.unread;
            for hit in page.hits.read_or_log(LIST) {
                if seen.insert(hit.id.clone()) && wanted.contains(&hit.lo_id.as_str()) {
                    found.push(hit.into());
                }
            }
            offset += rows;
            let is_short = page.total.is_some_and(|total| offset >= total && seen.len() + unread < total);
            if !is_short && page.total.map_or(rows < PAGE_SIZE, |total| offset >= total) {
                return Ok(found);
            }
            if is_short || seen.len() + unread == known {
                return Err(Go1Error::Loop { call: LIST });
            }
            if offset >= MOST_ROWS {
                return Err(Go1Error::TooManyRows { total: page.total, call: LIST });
            }
        }
    }

    /// Removes an enrollment, and says whether it was there. One that is not is a success, so asking again is safe.
    pub async fn remove_enrollment(&self, token: &SecretString, id: &EnrollmentId) -> Result<bool, ChangeError> {
        let request = self.api(Method::DELETE, token, &["enrollments", id.as_str()]);
        match self.send_once("remove enrollment", request.build()).await.map_err(ChangeError::from) {
            Err(ChangeError::Refused(refusal)) if refusal.status == StatusCode::NOT_FOUND => Ok(false),
            answer => answer.map(|_| true),
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
        let answer = self.send_once(call, request.build()).await.map_err(|failure| failure.read(call))?;
        match document::<OneTimeToken>(answer.body()) {
            Ok(body) => Ok(body.one_time_token),
            Err(error) => Err(Go1Error::unreadable(call, &error)),
        }
    }
}

impl From<ListedBody> for Enrollment {
    fn from(body: ListedBody) -> Self {
        Self {
            id: EnrollmentId::new(body.id),
            course: LearningObjectId::new(body.lo_id),
            // Where GO1 does not say, it is as good as assigned: this reads what we assigned.
            assigned: body.enrollment_type.is_none_or(|kind| kind == "assigned"),
            created_time: body.created_time,
            account: body.user_account_id.map(UserAccountId::new),
            begun: body.status.as_deref() != Some(NOT_STARTED),
        }
    }
}

fn enrolled_or_refused(failure: Failure) -> Result<Enrolled, EnrollError> {
    Err(match Common::from(failure) {
        Common::OutcomeUnknown(doubt) => EnrollError::OutcomeUnknown(doubt),
        Common::RateLimited(retry_after) => EnrollError::RateLimited { retry_after },
        Common::Unauthorized => EnrollError::Unauthorized,
        Common::MissingScope => EnrollError::MissingScope,
        Common::Unavailable => EnrollError::Unavailable,
        // Assigned already, also where GO1 does not say so by its code.
        Common::Refused { refusal, reference, .. }
            if refusal.status == StatusCode::CONFLICT
                && matches!(refusal.code, None | Some(ErrorCode::EnrollmentExists)) =>
        {
            let id = reference.filter(|id| !id.is_empty()).map(EnrollmentId::new);
            return Ok(Enrolled { id, already: true });
        }
        Common::Refused { refusal, .. } => EnrollError::Refused(refusal),
    })
}
