//! What must hold of the grants at GO1: none is lost by us, and a login is asked for only where nothing else helps.

use std::collections::BTreeMap;

use domain::ids::ImportId;
use domain::import::{Import, WaitReason};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use stand_ins::go1::endpoint;
use state::{GrantOwner, Grants as _};

use crate::customer::Customer;
use crate::fault::Fault;
use crate::findings::{Broken, Findings};
use crate::history::History;
use crate::injection_points::InjectionPoint;
use crate::ready::ready;
use crate::scenario::TokensAtStart;
use crate::system::System;
use crate::trace::TraceEntry;

/// How long a login may be asked for that nobody needs, where one answer of GO1's token endpoint was lost: then the old
/// token is tried once more.
const AFTER_ONE_FAULT: SignedDuration = SignedDuration::from_mins(2);

/// The same where several were lost. A refusal counts for ten minutes, and then the message comes back.
const AFTER_SEVERAL: SignedDuration = SignedDuration::from_mins(25);

#[derive(Default)]
pub(crate) struct GrantChecks {
    /// Since when a login is asked for although GO1 would still exchange the refresh token.
    needless_login: BTreeMap<ImportId, Timestamp>,
    /// The generation of each portal's grant that was looked at last.
    seen: BTreeMap<String, u64>,
}

impl GrantChecks {
    /// Whether GO1 still takes the refresh token that is stored, unless a fault explains that it does not.
    pub(crate) fn check_grant(&mut self, system: &System, customer: &Customer, findings: &mut Findings) {
        let owner = GrantOwner::Portal(customer.portal.clone());
        let grant = ready(system.state.find_grant(&owner)).expect("memory answers");
        let generation = grant.map_or(0, |grant| grant.generation);
        let asked = system.simulator.history().token_calls();
        // A grant is looked at again where its generation has changed or GO1 was asked for tokens.
        let look = generation * 100_000 + asked as u64;
        if self.seen.insert(customer.portal.as_str().to_owned(), look) == Some(look) {
            return;
        }
        if is_alive(system, customer) == Some(false) && !is_explained(system, customer) {
            findings.add(Broken::Untraced, "the grant of a portal is lost, and no fault explains it");
        }
    }

    /// Whether a login is asked for only where GO1 takes no token that is stored.
    pub(crate) fn check_login(
        &mut self,
        system: &System,
        customer: &Customer,
        import: &Import,
        findings: &mut Findings,
    ) {
        // Once there are other tokens than those that GO1 refused, nobody is asked any more.
        let owner = GrantOwner::Portal(customer.portal.clone());
        let stored = ready(system.state.find_grant(&owner)).expect("memory answers").map(|grant| grant.generation);
        let why = import.wait.map(|wait| wait.why);
        let waits = matches!(why, Some(WaitReason::Login { generation }) if Some(generation) == stored);
        if !waits || is_alive(system, customer) != Some(true) {
            self.needless_login.remove(&import.id);
            return;
        }
        let now = system.simulator.clock.read();
        let since = *self.needless_login.entry(import.id.clone()).or_insert(now);
        let trace = system.simulator.trace();
        let is_token = |entry: &&TraceEntry| entry.point == InjectionPoint::Go1Write(endpoint::TOKEN);
        let faults: Vec<&TraceEntry> = trace.iter().filter(is_token).filter(|entry| entry.fault.is_some()).collect();
        let longest = if faults.len() > 1 { AFTER_SEVERAL } else { AFTER_ONE_FAULT };
        let last = faults.last().map_or(since, |entry| entry.at);
        if now.duration_since(since.max(last)) > longest {
            let number = system.simulator.history().number_of(&import.id);
            let what = format!("import {number} waits for a login, and GO1 would renew the token");
            findings.add(Broken::Untraced, &what);
        }
    }
}

/// Whether GO1 would exchange the refresh token that is stored, if one is.
fn is_alive(system: &System, customer: &Customer) -> Option<bool> {
    let vault = system.wiring_without_faults().go1_access().vault;
    let stored = ready(vault.refresh_token(&GrantOwner::Portal(customer.portal.clone()))).ok().flatten()?;
    Some(system.simulator.world.go1().takes_refresh_token(stored.expose_secret()))
}

/// Whether anything has happened by which a new pair can be lost that GO1 has made: its answer, or the write of it, or the
/// process in between. An answer that is only late is no excuse.
fn is_explained(system: &System, customer: &Customer) -> bool {
    let scenarios = system.customers.iter().zip(&system.scenario.customers);
    let mut its = scenarios.filter(|(each, _)| each.portal == customer.portal);
    let was_void = its.any(|(_, scenario)| scenario.tokens == TokensAtStart::Void);
    let trace = system.simulator.trace();
    // What went wrong before a login cannot lose the pair that it brought. With several portals nobody tells whose login it was.
    let is_login = |entry: &TraceEntry| {
        let failed = matches!(entry.fault, Some(Fault::CrashBefore | Fault::FailBefore | Fault::Panic));
        entry.point == InjectionPoint::TableWrite("put_grant") && !failed
    };
    let login = trace.iter().rposition(is_login).filter(|_| system.customers.len() == 1);
    login.is_none() && was_void || system.scenario.clocks_differ || can_lose_since(&trace, login)
}

/// The same since a login, whose pair was stored at this step; or in the whole run.
fn can_lose_since(trace: &[TraceEntry], login: Option<usize>) -> bool {
    // Its pair is as old as GO1's answer, which comes before it is stored.
    let is_exchange = |entry: &TraceEntry| entry.point == InjectionPoint::Go1Write(endpoint::TOKEN);
    let exchange = login.and_then(|login| trace[..login].iter().rposition(is_exchange));
    // Grants that end as the exchange arrives are those before it.
    let ends_earlier =
        |step: usize, entry: &TraceEntry| exchange == Some(step) && entry.fault == Some(Fault::GrantsEnded);
    let mut since = trace.iter().enumerate().skip(exchange.or(login).unwrap_or(0));
    since.any(|(step, entry)| can_lose_a_pair(entry) && !ends_earlier(step, entry))
}

/// The same in any portal.
fn a_pair_can_be_lost(system: &System) -> bool {
    system.scenario.clocks_differ || system.simulator.trace().iter().any(can_lose_a_pair)
}

fn can_lose_a_pair(entry: &TraceEntry) -> bool {
    let Some(fault) = entry.fault else { return false };
    let is_about_tokens = match entry.point {
        InjectionPoint::Go1Write(endpoint) => endpoint == endpoint::TOKEN,
        InjectionPoint::TableRead(name) | InjectionPoint::TableWrite(name) => name.ends_with("_grant"),
        _ => false,
    };
    match fault {
        Fault::LateAnswer(_) | Fault::ListsBehind(_) | Fault::Person(..) | Fault::SlowAnswer | Fault::Thaw => false,
        Fault::CrashBefore
        | Fault::CrashAfter
        | Fault::CrashInFlight
        | Fault::CancelBefore
        | Fault::CancelAfter
        | Fault::CancelInFlight
        | Fault::Panic
        | Fault::PanicInFlight
        | Fault::Freeze(_)
        | Fault::ProcessPause
        | Fault::ClockOff(_)
        | Fault::GrantsEnded => true,
        _ => is_about_tokens,
    }
}

/// Whether each refresh token that GO1 has exchanged was presented once, by one of all who needed a new access token,
/// unless a fault explains that its answer was lost.
pub(crate) fn check_exchanges(system: &System, history: &History, findings: &mut Findings) {
    if a_pair_can_be_lost(system) {
        return;
    }
    let mut presented: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for asked in &history.asked {
        if let Some(token) = &asked.presents {
            let (times, is_exchanged) = presented.entry(token).or_default();
            *times += 1;
            *is_exchanged |= asked.is_effective();
        }
    }
    for (times, _) in presented.into_values().filter(|(times, is_exchanged)| *times > 1 && *is_exchanged) {
        findings.add(Broken::Untraced, &format!("{times} used one refresh token, and nothing had lost its answer"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_the_grants_before_a_login_has_its_pair_excuses_no_loss_of_that_pair() {
        let entry = |point, fault| TraceEntry { point, fault, at: Timestamp::UNIX_EPOCH };
        let exchange = InjectionPoint::Go1Write(endpoint::TOKEN);
        let stored = entry(InjectionPoint::TableWrite("put_grant"), None);
        let run = |before, at_exchange, after| {
            [entry(exchange, before), entry(exchange, at_exchange), stored, entry(exchange, after)]
        };
        let ended = Some(Fault::GrantsEnded);
        assert!(!can_lose_since(&run(ended, None, None), Some(2)), "before the login");
        assert!(!can_lose_since(&run(None, ended, None), Some(2)), "as its exchange arrives");
        assert!(can_lose_since(&run(None, None, ended), Some(2)), "afterwards");
        assert!(can_lose_since(&run(None, Some(Fault::TruncatedAnswer), None), Some(2)), "the answer was lost");
        assert!(can_lose_since(&run(ended, None, None), None), "nobody has logged in");
    }
}
