//! What was seen, and the table that is printed of it.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::fact::{Fact, Grade};

/// What was seen of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds; how it was seen.
    Holds(String),
    /// It does not; what was seen instead.
    Differs(String),
    /// Nobody could look, and why.
    NotSeen(String),
}

/// What was seen of each fact that was looked at. What is put in here holds no name, no email and no token.
#[derive(Debug, Default)]
pub struct Report(BTreeMap<&'static str, Verdict>);

impl Report {
    /// Notes what was seen. A difference is never replaced.
    pub fn saw(&mut self, fact: &'static Fact, verdict: Verdict) {
        let known = self.0.get(fact.name);
        if !matches!(known, Some(Verdict::Differs(_))) {
            self.0.insert(fact.name, verdict);
        }
    }

    /// Notes that it holds where it does, and otherwise what was seen instead.
    pub fn check(&mut self, fact: &'static Fact, holds: bool, seen: impl Into<String>) {
        self.saw(fact, if holds { Verdict::Holds(seen.into()) } else { Verdict::Differs(seen.into()) });
    }

    /// Notes an error as what was seen instead, and hands on what is good.
    pub fn good<T, E: fmt::Display>(&mut self, fact: &'static Fact, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.saw(fact, Verdict::Differs(error.to_string()));
                None
            }
        }
    }

    /// What was seen of this fact.
    pub fn of(&self, fact: &Fact) -> Verdict {
        self.0.get(fact.name).cloned().unwrap_or_else(|| Verdict::NotSeen("nobody looked".to_owned()))
    }

    /// The names of the facts that do not hold.
    pub fn differences(&self) -> Vec<&'static str> {
        self.0.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Differs(_))).map(|(name, _)| *name).collect()
    }

    /// The table, in Markdown: what is assumed comes first, and what differs before what holds.
    pub fn table<'a>(&self, facts: impl Iterator<Item = &'a Fact>) -> String {
        let mut rows: Vec<(&Fact, Verdict)> = facts.map(|fact| (fact, self.of(fact))).collect();
        rows.sort_by_key(|(fact, verdict)| (fact.grade, order(verdict)));
        let mut text = "| fact | grade | what we lean on | seen | what depends on it |\n\
                        | --- | --- | --- | --- | --- |\n"
            .to_owned();
        for (fact, verdict) in rows {
            let Fact { name, says, depends, source, grade, .. } = fact;
            let grade = match grade {
                Grade::Documented => grade.word().to_owned(),
                Grade::Assumed | Grade::SeenElsewhere => format!("{}: {source}", grade.word()),
            };
            let seen = verdict.to_string().replace('|', "/");
            let _ = writeln!(text, "| {name} | {grade} | {says} | {seen} | {depends} |");
        }
        text
    }
}

fn order(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Differs(_) => 0,
        Verdict::NotSeen(_) => 1,
        Verdict::Holds(_) => 2,
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds(seen) => write!(formatter, "holds: {seen}"),
            Self::Differs(seen) => write!(formatter, "DIFFERS: {seen}"),
            Self::NotSeen(why) => write!(formatter, "not seen: {why}"),
        }
    }
}
