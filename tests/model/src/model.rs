//! What can happen next, and what must hold.

use stateright::{Model, Property};

use crate::owner::Press;
use crate::rules::{Rule, Scenario};
use crate::state::{
    Account, At, Budget, Erasure, Outcome, PEOPLE, PRESSES, SWEEPER, State, Status, WORKERS, bit, each,
};
use crate::worker::Go1;

/// One thing that happens. Between any two, any other may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A process makes its next step.
    Step(usize),
    /// GO1 answers the create of a worker so.
    Create(usize, Go1),
    /// A step whose write is made twice, because its first answer was lost.
    Twice(usize),
    /// A process dies, or the table fails and it gives up.
    Dies(usize),
    /// A worker has no token, so that the import waits before the attempt.
    NoToken(usize),
    /// A worker gets the message of a batch.
    Receive(usize, usize, usize),
    Press(Press),
    Sweep,
    /// The import is a day old.
    DayEnds,
    /// GO1 does what its caller has given up, or never does it.
    Lands {
        late: usize,
        made: bool,
    },
    /// GO1's lists and searches show an account.
    Listed(usize),
    /// All waits of the import and all late waits are over.
    TimePasses,
}

impl Model for Scenario {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let there =
            Account { person: 0, made_by: None, listed: true, active: true, course: Some(None), reactivated_by: None };
        vec![State {
            imports: Vec::new(),
            members: [None; PEOPLE],
            used: 0,
            active: None,
            erasure: Erasure::None,
            accounts: if self.was_there { vec![there] } else { Vec::new() },
            late: Vec::new(),
            processes: [None; 5],
            left: self.budget,
            asked_for: 0,
            begun_after_stop: false,
            took_too_much: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let left = state.left;
        for (process, run) in state.processes.iter().enumerate() {
            let Some(run) = run else { continue };
            if left.crashes > 0 {
                actions.push(Action::Dies(process));
            }
            if run.at == At::Create {
                actions.push(Action::Create(process, Go1::Made));
                let has_one = state.accounts.iter().any(|account| account.person == run.person);
                let exists = if has_one { &[Go1::Exists][..] } else { &[] };
                let trouble = [Go1::Unheard, Go1::Unreadable, Go1::Late, Go1::Busy, Go1::Refused];
                let trouble = trouble.iter().chain(exists).filter(|_| left.trouble > 0);
                actions.extend(trouble.map(|go1| Action::Create(process, *go1)));
                continue;
            }
            actions.push(Action::Step(process));
            if left.repeats > 0 && is_write(run.at) {
                actions.push(Action::Twice(process));
            }
            if left.trouble > 0 && matches!(run.at, At::Begin { .. }) {
                actions.push(Action::NoToken(process));
            }
        }
        if let Some(worker) = WORKERS.rev().find(|worker| state.processes[*worker].is_none()) {
            for (number, import) in state.imports.iter().enumerate() {
                actions.extend(each(import.queue).map(|person| Action::Receive(worker, number, person)));
            }
        }
        let presses = [(left.imports, Press::Import), (left.stops, Press::Stop), (left.erasures, Press::Erase)];
        actions.extend(presses.into_iter().filter(|(left, _)| *left > 0).map(|(_, press)| Action::Press(press)));
        if left.undos > 0 {
            let ended = |number: &usize| {
                let import = &state.imports[*number];
                import.undoes.is_none() && import.status == Status::Ended
            };
            let undos = (0..state.imports.len()).filter(ended);
            actions.extend(undos.map(|number| Action::Press(Press::Undo(number))));
        }
        actions.push(Action::Sweep);
        if left.days > 0 {
            actions.push(Action::DayEnds);
        }
        for late in 0..state.late.len() {
            actions.extend([true, false].map(|made| Action::Lands { late, made }));
        }
        let unlisted = state.accounts.iter().enumerate().filter(|(_, account)| !account.listed);
        actions.extend(unlisted.map(|(account, _)| Action::Listed(account)));
        actions.push(Action::TimePasses);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Step(process) => self.step(&mut state, process, Go1::Made)?,
            Action::Create(process, go1) => {
                state.left.trouble -= u8::from(go1 != Go1::Made);
                self.step(&mut state, process, go1)?;
            }
            Action::Twice(process) => {
                state.left.repeats -= 1;
                let before = state.processes[process];
                self.step(&mut state, process, Go1::Made)?;
                state.processes[process] = before;
                self.step(&mut state, process, Go1::Made)?;
            }
            Action::Dies(process) => {
                state.left.crashes -= 1;
                state.processes[process] = None;
            }
            Action::NoToken(process) => {
                state.left.trouble -= 1;
                let run = state.processes[process].as_mut()?;
                run.at = At::PutOff { failed: false, wait: true };
            }
            Action::Receive(worker, import, person) => {
                if WORKERS.filter(|other| *other != worker).any(|other| state.processes[other].is_some()) {
                    state.left.deliveries = state.left.deliveries.checked_sub(1)?;
                }
                state.processes[worker] = Some(Self::receive(&state, import, person)?);
            }
            Action::Press(press) => {
                let slot = PRESSES.rev().find(|slot| state.processes[*slot].is_none())?;
                match press {
                    Press::Import => state.left.imports -= 1,
                    Press::Stop => state.left.stops -= 1,
                    Press::Undo(_) => state.left.undos -= 1,
                    Press::Erase => state.left.erasures -= 1,
                }
                state.processes[slot] = Some(self.press(&mut state, press)?);
            }
            Action::Sweep => {
                if state.processes[SWEEPER].is_some() {
                    return None;
                }
                state.processes[SWEEPER] = Some(self.sweep(&mut state)?);
            }
            Action::DayEnds => {
                state.left.days -= 1;
                let active = state.active?;
                state.imports[active].is_overdue = true;
            }
            Action::Lands { late, made } => {
                let (person, import) = state.late.remove(late);
                if made {
                    state.accounts.push(Account {
                        person,
                        made_by: Some(import),
                        listed: !self.lag,
                        active: true,
                        course: None,
                        reactivated_by: None,
                    });
                }
            }
            Action::Listed(account) => state.accounts[account].listed = true,
            Action::TimePasses => self.time_passes(&mut state)?,
        }
        // Neither the workers nor the presses have names.
        state.processes[WORKERS].sort_unstable();
        state.processes[PRESSES].sort_unstable();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nobody is created twice", |_, state: &State| {
                (0..PEOPLE).all(|person| of(state, person).count() <= 1)
            }),
            Property::always("no more than the cap", |model: &Self, state: &State| {
                let made = state.accounts.iter().filter(|account| account.made_by.is_some()).count();
                state.used <= model.cap && made <= model.cap
            }),
            Property::always("places equal members at rest", |_, state: &State| {
                !state.is_quiet()
                    || state.erasure != Erasure::None
                    || state.used == state.members.iter().flatten().count()
            }),
            Property::always("a place is kept only for whom GO1 may have been asked", |_, state: &State| {
                let unresolved = |person: &usize| state.members[*person].is_some_and(|member| member.account.is_none());
                !state.is_quiet() || (0..PEOPLE).filter(unresolved).all(|person| state.asked_for & bit(person) != 0)
            }),
            Property::always("nobody is forgotten", |_, state: &State| {
                let is_ours = |person: usize| of(state, person).any(|account| account.made_by.is_some());
                let known = |person: usize| state.members[person].is_some() || !is_ours(person);
                !state.is_quiet() || state.erasure != Erasure::None || (0..PEOPLE).all(known)
            }),
            Property::always("a stop begins nothing that had not begun", |_, state: &State| !state.begun_after_stop),
            Property::always("every import ends", |model: &Self, state: &State| {
                let ended = state.imports.iter().all(|import| import.status == Status::Ended && import.waiting() == 0);
                ended || state.processes.iter().any(Option::is_some) || !model.next_states(state).is_empty()
            }),
            Property::always("an undo removes only what its import made", |_, state: &State| !state.took_too_much),
            Property::always("who was deactivated can come back", |_, state: &State| {
                let marked = |person: usize| state.members[person].is_some_and(|member| member.deactivated);
                let inactive = |account: &&Account| !account.active;
                let kept = state.accounts.iter().filter(inactive).all(|account| marked(account.person));
                !state.is_quiet() || state.erasure != Erasure::None || kept
            }),
            Property::always("after an erasure nobody is left", |model: &Self, state: &State| {
                !state.is_quiet()
                    || state.erasure == Erasure::None
                    || !state.has_people()
                    || model.next_state(state, Action::Sweep).is_some()
            }),
            Property::sometimes("everybody is imported", |model: &Self, state: &State| {
                let done = |person: usize| state.members[person].is_some_and(|member| !member.unfinished);
                state.is_quiet() && (0..model.people.min(model.cap)).all(done)
            }),
            Property::sometimes("what may happen has happened", |_, state: &State| {
                let Budget { imports, stops, undos, erasures, .. } = state.left;
                state.is_quiet() && imports + stops + undos + erasures == 0
            }),
        ]
    }
}

impl Scenario {
    fn step(&self, state: &mut State, process: usize, go1: Go1) -> Option<()> {
        let run = state.processes[process].take()?;
        state.processes[process] = self.work(state, run, go1);
        Some(())
    }

    /// A wait is over. It is longer than GO1 takes for what its caller has given up, and longer than its lists are
    /// behind: both have to have happened.
    fn time_passes(&self, state: &mut State) -> Option<()> {
        if !state.late.is_empty() || state.accounts.iter().any(|account| !account.listed) {
            return None;
        }
        for number in 0..state.imports.len() {
            for person in 0..PEOPLE {
                let at_work = state.at_work(number, person);
                if let Some(batch) = state.imports[number].batches[person].as_mut().filter(|_| !at_work) {
                    batch.unsettled = false;
                }
            }
            let import = &mut state.imports[number];
            (import.waits, import.hidden) = (false, 0);
        }
        for person in 0..PEOPLE {
            let asks = self.keeps(Rule::AskedCoversTheAttempt) && state.may_be_asked_for(person);
            if let Some(member) = state.members[person].as_mut().filter(|_| !asks) {
                member.asked = false;
            }
        }
        Some(())
    }
}

/// The accounts of a person.
fn of(state: &State, person: usize) -> impl Iterator<Item = &Account> {
    state.accounts.iter().filter(move |account| account.person == person)
}

/// Whether the step is one conditional write of the table.
fn is_write(at: At) -> bool {
    matches!(
        at,
        At::Begin { .. }
            | At::Store { .. }
            | At::Change { .. }
            | At::LeaveOpen
            | At::EndPerson(Outcome::Done { .. } | Outcome::Undone)
            | At::Release { .. }
            | At::EndStopped
            | At::DropStopped { .. }
            | At::FailWrite(_)
            | At::EndImport
            | At::AddRows
            | At::Start
            | At::Drop { .. }
    )
}
