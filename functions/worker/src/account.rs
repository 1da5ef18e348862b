//! A person's account: the one that GO1 has, or a new one. GO1's lists may be behind what it has made, so an account that
//! a search does not show is not taken for absent before enough time has passed since it could have been made.

use std::sync::OnceLock;
use std::time::Duration;

use domain::account::AccountDoubt;
use domain::email::EmailAddress;
use domain::import::{AccountAnswer, FailureReason, ImportPerson, PersonTask};
use domain::member::{Member, was_created_since};
use domain::name::PersonName;
use go1::{CreateAccountError, LEARNER_ROLE, NewUserAccount, UserAccount};
use jiff::{SignedDuration, Timestamp};
use state::StateError;

use crate::calls::{Kind, Retry, StepError, tell};
use crate::person::{NoAccount, PersonAccount, PersonRun};

/// How often a member is stored where another worker changes the same one.
const STORE_TRIES: u32 = 3;

/// A creation of which the answer is not known: of an earlier attempt, or of an earlier import.
#[derive(Clone, Copy)]
struct OpenCreation {
    /// It was not sent before this.
    since: Timestamp,
    /// It was not sent after this; `None` where that was long ago.
    asked_at: Option<Timestamp>,
    /// Whether the member says so already.
    is_stored: bool,
}

impl PersonRun<'_> {
    /// The account that GO1 has, or a new one.
    pub(crate) async fn find_or_create(
        &self,
        person: &ImportPerson,
        stored: Option<&Member>,
    ) -> Result<PersonAccount, NoAccount> {
        let open = self.open_creation(stored);
        let wait = open.and_then(|open| self.rest(open.asked_at?));
        let found = self.look_up(person, stored).await;
        if let Some(open) = open.filter(|open| !open.is_stored && wait.is_some())
            && !matches!(found, Ok(Some(_)))
        {
            // Whoever comes next must know as well, also where this attempt ends in order.
            self.leave_open(person, stored, open.since, open.asked_at).await?;
        }
        let is_link = matches!(person.task, PersonTask::Link { .. });
        match found? {
            Some(found) => {
                // The plan showed the account as existing, so we did not create it, however new it is. The owner's
                // account comes with the portal, a moment before the import.
                let since = open.map(|open| open.since).filter(|_| !is_link);
                match self.taken(person, found, since).await {
                    // GO1 may still be at the account that was asked for.
                    Err(NoAccount(StepError::Fail(_), _)) if let Some(rest) = wait => {
                        Err(NoAccount(StepError::Retry(Retry::EarlierRequest(rest)), AccountAnswer::NoAnswer))
                    }
                    taken => taken,
                }
            }
            None if let Some(rest) = wait => {
                Err(NoAccount(StepError::Retry(Retry::EarlierRequest(rest)), AccountAnswer::NoAnswer))
            }
            // The owner's account came with the portal a moment ago, and GO1's lists may be behind.
            None if is_link && self.batch.failures == 0 => {
                Err(NoAccount(StepError::Retry(Retry::Unanswered), AccountAnswer::HasNone))
            }
            None if is_link => Err(NoAccount(StepError::Fail(FailureReason::AccountNotFound), AccountAnswer::HasNone)),
            None => self.create(person, stored, open).await,
        }
    }

    /// The creation that may have made this person's account without our knowing.
    fn open_creation(&self, stored: Option<&Member>) -> Option<OpenCreation> {
        let longest = self.calls.worker.invocation_timeout;
        let cut_off = self.cut_off.map(|begun| begun + longest);
        match (stored, self.cut_off) {
            (Some(member), _) => {
                let is_stored = member.asked_at >= cut_off;
                Some(OpenCreation { since: member.since, asked_at: member.asked_at.max(cut_off), is_stored })
            }
            (None, Some(begun)) if self.batch.attempts == self.batch.ended + 2 => {
                Some(OpenCreation { since: begun, asked_at: cut_off, is_stored: false })
            }
            // Some attempt before the last one was cut off. When it began is not known any more, and it was long ago.
            (None, asked) if self.batch.attempts > self.batch.ended + 1 => {
                Some(OpenCreation { since: self.import.accepted_at, asked_at: asked.and(cut_off), is_stored: false })
            }
            (None, _) => None,
        }
    }

    /// How long GO1 may still be working on what it was asked at this time, or its lists be behind it.
    fn rest(&self, asked_at: Timestamp) -> Option<Duration> {
        let asked_for = self.calls.worker.clock.now().duration_since(asked_at);
        let asked_for = Duration::try_from(asked_for).unwrap_or_default();
        self.calls.worker.unanswered_wait.checked_sub(asked_for).filter(|rest| !rest.is_zero())
    }

    /// How long GO1 may still be working on an earlier import's call for this member; `None` once it cannot be any
    /// more.
    pub(crate) fn earlier_request(&self, member: &Member) -> Option<Duration> {
        self.rest(member.asked_at?)
    }

    /// The account that GO1 shows. A new person of whom no attempt asked for one cannot have it, so GO1 is not called.
    async fn look_up(&self, person: &ImportPerson, stored: Option<&Member>) -> Result<Option<UserAccount>, NoAccount> {
        let begun_before = self.begun_before(person);
        // An invocation whose time is up leaves many behind who were never begun. Nobody is looked up for nothing.
        let never_asked = !begun_before || self.members_tell && stored.is_none() && !self.is_second_turn;
        if never_asked && person.task == PersonTask::Create {
            return Ok(None);
        }
        let answer = if begun_before { AccountAnswer::NoAnswer } else { AccountAnswer::NotAsked };
        match self.find_account(person, &person.email).await {
            Ok(None) => {}
            found => return found.map_err(|error| NoAccount(error, answer)),
        }
        let Some(earlier) = self.earlier_email(person, stored).await? else { return Ok(None) };
        self.find_account(person, &earlier).await.map_err(|error| NoAccount(error, answer))
    }

    /// The email under which an earlier import asked GO1 to create this member's account, where it was corrected since.
    async fn earlier_email(
        &self,
        person: &ImportPerson,
        stored: Option<&Member>,
    ) -> Result<Option<EmailAddress>, StateError> {
        let Some(member) = stored.filter(|member| member.account.is_none() && member.import != self.import.id) else {
            return Ok(None);
        };
        let (state, employee) = (&self.calls.worker.state, std::slice::from_ref(&person.employee_id));
        let rows = state.people_of(&self.import.portal, &member.import, employee).await?;
        Ok(rows.into_iter().map(|row| row.email).find(|email| *email != person.email))
    }

    /// Of the accounts with this email, the one that a plan would take for the person.
    async fn find_account(
        &self,
        person: &ImportPerson,
        email: &EmailAddress,
    ) -> Result<Option<UserAccount>, StepError> {
        let find = async |token| self.calls.worker.go1.client.user_accounts_of(&token, email).await;
        let found = self.calls.call(Kind::Read, find).await?.map_err(|error| self.calls.step_error(&error))?;
        Ok(UserAccount::preferred(found, &name_of(person)))
    }

    /// An account that GO1 has, taken for the person's: one that the plan showed, that is ours, or that is certainly
    /// theirs and can be used. Any other is left alone, and the person has none. `since`: from when on we may have made
    /// it.
    async fn taken(
        &self,
        person: &ImportPerson,
        found: UserAccount,
        since: Option<Timestamp>,
    ) -> Result<PersonAccount, NoAccount> {
        // What was made since then is ours in all likelihood, also where GO1 gave it a name that it knows.
        if since.is_some_and(|since| was_created_since(found.created_time, since)) {
            let created = since.is_some_and(|since| is_ours(person, &found, since));
            return Ok(PersonAccount::new(found.id, created));
        }
        let was_shown = match &person.task {
            PersonTask::Link { account } => account.as_ref().is_none_or(|shown| *shown == found.id),
            _ => false,
        };
        if was_shown && !found.status.is_inactive() {
            return Ok(PersonAccount::new(found.id, false));
        }
        let members = self.members().members(&self.import.portal).await?;
        let is_theirs = |member: &Member| member.account.as_ref() == Some(&found.id);
        let others = || members.iter().filter(|member| member.employee_id != person.employee_id && is_theirs(member));
        let holder = others().next().map(|member| &member.employee_id).filter(|_| !was_shown);
        let doubt = AccountDoubt::of(&name_of(person), &found.name(), &found.status, holder).filter(|_| !was_shown);
        let deactivated = others().find(|member| member.deactivated).cloned();
        let reason = match doubt {
            Some(doubt) if doubt.is_about_whose() => FailureReason::AnothersAccount,
            None if deactivated.is_some() || !found.status.is_inactive() => {
                return Ok(PersonAccount { id: found.id, created: false, deactivated });
            }
            Some(_) | None => FailureReason::AccountInactive,
        };
        Err(NoAccount(StepError::Fail(reason), AccountAnswer::HasNone))
    }

    /// Creates the account. Also `Ok` where GO1 had it already, or turns out to have created it. `open`: an earlier
    /// creation, so long ago that the search just made would have shown its account.
    async fn create(
        &self,
        person: &ImportPerson,
        stored: Option<&Member>,
        open: Option<OpenCreation>,
    ) -> Result<PersonAccount, NoAccount> {
        if self.is_last_attempt {
            return Err(NoAccount(StepError::Retry(Retry::Unavailable), AccountAnswer::HasNone));
        }
        if self.first.has_no_courses() {
            return Err(NoAccount(StepError::Retry(Retry::NoCourses), AccountAnswer::HasNone));
        }
        if self.calls.pace.is_portal_full() {
            return Err(NoAccount(StepError::Fail(FailureReason::PortalFull), AccountAnswer::HasNone));
        }
        let new = NewUserAccount {
            given_name: person.given_name.clone(),
            family_name: person.family_name.clone(),
            email: person.email.clone(),
        };
        let first_sent = OnceLock::new();
        let create = async |token| {
            first_sent.get_or_init(|| self.calls.worker.clock.now());
            self.calls.worker.go1.client.create_user_account(&token, &new).await
        };
        let failure = match self.calls.call(Kind::Write, create).await {
            Ok(Ok(account)) => {
                self.calls.pace.note_changed();
                return Ok(PersonAccount::new(account, true));
            }
            Ok(Err(failure)) => failure,
            // Nothing was sent, or GO1 refused the token, so no account was created.
            Err(error) => return Err(NoAccount(error, AccountAnswer::HasNone)),
        };
        let is_unanswered = matches!(failure, CreateAccountError::OutcomeUnknown(_));
        if !is_unanswered && !matches!(failure, CreateAccountError::MaybeExists(_) | CreateAccountError::Invalid(_)) {
            if matches!(failure, CreateAccountError::PortalFull) {
                self.calls.pace.note_portal_full();
            }
            return Err(NoAccount(self.calls.step_error(&failure), AccountAnswer::HasNone));
        }
        // An account that is there now is ours only if it is not older than the first creation without an answer.
        let sent_at = first_sent.get().copied().unwrap_or_else(|| self.calls.worker.clock.now());
        let since = open.map_or(sent_at, |open| open.since);
        let found = self.find_account(person, &person.email).await;
        let found = if let Ok(Some(account)) = found {
            // GO1 refused where it had the account, so one that is older than the call is somebody's own, to the moment.
            let was_there = !is_unanswered && open.is_none() && account.created_time.is_none_or(|at| at < sent_at);
            match self.taken(person, account, Some(since).filter(|_| !was_there)).await {
                // Somebody else's, and GO1 may still be making another one.
                Err(NoAccount(StepError::Fail(_), _)) if is_unanswered => Ok(None),
                taken => return taken,
            }
        } else {
            found
        };
        if found.is_ok()
            && let Some(end) = self.refused_for_good(&failure, open)
        {
            return Err(end);
        }
        if matches!(failure, CreateAccountError::Invalid(_)) {
            // GO1 created nobody, but the search failed.
            let error = found.err().unwrap_or_else(|| self.calls.step_error(&failure));
            return Err(NoAccount(error, AccountAnswer::HasNone));
        }
        // Whoever looks next must not take an empty search for an answer before the time is up.
        self.calls.pace.note_unanswered();
        // After a refusal only what is made later can be ours.
        let since = if is_unanswered || open.is_some() { since } else { sent_at + SignedDuration::from_secs(1) };
        self.leave_open(person, stored, since, Some(self.calls.worker.clock.now())).await?;
        let error = match found.err() {
            Some(error) => error,
            None if is_unanswered => self.calls.step_error(&failure),
            // GO1 works; only this person must wait. What it refused is told now: a later look may find the account.
            None => {
                tell(&failure);
                StepError::Retry(Retry::EarlierRequest(self.calls.worker.unanswered_wait))
            }
        };
        let error = match error {
            StepError::Retry(Retry::After(asked)) if asked > self.calls.worker.unanswered_wait => error,
            StepError::Retry(_) if is_unanswered => StepError::Retry(Retry::Unanswered),
            StepError::Fail(_) => StepError::Retry(Retry::Unanswered),
            error => error,
        };
        Err(NoAccount(error, AccountAnswer::NoAnswer))
    }

    /// How a creation ends that GO1 refused, where a search shows no account: for good where GO1 named what is wrong
    /// with the person, or where the account that it may have meant would be shown by now. `None`: look again later.
    fn refused_for_good(&self, failure: &CreateAccountError, open: Option<OpenCreation>) -> Option<NoAccount> {
        // An earlier creation is stored, and its time is over. One whose attempt was cut off before it stored anything may be
        // under way still: what GO1 means may have been made a moment ago.
        let was_left_open = open.is_some_and(|open| open.is_stored);
        match failure {
            CreateAccountError::Invalid(_) => {}
            // GO1 has the account, and shows it to nobody.
            CreateAccountError::MaybeExists(refusal) if refusal.is_conflict() && was_left_open => {
                return Some(NoAccount(StepError::Fail(FailureReason::Unresolved), AccountAnswer::NoAnswer));
            }
            CreateAccountError::MaybeExists(refusal) if !refusal.is_conflict() && was_left_open => {}
            _ => return None,
        }
        Some(NoAccount(self.calls.step_error(failure), AccountAnswer::HasNone))
    }

    /// Stores that GO1 may have made this person's account, or may still: they are a member without one. Where the
    /// member stands there already, the time at which GO1 was asked moves on, whoever stored it.
    async fn leave_open(
        &self,
        person: &ImportPerson,
        stored: Option<&Member>,
        since: Timestamp,
        asked_at: Option<Timestamp>,
    ) -> Result<(), StateError> {
        let portal = &self.import.portal;
        let asked_at = asked_at.unwrap_or_else(|| self.calls.worker.clock.now());
        let mut known = stored.cloned();
        for _ in 0..STORE_TRIES {
            let stored = match &known {
                None => {
                    let (import, employee) = (self.import.id.clone(), person.employee_id.clone());
                    self.members().add_member(portal, &Member::unresolved(import, since, employee, asked_at)).await
                }
                // Another worker has found the account, or made it.
                Some(member) if member.account.is_some() => return Ok(()),
                Some(member) => {
                    let after = Member {
                        import: self.import.id.clone(),
                        asked_at: member.asked_at.max(Some(asked_at)),
                        ..member.clone()
                    };
                    self.members().change_member(portal, member, &after).await.map(drop)
                }
            };
            match stored {
                Err(StateError::Conflict) => {
                    known = self.members().find_member(portal, &person.employee_id).await?;
                }
                stored => return stored,
            }
        }
        Err(StateError::Conflict)
    }
}

fn name_of(person: &ImportPerson) -> PersonName {
    PersonName::new(&person.given_name, &person.family_name)
}

/// Whether we made an account that was found where an answer was lost: it has what we sent, and it is not older than
/// the first creation that was lost. In doubt it is somebody's own, and an undo leaves it alone.
fn is_ours(person: &ImportPerson, account: &UserAccount, since: Timestamp) -> bool {
    let same = |ours: &str, theirs: &str| ours.trim() == theirs.trim();
    was_created_since(account.created_time, since)
        && same(&person.given_name, &account.given_name)
        && same(&person.family_name, &account.family_name)
        && account.roles.iter().all(|role| role == LEARNER_ROLE)
}
