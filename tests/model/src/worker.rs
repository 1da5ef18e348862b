//! The steps of `functions/worker`: one call to GO1 or one access of the table each.

use crate::rules::{Rule, Scenario};
use crate::state::{Account, Answers, At, Batch, Import, Member, Outcome, Run, State, Task, bit};

/// How often a batch may fail before its last attempt, in which nobody is created: `domain::import::MOST_FAILURES`.
const MOST_FAILURES: u8 = 2;

/// What GO1 answers to `POST /user-accounts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go1 {
    Made,
    /// Made, and no answer heard.
    Unheard,
    /// Made, and an answer that cannot be read.
    Unreadable,
    /// Not yet made, and no answer: it is made later, or never.
    Late,
    /// It has an account with this email.
    Exists,
    /// 429 or 503: not made.
    Busy,
    /// Refused for what is wrong with the person.
    Refused,
}

impl Scenario {
    /// `worker::handler::handle` and `BatchRun::attempt` up to the first write: what the message leads to.
    pub fn receive(state: &State, import: usize, person: usize) -> Option<Run> {
        let found = &state.imports[import];
        let begin = |at| Some(Run { is_worker: true, ..Run::new(import, person, at) });
        match found.rows[person] {
            Some((_, Outcome::Waiting)) => {}
            Some(_) => return begin(At::EndImport),
            // Erased.
            None => return begin(At::Acknowledge),
        }
        if found.waits || found.hidden & bit(person) != 0 {
            return None;
        }
        let batch = found.batches[person].unwrap_or_default();
        if batch.dropped || found.stopped && batch.attempts == 0 {
            return begin(At::EndImport);
        }
        // `Batch::at_work`
        if state.at_work(import, person) {
            return None;
        }
        begin(At::Begin { seen: batch.attempts })
    }

    /// One step of a worker; `None` where it goes no further and its message comes back.
    pub fn work(&self, state: &mut State, run: Run, go1: Go1) -> Option<Run> {
        let (number, person) = (run.import, run.person);
        let task = state.imports[number].rows[person].map_or(Task::Create, |(task, _)| task);
        match run.at {
            At::Begin { seen } => self.begin_attempt(state, run, seen),
            At::ReadAgain => self.read_again(state, run, task),
            At::LookUp => match state.found(person) {
                Some(account) => {
                    let created = task != Task::Link && state.accounts[account].made_by.is_some();
                    run.to(At::Store { account, created })
                }
                // `PersonRun::earlier_request`
                None if run.member.is_some_and(|member| member.asked) => {
                    run.to(At::Release { failed: false, hide: true })
                }
                None if run.earlier && self.keeps(Rule::EmptyIsUnresolved) => run.to(At::LeaveOpen),
                None => run.to(At::Create),
            },
            At::Create => self.create(state, run, go1),
            At::Search { answered } => match state.found(person) {
                Some(account) => {
                    let created = state.accounts[account].made_by.is_some();
                    run.to(At::Store { account, created })
                }
                None if answered && !self.keeps(Rule::EmptyIsUnresolved) => {
                    run.to(At::Fail(Answers { has_none: bit(person), ..Answers::default() }))
                }
                None => run.to(At::LeaveOpen),
            },
            // `PersonRun::leave_open`: whoever looks next, and whoever gives them up, must know.
            At::LeaveOpen => {
                let member = &mut state.members[person];
                if member.is_none_or(|member| member.account.is_none()) {
                    *member = Some(Member::unresolved(number));
                }
                run.to(At::Release { failed: true, hide: true })
            }
            At::Enroll => {
                let run = Run { changed: true, ..run };
                let member = run.member?;
                let already = state.accounts[member.account?].course.is_some();
                state.accounts[member.account?].course.get_or_insert(Some(number));
                let created = member.created && member.import == number;
                let begun_before = run.attempt > 1 || matches!(task, Task::Resume { .. });
                let (assigned, by_time) = (!already || created, created || begun_before && already);
                let done = Outcome::Done { account: member.account?, assigned, by_time };
                if member.unfinished { run.to(At::Finish(done)) } else { finished(run, done) }
            }
            At::Finish(done) => {
                let after = Member { unfinished: false, ..run.member? };
                self.change_member(state, run, after).map_or_else(|| give_back(run), |run| finished(run, done))
            }
            // `ImportWork::end_person`: on the condition that they wait; a conflict is as good.
            At::EndPerson(outcome) => {
                if let Some((_, row @ Outcome::Waiting)) = &mut state.imports[number].rows[person] {
                    *row = outcome;
                    if let Outcome::Done { account, assigned: true, .. } = outcome
                        && let Some(Some(by)) = &mut state.accounts[account].course
                    {
                        *by = number;
                    }
                }
                run.to(At::EndImport)
            }
            // `BatchRun::put_off`: the wait first, then the batch.
            At::PutOff { failed, wait } => {
                state.imports[number].waits |= wait;
                if run.attempt == 0 { None } else { run.to(At::Release { failed, hide: false }) }
            }
            // `ImportWork::end_attempt`, and the message is hidden.
            At::Release { failed, hide } => {
                let import = &mut state.imports[number];
                if let Some(batch) = import.batches[person].as_mut().filter(|batch| batch.attempts == run.attempt) {
                    batch.held = false;
                    batch.failures += u8::from(failed);
                    batch.unsettled = run.asked || run.earlier;
                    batch.asked |= run.changed;
                }
                if hide {
                    import.hidden |= bit(person);
                }
                None
            }
            // `BatchRun::attempt`, where the import was stopped: the attempt ends, the batch is dropped, and then its people end.
            At::EndStopped => {
                let batch = state.imports[number].batches[person].as_mut();
                let batch = batch.filter(|batch| batch.attempts == run.attempt)?;
                (batch.held, batch.unsettled) = (false, run.earlier);
                Run { attempt: 0, ..run }.to(At::DropStopped { attempts: batch.attempts })
            }
            At::DropStopped { attempts } => {
                let batch = state.imports[number].batches[person].as_mut();
                let batch = batch.filter(|batch| batch.dropped || batch.attempts == attempts && batch.is_settled())?;
                batch.dropped = true;
                run.to(At::Fail(Answers { not_asked: bit(person), ..Answers::default() }))
            }
            At::Acknowledge => {
                state.imports[number].queue &= !bit(person);
                None
            }
            At::Store { .. } | At::Change { .. } => self.store(state, run, task),
            At::ReactivateIntent | At::Reactivate | At::Reactivated => self.reactivate(state, run),
            At::UndoIntent { .. } | At::Remove { .. } | At::Deactivate => self.undo(state, run, task),
            _ => self.end(state, run),
        }
    }

    /// `PersonRun::store`: `add_member`, and where it conflicts `find_member` and `change_member`.
    fn store(&self, state: &mut State, run: Run, task: Task) -> Option<Run> {
        let (number, person) = (run.import, run.person);
        match run.at {
            At::Store { account, created } => {
                let member = match (run.member, state.members[person]) {
                    (None, None) => {
                        let new = Member {
                            account: Some(account),
                            created,
                            import: number,
                            unfinished: false,
                            asked: false,
                            deactivated: false,
                            reactivated_by: None,
                        };
                        state.members[person] = Some(new);
                        state.count_for(account, number);
                        return with_account(Run { member: Some(new), ..run });
                    }
                    (None, Some(other)) => other,
                    (Some(known), _) => known,
                };
                let run = Run { member: Some(member), ..run };
                if member.account.is_some() { with_account(run) } else { run.to(At::Change { account, created }) }
            }
            At::Change { account, created } => {
                let member = run.member?;
                let is_older = matches!(task, Task::Resume { account: Some(_), .. });
                let import = if is_older { member.import } else { number };
                let after = Member { account: Some(account), created, import, asked: false, ..member };
                let Some(changed) = self.change_member(state, run, after) else { return give_back(run) };
                state.count_for(account, import);
                with_account(changed)
            }
            _ => None,
        }
    }

    /// `PersonRun::reactivated`.
    fn reactivate(&self, state: &mut State, run: Run) -> Option<Run> {
        let number = run.import;
        match run.at {
            At::ReactivateIntent => {
                let after = Member { reactivated_by: Some(number), ..run.member? };
                let changed = self.change_member(state, run, after);
                changed.map_or_else(|| give_back(run), |run| run.to(At::Reactivate))
            }
            At::Reactivate => {
                let account = &mut state.accounts[run.member?.account?];
                (account.active, account.reactivated_by) = (true, Some(number));
                Run { changed: true, ..run }.to(At::Reactivated)
            }
            At::Reactivated => {
                let after = Member { deactivated: false, asked: false, ..run.member? };
                self.change_member(state, run, after).map_or_else(|| give_back(run), |run| run.to(At::Enroll))
            }
            _ => None,
        }
    }

    /// `PersonRun::undo_outcome`, after its reads.
    fn undo(&self, state: &mut State, run: Run, task: Task) -> Option<Run> {
        let number = run.import;
        match run.at {
            At::UndoIntent { remove, deactivate } => {
                let next = if remove { At::Remove { deactivate } } else { At::Deactivate };
                let Some(member) = run.member else { return run.to(next) };
                let deactivated = member.deactivated || deactivate;
                let after = Member { unfinished: true, deactivated, ..member };
                self.change_member(state, run, after).map_or_else(|| give_back(run), |run| run.to(next))
            }
            At::Remove { deactivate } => {
                let Task::Undo { account, .. } = task else { return None };
                let course = state.accounts[account].course.take();
                state.took_too_much |= course.is_some_and(|by| by != state.imports[number].undoes);
                let run = Run { changed: true, ..run };
                if deactivate { run.to(At::Deactivate) } else { finished(run, Outcome::Undone) }
            }
            At::Deactivate => {
                let Task::Undo { account, .. } = task else { return None };
                let account = &mut state.accounts[account];
                let undone = state.imports[number].undoes;
                state.took_too_much |= account.active && account.made_by != undone && account.reactivated_by != undone;
                account.active = false;
                finished(run, Outcome::Undone)
            }
            _ => None,
        }
    }

    /// `ImportWork::begin_attempt`.
    fn begin_attempt(&self, state: &mut State, run: Run, seen: u8) -> Option<Run> {
        let person = run.person;
        let import = &mut state.imports[run.import];
        let stored = import.batches[person];
        let fits = stored.map_or(seen == 0, |batch| seen > 0 && batch.attempts == seen && !batch.dropped);
        if !fits && self.keeps(Rule::AttemptIsConditional) {
            return None;
        }
        // Who does not compare takes the batch for what it was.
        let before = if fits { stored.unwrap_or_default() } else { Batch { attempts: seen, ..Batch::default() } };
        let attempt = before.attempts + 1;
        let cut_off = before.cut_off || before.held;
        import.batches[person] =
            Some(Batch { attempts: attempt, held: true, unsettled: true, dropped: false, cut_off, ..before });
        Run { attempt, earlier: before.unsettled, fresh: before.asked_nobody(), ..run }.to(At::ReadAgain)
    }

    /// `BatchRun::attempt` after its first write, and the reads of `PersonRun::finish`.
    fn read_again(&self, state: &mut State, run: Run, task: Task) -> Option<Run> {
        let import: &Import = &state.imports[run.import];
        if import.waits {
            return run.to(At::Release { failed: false, hide: false });
        }
        if import.waiting() & bit(run.person) == 0 {
            return run.to(At::EndImport);
        }
        if import.stopped && run.fresh && self.keeps(Rule::StoppedIsNotBegun) {
            return run.to(At::EndStopped);
        }
        state.begun_after_stop |= import.stop_answered && run.fresh;
        let import: &Import = &state.imports[run.import];
        let stored = state.members[run.person];
        if let Task::Undo { account: id, created, assigned, by_time } = task {
            let member = stored.filter(|member| member.account == Some(id));
            let run = Run { member, ..run };
            if member.is_some_and(|member| member.asked) {
                return run.to(At::Release { failed: false, hide: true });
            }
            let account = state.accounts[id];
            let deactivate = created && (account.active || member.is_some_and(|member| member.deactivated));
            let in_time = by_time && account.course == Some(import.undoes);
            let remove = account.course.is_some() && (assigned || in_time);
            return run.to(match (remove, deactivate) {
                (false, false) => At::EndPerson(Outcome::Undone),
                (remove, deactivate) => At::UndoIntent { remove, deactivate },
            });
        }
        let begun_before = run.attempt > 1 || matches!(task, Task::Resume { .. });
        let run = Run { member: stored.filter(|_| begun_before), ..run };
        match task {
            _ if run.member.is_some_and(|member| member.account.is_some()) => with_account(run),
            Task::Resume { account: Some(account), created } => run.to(At::Store { account, created }),
            Task::Create if !begun_before => run.to(At::Create),
            _ => run.to(At::LookUp),
        }
    }

    /// `PersonRun::create`.
    fn create(&self, state: &mut State, run: Run, go1: Go1) -> Option<Run> {
        let (person, batch) = (run.person, state.imports[run.import].batches[run.person].unwrap_or_default());
        let fail = |run: Run| run.to(At::Fail(Answers { has_none: bit(person), ..Answers::default() }));
        if batch.failures >= MOST_FAILURES {
            return fail(run);
        }
        let made = Account {
            person,
            made_by: Some(run.import),
            listed: !self.lag,
            active: true,
            course: None,
            reactivated_by: None,
        };
        let run = Run { asked: true, changed: true, ..run };
        if !matches!(go1, Go1::Busy | Go1::Refused) {
            state.asked_for |= bit(person);
        }
        match go1 {
            Go1::Made | Go1::Unheard | Go1::Unreadable => state.accounts.push(made),
            Go1::Late => {
                state.late.push((person, run.import));
                state.late.sort_unstable();
            }
            Go1::Exists | Go1::Busy | Go1::Refused => {}
        }
        let account = state.accounts.len().saturating_sub(1);
        match go1 {
            Go1::Made => run.to(At::Store { account, created: true }),
            Go1::Unheard | Go1::Late => run.to(At::Search { answered: false }),
            Go1::Unreadable | Go1::Exists => run.to(At::Search { answered: true }),
            Go1::Busy => Run { asked: false, ..run }.to(At::PutOff { failed: false, wait: true }),
            Go1::Refused => fail(run),
        }
    }

    /// `Members::change_member`, from the row that was read; `None` where somebody else has changed it.
    fn change_member(&self, state: &mut State, run: Run, after: Member) -> Option<Run> {
        let before = run.member?;
        let same = self.same_member(state.members[run.person], Some(before));
        if same {
            state.members[run.person] = Some(after);
        }
        same.then_some(Run { member: Some(after), ..run })
    }

    /// What the condition of a write compares of the member.
    pub fn same_member(&self, stored: Option<Member>, read: Option<Member>) -> bool {
        if self.keeps(Rule::RevisionIsCompared) {
            return stored == read;
        }
        stored.is_some() == read.is_some()
            && stored.and_then(|member| member.account) == read.and_then(|member| member.account)
    }
}

/// The table says that somebody else was first: the attempt ends, and the next one reads anew.
fn give_back(run: Run) -> Option<Run> {
    run.to(At::Release { failed: false, hide: false })
}

/// The outcome, for which nothing else is needed any more.
fn finished(run: Run, outcome: Outcome) -> Option<Run> {
    Run { member: None, asked: false, earlier: false, changed: false, fresh: false, ..run }.to(At::EndPerson(outcome))
}

/// `PersonRun::reactivated`, and then the courses.
fn with_account(run: Run) -> Option<Run> {
    run.to(match run.member {
        Some(Member { asked: true, .. }) => At::Release { failed: false, hide: true },
        Some(Member { deactivated: true, .. }) => At::ReactivateIntent,
        _ => At::Enroll,
    })
}
