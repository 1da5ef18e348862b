//! Why somebody of an import failed, and how that is stored.

use serde::{Deserialize, Serialize};

/// Why a person could not be imported, in kinds that a page has words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// GO1 refused the account's data.
    AccountRefused,
    /// GO1 has an account under the email that the plan did not show, and it is somebody else's by its name or by its
    /// member. It is not touched.
    AnothersAccount,
    /// GO1 has an account under the email that nobody can use. It is not touched.
    AccountInactive,
    /// The account that the plan meant to use is no longer in the portal. A new one was not shown, so none is made.
    AccountNotFound,
    /// GO1 refused to assign a course.
    EnrollmentRefused,
    /// GO1 refused to remove an enrollment, or to make the account inactive or active.
    ChangeRefused,
    /// The portal has as many users as GO1 allows it.
    PortalFull,
    /// We may no longer act for the portal; "Log in with GO1" is needed.
    AccessLost,
    /// GO1 failed too often.
    Unavailable,
    /// GO1 did not say whether it made the account. The place is kept until a later look finds out.
    Unresolved,
    /// The owner stopped the import before their turn came.
    Stopped,
    /// An error of ours.
    Internal,
}

/// The same as it is stored: a reason that is newer than the last release is one of that release's with an addition,
/// which that release does not see, so that it can take over again.
pub(super) mod stored {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::FailureReason;

    #[derive(Serialize, Deserialize)]
    struct Stored {
        reason: FailureReason,
        /// The reason itself, where the account was left as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left_alone: Option<FailureReason>,
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub(in super::super) fn serialize<S: Serializer>(reason: &FailureReason, to: S) -> Result<S::Ok, S::Error> {
        let known = match reason {
            FailureReason::AnothersAccount => FailureReason::AccountRefused,
            FailureReason::AccountInactive => FailureReason::ChangeRefused,
            known => *known,
        };
        Stored { reason: known, left_alone: Some(*reason).filter(|reason| *reason != known) }.serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<FailureReason, D::Error> {
        let Stored { reason, left_alone } = Stored::deserialize(from)?;
        Ok(left_alone.unwrap_or(reason))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::import::Outcome;

    /// The reasons as the last release reads them.
    const LAST_RELEASE: [&str; 10] = [
        "account_refused",
        "account_not_found",
        "enrollment_refused",
        "change_refused",
        "portal_full",
        "access_lost",
        "unavailable",
        "unresolved",
        "stopped",
        "internal",
    ];

    #[test]
    fn every_reason_is_read_as_it_was_written_and_by_the_last_release() {
        let known = LAST_RELEASE.map(|word| serde_json::from_value(json!(word)).expect("a reason"));
        for reason in known.into_iter().chain([FailureReason::AnothersAccount, FailureReason::AccountInactive]) {
            let outcome = Outcome::failed(reason);
            let row = serde_json::to_value(&outcome).expect("a row");
            assert!(LAST_RELEASE.map(Value::from).contains(&row["reason"]), "{row}");
            assert_eq!(row.get("left_alone").is_some(), !known.contains(&reason), "{row}");
            assert_eq!(serde_json::from_value::<Outcome>(row).expect("readable"), outcome);
        }
    }
}
