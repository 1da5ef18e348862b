//! What a consent was about, where Xero does not say it.

use domain::arrival::XeroArrival;
use domain::ids::{TenantId, XeroUserId};
use domain::sign_up::{SignUp, SignUpStep};
use jiff::Timestamp;
use visiting::CLOCKS_DIFFER;
use xero::Connection;

/// What was consented to, as far as it was kept.
pub(crate) struct GivenConsent {
    /// As whom.
    pub(crate) user: XeroUserId,
    event: Option<String>,
    began_at: Option<Timestamp>,
    /// The only organisation that it can be about, because it was chosen before.
    chosen: Option<TenantId>,
    /// The one that is confirmed, and can be confirmed again.
    confirmed: Option<TenantId>,
    /// Whether what is listed is shown to the very login, and not to somebody in whose browser it was made.
    is_their_own: bool,
}

impl GivenConsent {
    /// One that the login itself goes on with.
    pub(crate) fn of(user: XeroUserId, event: Option<String>, began_at: Option<Timestamp>) -> Self {
        Self { user, event, began_at, chosen: None, confirmed: None, is_their_own: true }
    }

    /// That of somebody whose session began when they came back from Xero.
    pub(crate) fn by_arrival(arrival: &XeroArrival) -> Self {
        let chosen = arrival.organisation.as_ref().map(|organisation| organisation.tenant.clone());
        let (user, event) = (arrival.xero_user.clone(), arrival.authentication_event.clone());
        Self { chosen, ..Self::of(user, event, None) }
    }

    /// `None` where the organisation can no longer be named.
    pub(crate) fn for_sign_up(sign_up: &SignUp) -> Option<Self> {
        let (user, event, chosen) = match &sign_up.step {
            SignUpStep::Consented { xero_user, authentication_event, chosen } => {
                (xero_user, authentication_event, chosen)
            }
            SignUpStep::OrganisationConfirmed { xero_user, authentication_event, .. } => {
                (xero_user, authentication_event, &None)
            }
            SignUpStep::Started | SignUpStep::PortalProvisioned { .. } | SignUpStep::Welcomed { .. } => return None,
        };
        Some(Self {
            chosen: chosen.clone(),
            confirmed: sign_up.tenant().cloned(),
            is_their_own: sign_up.is_verified_as(user),
            ..Self::of(user.clone(), event.clone(), sign_up.consent_began_at)
        })
    }

    /// Which consent it was, where the access token told.
    pub(crate) fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }

    /// Whether that organisation can still be named: only the one that was chosen, where one was.
    pub(crate) fn may_be_about(&self, tenant: &TenantId) -> bool {
        self.chosen.as_ref().is_none_or(|chosen| chosen == tenant)
    }

    /// Those of all the login's connections that it can have been about, where Xero lists none for it: those that Xero says
    /// were connected since it began. Where Xero says so of none, they are all that the login has; but in the browser of
    /// somebody else only the one that it must have been, and never an adviser's other clients.
    pub(crate) fn given(&self, mut all: Vec<Connection>) -> Vec<Connection> {
        let since = self.began_at.map(|at| at - CLOCKS_DIFFER);
        let is_recent = |each: &Connection| since.zip(each.updated).is_some_and(|(since, updated)| updated >= since);
        let is_known = |each: &Connection| {
            [&self.chosen, &self.confirmed].into_iter().flatten().any(|known| *known == each.tenant)
        };
        if all.iter().any(is_recent) {
            all.retain(|each| is_recent(each) || is_known(each));
        } else if !self.is_their_own && all.len() > 1 {
            all.retain(is_known);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::ConnectionId;
    use jiff::SignedDuration;

    use super::*;

    fn minutes(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn connection(tenant: &str, updated: Option<Timestamp>) -> Connection {
        Connection {
            id: ConnectionId::new(format!("connection-{tenant}")),
            tenant: tenant.into(),
            name: tenant.to_owned(),
            created: Some(Timestamp::UNIX_EPOCH),
            updated,
            authentication_event: None,
        }
    }

    fn consent(is_their_own: bool) -> GivenConsent {
        GivenConsent { is_their_own, ..GivenConsent::of("user".into(), None, Some(minutes(100))) }
    }

    fn names(given: &[Connection]) -> Vec<&str> {
        given.iter().map(|each| each.name.as_str()).collect()
    }

    #[test]
    fn what_was_connected_since_the_login_began_is_what_it_was_about() {
        let all =
            || vec![connection("old", Some(minutes(40))), connection("new", Some(minutes(101))), connection("a", None)];
        for is_their_own in [true, false] {
            assert_eq!(names(&consent(is_their_own).given(all())), ["new"], "{is_their_own}");
            let confirmed = GivenConsent { confirmed: Some("old".into()), ..consent(is_their_own) };
            assert_eq!(names(&confirmed.given(all())), ["old", "new"], "and what is confirmed stays: {is_their_own}");
        }
        // The clocks may differ by a minute.
        let earlier = vec![connection("old", Some(minutes(40))), connection("new", Some(minutes(99)))];
        assert_eq!(names(&consent(false).given(earlier)), ["new"]);
    }

    #[test]
    fn where_xero_does_not_say_when_only_their_own_browser_is_shown_several() {
        let rows = [Some(minutes(40)), None];
        for updated in rows {
            let several = || vec![connection("a", updated), connection("b", updated)];
            assert_eq!(names(&consent(true).given(several())), ["a", "b"]);
            assert_eq!(names(&consent(false).given(several())), [""; 0]);
            let chosen = GivenConsent { chosen: Some("b".into()), ..consent(false) };
            assert_eq!(names(&chosen.given(several())), ["b"], "it was chosen before");
            let only = vec![connection("a", updated)];
            assert_eq!(names(&consent(false).given(only)), ["a"], "it must have been that one");
        }
    }

    #[test]
    fn a_consent_of_before_its_time_was_kept_is_as_one_of_which_xero_does_not_say_when() {
        let all = || vec![connection("a", Some(minutes(101))), connection("b", Some(minutes(101)))];
        for (is_their_own, expected) in [(true, vec!["a", "b"]), (false, vec![])] {
            let old = GivenConsent { began_at: None, ..consent(is_their_own) };
            assert_eq!(names(&old.given(all())), expected);
        }
    }
}
