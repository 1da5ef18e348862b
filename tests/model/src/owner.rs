//! The steps of the presses and of the sweeper, and those that the worker has in common with them.

use crate::rules::{Rule, Scenario};
use crate::state::{
    Answers, At, Erasure, Import, Member, Outcome, PEOPLE, PRESSES, People, Run, SWEEPER, State, Status, Task, WORKERS,
    bit, each,
};

/// A press of the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press {
    /// `import::confirm`.
    Import,
    /// `import::stop`.
    Stop,
    /// `importing::undo::Undo::confirm` of this import.
    Undo(usize),
    /// `importing::erasure::Eraser`.
    Erase,
}

impl Scenario {
    /// The first write of a press: the acceptance, which is one transaction, or `stopped_at`.
    pub fn press(&self, state: &mut State, press: Press) -> Option<Run> {
        let idle = state.active.is_none() && state.erasure == Erasure::None;
        match press {
            Press::Import if idle => {
                let accepted = self.plan(state);
                let places = accepted.iter().flatten().filter(|task| takes_place(**task)).count();
                self.accept(state, accepted, places, None)
            }
            Press::Undo(undone) if idle => {
                let accepted = self.undo_plan(state, undone);
                self.accept(state, accepted, 0, Some(undone))
            }
            Press::Stop => {
                let number = state.active?;
                let import = &mut state.imports[number];
                if import.status != Status::Running {
                    return None;
                }
                import.stopped = true;
                Some(Run::new(number, 0, At::ReadRest { begun: import.waits }))
            }
            Press::Erase if idle && !state.imports.is_empty() => {
                state.erasure = Erasure::Begun;
                Some(Run::new(0, 0, At::EraseRows))
            }
            Press::Import | Press::Undo(_) | Press::Erase => None,
        }
    }

    /// `state::ImportAcceptance::accept_import`.
    fn accept(
        &self,
        state: &mut State,
        accepted: [Option<Task>; PEOPLE],
        places: usize,
        undoes: Option<usize>,
    ) -> Option<Run> {
        if accepted.iter().all(Option::is_none) || state.used + places > self.cap {
            return None;
        }
        state.used += places;
        state.active = Some(state.imports.len());
        state.imports.push(Import {
            status: Status::Accepting,
            undoes,
            accepted,
            stopped: false,
            is_overdue: false,
            waits: false,
            unsent: 0,
            rows: [None; PEOPLE],
            batches: [None; PEOPLE],
            queue: 0,
            hidden: 0,
            stop_answered: false,
        });
        Some(Run::new(state.imports.len() - 1, 0, At::AddRows))
    }

    /// `domain::plan::make_plan`, with everybody ticked for whom there is a place.
    fn plan(&self, state: &State) -> [Option<Task>; PEOPLE] {
        let mut places = self.cap - state.used;
        std::array::from_fn(|person| {
            let found = state.found(person);
            let task = match state.members[person] {
                _ if person >= self.people => return None,
                Some(member) if !member.unfinished => return None,
                Some(Member { account: Some(account), created, .. }) => {
                    Task::Resume { account: Some(account), created }
                }
                Some(_) => {
                    let created = found.is_some_and(|account| state.accounts[account].made_by.is_some());
                    Task::Resume { account: found, created }
                }
                None if places == 0 => return None,
                None => found.map_or(Task::Create, |_| Task::Link),
            };
            places -= usize::from(takes_place(task));
            Some(task)
        })
    }

    /// `domain::import::undo_of`.
    fn undo_plan(&self, state: &State, undone: usize) -> [Option<Task>; PEOPLE] {
        let later = || state.imports.iter().enumerate().skip(undone + 1);
        std::array::from_fn(|person| {
            let member = state.members[person];
            let was_made = member.is_some_and(|member| {
                member.created && (member.import == undone || member.reactivated_by == Some(undone))
            });
            let (account, assigned, by_time) = match state.imports[undone].rows[person]?.1 {
                Outcome::Done { account, assigned, by_time } => (account, assigned, by_time),
                Outcome::Failed { account: Some(account), .. } => (account, false, true),
                Outcome::Failed { account: None, .. } if was_made => (member?.account?, false, true),
                _ => return None,
            };
            let outcome = |import: &Import| import.rows[person].map(|(_, outcome)| outcome);
            let is_undone = |number: usize| {
                let mut undos = state.imports.iter().filter(|import| import.undoes == Some(number));
                undos.any(|undo| outcome(undo) == Some(Outcome::Undone))
            };
            let finished = |number: usize, import: &Import| {
                import.undoes.is_none() && matches!(outcome(import), Some(Outcome::Done { .. })) && !is_undone(number)
            };
            if is_undone(undone) || later().any(|(number, import)| finished(number, import)) {
                return None;
            }
            let created = was_made || !self.keeps(Rule::OnlyOursIsDeactivated);
            Some(Task::Undo { account, created, assigned, by_time: by_time || created })
        })
    }

    /// What the sweeper finds to do: `sweeper::advance`, `silent_batches`, `overdue::end_overdue`, and the erasures.
    pub fn sweep(&self, state: &mut State) -> Option<Run> {
        let nobody_erases = !state
            .processes
            .iter()
            .flatten()
            .any(|run| matches!(run.at, At::EraseRows | At::EraseMembers | At::EndErasure));
        let begun = state.erasure == Erasure::Begun && nobody_erases;
        let nobody_works = state.processes[..SWEEPER].iter().all(Option::is_none);
        let is_swept = state.erasure == Erasure::Ended && self.keeps(Rule::ErasureIsSweptAgain);
        let leftovers = is_swept && nobody_works && state.has_people();
        if begun || leftovers {
            return Some(Run::new(0, 0, At::EraseRows));
        }
        let number = state.active?;
        let at = |at| Some(Run::new(number, 0, at));
        // `GRACE_PERIOD`: whoever accepted the import may be at it still.
        let accepts = |run: &Run| matches!(run.at, At::AddRows | At::Start | At::Send(_) | At::MarkSent);
        if state.processes[PRESSES].iter().flatten().any(accepts) {
            return None;
        }
        let import = &mut state.imports[number];
        if import.is_overdue {
            if import.status == Status::Accepting {
                import.status = Status::Running;
            }
            return Some(Run { is_overdue: true, ..Run::new(number, 0, At::ReadRest { begun: true }) });
        }
        if import.status == Status::Accepting {
            self.tasks(state, number)?;
            return at(At::AddRows);
        }
        let (waiting, waits, stopped) = (import.waiting(), import.waits, import.stopped);
        let batch = |person: usize| import.batches[person].unwrap_or_default();
        // A batch may be dropped already, by a stop that died before it gave its people up.
        let ends_here = |person| batch(person).dropped || batch(person).asked_nobody();
        if waiting == 0 || stopped && each(waiting).any(|person| ends_here(person) || waits) {
            return at(At::ReadRest { begun: waits });
        }
        let (unsent, queue) = (import.unsent, import.queue);
        let held: People =
            each(waiting).filter(|person| batch(*person).held && queue & bit(*person) == 0).map(bit).sum();
        let silent = if stopped { held } else { waiting & unsent & !queue | held };
        let is_idle = each(silent).all(|person| !state.at_work(number, person));
        (silent != 0 && is_idle && !waits).then(|| Run::new(number, 0, At::Send(silent)))
    }

    /// What an accepted import writes for whom; `None` is `DispatchError::PlanMismatch`, and nothing is written.
    fn tasks(&self, state: &State, number: usize) -> Option<[Option<Task>; PEOPLE]> {
        let import = &state.imports[number];
        let tasks = match import.undoes {
            Some(undone) if !self.keeps(Rule::UndoKeepsItsPeople) => self.undo_plan(state, undone),
            _ => import.accepted,
        };
        let count = |tasks: &[Option<Task>]| tasks.iter().flatten().count();
        (count(&tasks) == count(&import.accepted)).then_some(tasks)
    }

    /// A step that is not the worker's alone.
    pub fn end(&self, state: &mut State, run: Run) -> Option<Run> {
        let number = run.import;
        match run.at {
            // `Dispatch::write_and_send`
            At::AddRows => {
                let tasks = self.tasks(state, number)?;
                for (row, task) in state.imports[number].rows.iter_mut().zip(tasks) {
                    *row = row.or(task.map(|task| (task, Outcome::Waiting)));
                }
                run.to(At::Start)
            }
            At::Start => {
                let import = &mut state.imports[number];
                if import.status != Status::Accepting {
                    return None;
                }
                (import.status, import.unsent) = (Status::Running, import.waiting());
                run.to(At::Send(import.unsent))
            }
            At::Send(left) => {
                let sent = each(left).next().map_or(0, bit);
                state.imports[number].queue |= sent;
                let rest = left & !sent;
                run.to(if rest == 0 { At::MarkSent } else { At::Send(rest) })
            }
            At::MarkSent => {
                state.imports[number].unsent = 0;
                None
            }
            At::ReadRest { .. } | At::Drop { .. } | At::ReadConflict { .. } => self.give_up(state, run),
            // `ending::fail_person`: the member is read, and the transaction is tried again where it conflicts.
            At::Fail(answers) => {
                let person = each(answers.all()).next()?;
                Run { person, member: state.members[person], ..run }.to(At::FailWrite(answers))
            }
            At::FailWrite(answers) => {
                let (one, read) = (bit(run.person), run.member);
                let rest = Answers {
                    not_asked: answers.not_asked & !one,
                    member_tells: answers.member_tells & !one,
                    has_none: answers.has_none & !one,
                    no_answer: answers.no_answer & !one,
                };
                let next = if rest.all() == 0 { At::EndImport } else { At::Fail(rest) };
                let run = Run { member: None, ..run };
                let Some((task, Outcome::Waiting)) = state.imports[number].rows[run.person] else {
                    return run.to(next);
                };
                if !self.same_member(state.members[run.person], read) {
                    return run.to(At::Fail(answers));
                }
                let (outcome, member) = self.failed(number, task, read, answers, one);
                state.imports[number].rows[run.person] = Some((task, outcome));
                state.members[run.person] = member;
                run.to(next)
            }
            At::EndImport => {
                Self::end_import(state, number, run.is_overdue);
                if run.is_worker { run.to(At::Acknowledge) } else { None }
            }
            // `Eraser::erase_all`
            At::EraseRows => {
                for import in &mut state.imports {
                    (import.rows, import.batches) = ([None; PEOPLE], [None; PEOPLE]);
                }
                run.to(At::EraseMembers)
            }
            At::EraseMembers => {
                state.members = [None; PEOPLE];
                run.to(At::EndErasure)
            }
            At::EndErasure => {
                state.erasure = Erasure::Ended;
                None
            }
            _ => None,
        }
    }

    /// `domain::import::failed`; for an undo `domain::import::undo_failed`.
    fn failed(
        &self,
        number: usize,
        task: Task,
        member: Option<Member>,
        answers: Answers,
        one: People,
    ) -> (Outcome, Option<Member>) {
        let none = Outcome::Failed { account: None, unresolved: false };
        let unresolved = Outcome::Failed { account: None, unresolved: true };
        let told = (answers.not_asked | answers.member_tells) & one != 0;
        if let Task::Undo { account, .. } = task {
            let open = (answers.no_answer | answers.member_tells) & one != 0;
            let begun = self.keeps(Rule::GivenUpUndoIsWaitedFor) && open;
            let member = member.map(|member| Member { asked: member.asked || begun, ..member });
            return (Outcome::Failed { account: Some(account), unresolved: false }, member);
        }
        match member {
            Some(member @ Member { account: Some(account), .. }) => {
                let outcome = Outcome::Failed { account: Some(account), unresolved: false };
                let asked = member.asked || (answers.no_answer | answers.member_tells) & one != 0;
                (outcome, Some(Member { unfinished: true, asked, ..member }))
            }
            _ if answers.has_none & one != 0 => (none, None),
            None if told || !self.keeps(Rule::UnresolvedKeepsItsPlace) => (none, None),
            Some(member) if told => (unresolved, Some(member)),
            _ => (unresolved, Some(Member::unresolved(number))),
        }
    }

    /// `ending::end_if_finished` and `ImportWork::end_import`, which is one transaction.
    fn end_import(state: &mut State, number: usize, is_overdue: bool) {
        let import = &mut state.imports[number];
        let missing = import.accepted.iter().zip(import.rows).filter_map(|(task, row)| task.filter(|_| row.is_none()));
        let missing: Vec<Task> = missing.collect();
        if import.status != Status::Running || import.waiting() != 0 || !missing.is_empty() && !is_overdue {
            return;
        }
        import.status = Status::Ended;
        (import.is_overdue, import.waits, import.unsent, import.hidden) = (false, false, 0, 0);
        let given_back = |row: &&(Task, Outcome)| matches!(row.1, Outcome::Failed { account: None, unresolved: false });
        state.used -= import.rows.iter().flatten().filter(given_back).count();
        state.used -= missing.into_iter().filter(|task| takes_place(*task)).count();
        state.active = None;
    }
}

impl State {
    /// Whether the table has a row or a member.
    pub fn has_people(&self) -> bool {
        self.members.iter().any(Option::is_some)
            || self.imports.iter().any(|import| import.rows.iter().any(Option::is_some))
    }

    /// Whether a worker that lives has begun an attempt for this person, in whatever import.
    pub fn may_be_asked_for(&self, person: usize) -> bool {
        self.processes[WORKERS].iter().flatten().any(|run| run.attempt > 0 && run.person == person)
    }
}

fn takes_place(task: Task) -> bool {
    matches!(task, Task::Create | Task::Link)
}
