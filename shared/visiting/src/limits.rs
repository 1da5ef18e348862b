//! How often somebody may do what costs something: the one place where it stands, and the one function that asks.
//!
//! Pages and polls are not counted, because counting is a write.

use domain::clock::random_hex;
use domain::ids::{SessionHash, SignUpId, TenantId, XeroUserId};
use jiff::{SignedDuration, Timestamp};
use state::StateError;
use web::Problem;

use crate::network::{BrowserAddress, Day};
use crate::visitor::Visitors;

/// How long a counter is kept after its time.
const KEPT_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Something that costs us, Xero or GO1 something, or that reaches other people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A form that begins a sign-up.
    SignUp,
    /// Other details of a sign-up, with which the terms are accepted once more.
    Change,
    /// A code from Xero's consent, which is exchanged with our credentials.
    XeroCode,
    /// A code from GO1's login, likewise.
    Go1Code,
    /// A look at the people in Xero.
    Look,
    /// The list of organisations that a login consented to, each of which is read at Xero.
    Organisations,
    /// A check of a connection to Xero.
    Check,
    /// The download of a report, for which Xero is asked whether it is still theirs.
    Report,
    /// A portal at GO1, which sends mails and can never be deleted. So many a day: a setting.
    Portal {
        /// For an organisation that costs nothing at Xero: a trial, or the demo company.
        costs_nothing: bool,
        /// How many a day are allowed.
        most: u32,
    },
}

/// Of whom it is counted.
#[derive(Clone, Copy, Debug)]
pub enum CountedOf<'a> {
    /// The visitor's network. All whose address cannot be read are one; nobody is counted where there is no gateway.
    Network(BrowserAddress),
    /// A login at Xero.
    Login(&'a XeroUserId),
    /// A browser's session.
    Session(&'a SessionHash),
    /// A Xero organisation.
    Organisation(&'a TenantId),
}

/// So often within a time.
struct Limit {
    most: u32,
    window: SignedDuration,
}

impl Deed {
    fn limit(self) -> Limit {
        let (hour, day) = (SignedDuration::from_hours(1), SignedDuration::from_hours(24));
        match self {
            Self::SignUp => Limit { most: 20, window: hour },
            Self::XeroCode | Self::Go1Code => Limit { most: 30, window: SignedDuration::from_mins(10) },
            Self::Organisations => Limit { most: 20, window: SignedDuration::from_mins(10) },
            Self::Change | Self::Look | Self::Report => Limit { most: 60, window: hour },
            Self::Check => Limit { most: 30, window: hour },
            Self::Portal { most, .. } => Limit { most, window: day },
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::Change => "change",
            Self::XeroCode => "xero-code",
            Self::Go1Code => "go1-code",
            Self::Look => "look",
            Self::Organisations => "organisations",
            Self::Check => "check",
            Self::Report => "report",
            Self::Portal { costs_nothing: false, .. } => "portal",
            Self::Portal { costs_nothing: true, .. } => "trial-portal",
        }
    }
}

impl Visitors {
    /// Counts a deed of everybody whom it is counted of, and refuses it where one of them has done it too often:
    /// [`Problem::TooOften`], with the time until it is allowed again.
    pub async fn allow(&self, deed: Deed, of: &[CountedOf<'_>]) -> Result<(), Problem> {
        let most = deed.limit().most;
        for one in of {
            let Some(Counter { name, kind, until }) = self.counter(deed, one, self.clock.now()).await? else {
                continue;
            };
            if self.state.count(&name, until + KEPT_AFTER).await? > most {
                tracing::info!(deed = deed.name(), of = kind, "somebody does something too often");
                return Err(Problem::TooOften { retry_after: until.duration_since(self.clock.now()) });
            }
        }
        Ok(())
    }

    /// Whether it is the first refusal of this guard at this sign-up within the hour. Anybody can be refused as often as they
    /// like, also without a session, so the others leave no line in the trail.
    pub async fn is_first_refusal(&self, sign_up: &SignUpId, guard: &str) -> Result<bool, StateError> {
        self.is_first(sign_up, &format!("refusal/{guard}"), SignedDuration::from_hours(1)).await
    }

    /// Whether it is the first of its kind at this sign-up within the window.
    pub(crate) async fn is_first(
        &self,
        sign_up: &SignUpId,
        kind: &str,
        window: SignedDuration,
    ) -> Result<bool, StateError> {
        let (number, until) = window_at(self.clock.now(), window);
        let name = format!("{kind}/sign-up/{sign_up}/{number}");
        Ok(self.state.count(&name, until + KEPT_AFTER).await? == 1)
    }

    /// Takes a deed back that was counted at that time and came to nothing.
    pub async fn give_back(&self, deed: Deed, of: &[CountedOf<'_>], counted_at: Timestamp) -> Result<(), Problem> {
        for one in of {
            if let Some(counter) = self.counter(deed, one, counted_at).await? {
                self.state.uncount(&counter.name).await?;
            }
        }
        Ok(())
    }

    /// The digest of a browser's network; `None` where there is no gateway.
    pub(crate) async fn network(&self, address: BrowserAddress) -> Result<Option<String>, StateError> {
        if address == BrowserAddress::Untold {
            return Ok(None);
        }
        let Day { name, key_kept_until } = Day::of(self.clock.now());
        let mut known = self.today.0.lock().await;
        if let Some((_, key)) = known.as_ref().filter(|(day, _)| *day == name) {
            return Ok(address.network(key));
        }
        let key = self.state.key_of_day(&name, &random_hex::<32>(&*self.random), key_kept_until).await?;
        let network = address.network(&key);
        *known = Some((name, key));
        Ok(network)
    }

    /// Where a deed of somebody is counted at that time; `None` where nobody knows of whom.
    async fn counter(&self, deed: Deed, of: &CountedOf<'_>, at: Timestamp) -> Result<Option<Counter>, StateError> {
        let (kind, whose) = match of {
            CountedOf::Network(address) => match self.network(*address).await? {
                Some(network) => ("network", network),
                None => return Ok(None),
            },
            CountedOf::Login(user) => ("login", user.to_string()),
            CountedOf::Session(hash) => ("session", hash.to_string()),
            CountedOf::Organisation(tenant) => ("organisation", tenant.to_string()),
        };
        let (number, until) = window_at(at, deed.limit().window);
        Ok(Some(Counter { name: format!("{}/{kind}/{whose}/{number}", deed.name()), kind, until }))
    }
}

/// Where something is counted, and until when it counts.
struct Counter {
    name: String,
    kind: &'static str,
    until: Timestamp,
}

/// Which window of this length a moment is in, and when that ends.
fn window_at(now: Timestamp, window: SignedDuration) -> (i64, Timestamp) {
    let number = now.as_second().div_euclid(window.as_secs());
    let end = Timestamp::from_second((number + 1) * window.as_secs());
    (number, end.unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_when_the_next_one_begins() {
        let hour = SignedDuration::from_hours(1);
        let at = |second| Timestamp::from_second(second).expect("a moment");
        assert_eq!(window_at(at(3_599), hour), (0, at(3_600)));
        assert_eq!(window_at(at(3_600), hour), (1, at(7_200)));
    }
}
