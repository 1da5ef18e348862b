//! The queue beside a naive model of it: whatever is sent, received, hidden, deleted and waited for, in any order.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;
use sqs_fifo::{DeduplicationScope, GroupOrder, Message, RedrivePolicy, Settings};

use crate::stage::{Stage, VISIBILITY, stage_with};

const MAX_RECEIVES: u32 = 4;
const RETENTION: SignedDuration = SignedDuration::from_hours(24);

#[derive(Clone, Debug)]
enum Step {
    Send { group: u8, word: u8 },
    Receive(usize),
    Delete(prop::sample::Index),
    Hide(prop::sample::Index, i64),
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (0..4_u8, 0..30_u8).prop_map(|(group, word)| Step::Send { group, word }),
        4 => (1..=10_usize).prop_map(Step::Receive),
        3 => index().prop_map(Step::Delete),
        2 => (index(), prop_oneof![Just(0), 1..700_i64, Just(43_200)]).prop_map(|(which, time)| Step::Hide(which, time)),
        3 => prop_oneof![1..400_i64, Just(3_600), Just(43_200)].prop_map(Step::Wait),
    ]
}

/// A message as the model has it: a line in a list, with no index, no handle and no clean-up.
#[derive(Clone, Debug)]
struct Line {
    number: usize,
    group: u8,
    sent_at: i64,
    receives: u32,
    /// When it was received last, and until when it is hidden.
    hidden: Option<(i64, i64)>,
    over: bool,
}

impl Line {
    fn is_there(&self, now: i64) -> bool {
        !self.over && now < self.sent_at + RETENTION.as_secs()
    }

    fn is_hidden(&self, now: i64) -> bool {
        self.is_there(now) && self.hidden.is_some_and(|(_, until)| now < until)
    }
}

#[derive(Default)]
struct Model {
    lines: Vec<Line>,
    /// Deduplication ids with the time of their first sending.
    words: Vec<(u8, u8, i64)>,
    dead: Vec<usize>,
}

impl Model {
    fn send(&mut self, now: i64, group: u8, word: u8) -> bool {
        if self.words.iter().any(|(its, other, at)| (*its, *other) == (group, word) && now < at + 300) {
            return false;
        }
        self.words.push((group, word, now));
        let number = self.lines.len();
        self.lines.push(Line { number, group, sent_at: now, receives: 0, hidden: None, over: false });
        true
    }

    /// Checks what was received, and what died of it, against the rules, and takes it over.
    fn received(&mut self, now: i64, most: usize, numbers: &[usize], died: &[usize]) {
        let held: BTreeSet<u8> = self.lines.iter().filter(|line| line.is_hidden(now)).map(|line| line.group).collect();
        for number in died {
            let line = &mut self.lines[*number];
            assert!(line.is_there(now) && line.receives >= MAX_RECEIVES, "{line:?} died too early");
            assert!(!held.contains(&line.group), "{line:?} died in a group that was held");
            line.over = true;
        }
        self.dead.extend(died);
        let mut before: Option<u8> = None;
        let mut seen = BTreeSet::new();
        for number in numbers {
            let group = self.lines[*number].group;
            assert!(!held.contains(&group), "group {group} was held");
            assert!(before == Some(group) || seen.insert(group), "group {group} was interrupted by another one");
            before = Some(group);
            let next = self.lines.iter().find(|line| {
                line.group == group && line.is_there(now) && line.hidden != Some((now, now + VISIBILITY.as_secs()))
            });
            assert_eq!(next.map(|line| line.number), Some(*number), "the group's next in order");
            let line = &mut self.lines[*number];
            assert!(line.receives < MAX_RECEIVES, "{line:?} was received too often");
            line.receives += 1;
            line.hidden = Some((now, now + VISIBILITY.as_secs()));
        }
        if numbers.len() < most {
            let left = self
                .lines
                .iter()
                .find(|line| line.is_there(now) && !line.is_hidden(now) && !held.contains(&line.group));
            assert!(left.is_none(), "{left:?} was free and was not returned");
        }
    }
}

struct Both {
    stage: Stage,
    model: Model,
    /// Every receipt that was ever given: its message, which receive it was, and its handle.
    receipts: Vec<(usize, u32, String)>,
}

impl Both {
    fn new(seed: u64) -> Self {
        let settings = Settings {
            visibility_timeout: VISIBILITY,
            retention: RETENTION,
            deduplication_scope: DeduplicationScope::MessageGroup,
            redrive_policy: Some(RedrivePolicy {
                max_receive_count: MAX_RECEIVES,
                retention: SignedDuration::from_hours(14 * 24),
            }),
            group_order: GroupOrder::Drawn,
            seed,
            ..Settings::default()
        };
        Self { stage: stage_with(settings), model: Model::default(), receipts: Vec::new() }
    }

    fn now(&self) -> i64 {
        self.stage.now.as_second()
    }

    fn take(&mut self, step: &Step) {
        let now = self.now();
        match step {
            Step::Send { group, word } => {
                let number = self.model.lines.len();
                let taken = self.model.send(now, *group, *word);
                let message = Message::new(group.to_string(), word.to_string(), number.to_string());
                let sent = self.stage.queue.send(self.stage.now, message).expect("allowed");
                assert_eq!(sent.repetition, !taken);
            }
            Step::Receive(most) => self.receive(*most),
            Step::Delete(which) => {
                let Some((number, receive, handle)) = self.receipt(*which) else { return };
                let line = &mut self.model.lines[number];
                let mine = line.is_hidden(now) && line.receives == receive;
                let gone = !line.is_there(now);
                line.over |= mine;
                let deleted = self.stage.queue.delete(self.stage.now, &handle);
                assert_eq!(deleted.is_ok(), mine || gone, "{deleted:?}");
            }
            Step::Hide(which, seconds) => {
                let Some((number, receive, handle)) = self.receipt(*which) else { return };
                let line = &mut self.model.lines[number];
                let mine = line.is_hidden(now) && line.receives == receive;
                let allowed = mine && line.hidden.is_some_and(|(received, _)| now + seconds <= received + 43_200);
                if let (true, Some((received, _))) = (allowed, line.hidden) {
                    line.hidden = Some((received, now + seconds));
                }
                let time = SignedDuration::from_secs(*seconds);
                let changed = self.stage.queue.change_visibility(self.stage.now, &handle, time);
                assert_eq!(changed.is_ok(), allowed, "{changed:?}");
            }
            Step::Wait(seconds) => self.stage.pass(SignedDuration::from_secs(*seconds)),
        }
    }

    fn receive(&mut self, most: usize) {
        let now = self.now();
        let received = self.stage.receive(most);
        assert!(received.len() <= most);
        let numbers: Vec<usize> = received.iter().map(|one| one.message.body.parse().expect("a number")).collect();
        let died: Vec<usize> = self.dead().into_iter().filter(|number| !self.model.dead.contains(number)).collect();
        self.model.received(now, most, &numbers, &died);
        for (number, one) in numbers.into_iter().zip(received) {
            assert_eq!(one.receive_count, self.model.lines[number].receives);
            self.receipts.push((number, one.receive_count, one.receipt_handle));
        }
    }

    fn receipt(&self, which: prop::sample::Index) -> Option<(usize, u32, String)> {
        (!self.receipts.is_empty()).then(|| which.get(&self.receipts).clone())
    }

    fn dead(&self) -> Vec<usize> {
        let dead = self.stage.queue.dead_letters().expect("a redrive policy");
        dead.waiting(self.stage.now).map(|waiting| waiting.message.body.parse().expect("a number")).collect()
    }

    /// Every message that was taken is there, was deleted, died, or grew too old: none is lost, none is twice.
    fn accounts(&self) {
        let now = self.now();
        let there: BTreeSet<usize> = self.stage.waiting().iter().map(|body| body.parse().expect("a number")).collect();
        let expected: BTreeSet<usize> =
            self.model.lines.iter().filter(|line| line.is_there(now)).map(|line| line.number).collect();
        assert_eq!(there, expected);
        assert_eq!(self.stage.waiting().len(), there.len(), "none twice");
        let mut dead = self.dead();
        dead.sort_unstable();
        let mut expected = self.model.dead.clone();
        expected.sort_unstable();
        assert_eq!(dead, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn the_queue_does_what_the_model_does(seed in any::<u64>(), steps in prop::collection::vec(step(), 0..120)) {
        let mut both = Both::new(seed);
        for step in &steps {
            both.take(step);
            both.accounts();
        }
    }
}
