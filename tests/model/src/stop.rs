//! What ends an import early: which batches a stop drops, and whom it gives up.

use crate::rules::{Rule, Scenario};
use crate::state::{Answers, At, Batch, PEOPLE, People, Run, State, bit, each};

impl Scenario {
    /// A step of `stop::give_up`.
    pub fn give_up(&self, state: &mut State, run: Run) -> Option<Run> {
        let number = run.import;
        match run.at {
            At::ReadRest { begun } => {
                let import = &state.imports[number];
                let batch = |person: &usize| import.batches[*person];
                let may_drop = |person: &usize| {
                    let batch = batch(person).unwrap_or_default();
                    !batch.dropped && self.may_drop(batch, begun)
                };
                let unknown = each(import.waiting()).filter(may_drop).map(bit).sum();
                let dropped = |person: &usize| batch(person).is_some_and(|batch| batch.dropped);
                let dropped = (0..PEOPLE).filter(dropped).map(bit).sum();
                let unsettled = |person: &usize| begun && batch(person).is_some_and(|batch| !batch.is_settled());
                state.asked_for |= each(import.waiting()).filter(unsettled).map(bit).sum::<People>();
                Self::drop_rest(state, run, begun, unknown, dropped)
            }
            // The condition has the attempts that were read as well; without them more is dropped.
            At::Drop { begun, unknown, dropped } => {
                let person = each(unknown).next()?;
                let rest = unknown & !bit(person);
                let batch = &mut state.imports[number].batches[person];
                match batch {
                    Some(known) if !known.dropped && self.may_drop(*known, begun) => {
                        known.dropped = true;
                        Self::drop_rest(state, run, begun, rest, dropped | bit(person))
                    }
                    Some(_) if self.keeps(Rule::ConflictIsRead) => run.to(At::ReadConflict { begun, unknown, dropped }),
                    Some(_) => Self::drop_rest(state, run, begun, rest, dropped),
                    None => {
                        *batch = Some(Batch { dropped: true, ..Batch::default() });
                        Self::drop_rest(state, run, begun, rest, dropped | bit(person))
                    }
                }
            }
            At::ReadConflict { begun, unknown, dropped } => {
                let person = each(unknown).next()?;
                let batch = state.imports[number].batches[person].unwrap_or_default();
                if !batch.dropped && self.may_drop(batch, begun) {
                    return run.to(At::Drop { begun, unknown, dropped });
                }
                if begun && !batch.is_settled() {
                    state.asked_for |= bit(person);
                }
                let dropped = if batch.dropped { dropped | bit(person) } else { dropped };
                Self::drop_rest(state, run, begun, unknown & !bit(person), dropped)
            }
            _ => None,
        }
    }

    /// `stop::give_up`: whether a batch that is not dropped is. One of which nothing is known was never attempted.
    fn may_drop(&self, batch: Batch, begun: bool) -> bool {
        let never = batch.attempts == 0;
        never || self.keeps(Rule::EndInOrderIsTold) && (batch.asked_nobody() || begun && batch.is_settled())
    }

    /// `stop::give_up`: the next batch to drop, or the people to give up.
    fn drop_rest(state: &mut State, run: Run, begun: bool, unknown: People, dropped: People) -> Option<Run> {
        if unknown != 0 {
            return run.to(At::Drop { begun, unknown, dropped });
        }
        let import = &mut state.imports[run.import];
        import.stop_answered |= import.stopped;
        let waiting = import.waiting();
        let no_answer = if begun { waiting & !dropped } else { 0 };
        let asked = |person: &usize| import.batches[*person].is_some_and(|batch| batch.asked);
        let asked: People = each(waiting & dropped).filter(asked).map(bit).sum();
        let answers = Answers { not_asked: waiting & dropped & !asked, member_tells: asked, no_answer, has_none: 0 };
        run.to(if answers.all() == 0 { At::EndImport } else { At::Fail(answers) })
    }
}
