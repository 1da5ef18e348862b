//! What the checks found: how often each promise was broken, and in which way.

use serde::Serialize;

/// How many times each promise was broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Violations {
    /// Somebody did not get what was promised, and nothing says why.
    pub lost: usize,
    /// Something was created twice, or without anybody asking for it.
    pub created_twice: usize,
    /// More places are used than there are, or their number does not match the members.
    pub over_cap: usize,
    /// An import does not end, or ends long after the last fault.
    pub hanging: usize,
    /// Something happened on the way that the history does not justify.
    pub untraced: usize,
    /// A step was taken after its process had crashed, so the simulation itself is wrong.
    pub effects_after_crash: usize,
}

/// A promise that a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Lost,
    CreatedTwice,
    OverCap,
    Hanging,
    Untraced,
}

impl Violations {
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.created_twice += other.created_twice;
        self.over_cap += other.over_cap;
        self.hanging += other.hanging;
        self.untraced += other.untraced;
        self.effects_after_crash += other.effects_after_crash;
    }
}

/// What was found in one run.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub violations: Violations,
    /// One sentence for each violation. People stand in it by their ids.
    pub descriptions: Vec<String>,
}

impl Findings {
    /// Adds a broken promise. The same sentence counts once.
    pub(crate) fn add(&mut self, broken: Broken, what: &str) {
        let (count, name) = match broken {
            Broken::Lost => (&mut self.violations.lost, "lost"),
            Broken::CreatedTwice => (&mut self.violations.created_twice, "created_twice"),
            Broken::OverCap => (&mut self.violations.over_cap, "over_cap"),
            Broken::Hanging => (&mut self.violations.hanging, "hanging"),
            Broken::Untraced => (&mut self.violations.untraced, "untraced"),
        };
        let description = format!("{name}: {what}");
        if !self.descriptions.contains(&description) {
            *count += 1;
            self.descriptions.push(description);
        }
    }
}
