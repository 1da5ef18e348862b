//! How much is measured, and where things are.

use crate::cloud::Places;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Whether it is only tried whether everything works.
    pub(crate) quick: bool,
    /// People of a full import.
    pub(crate) people: u32,
    /// Imports of each kind.
    pub(crate) imports: usize,
    pub(crate) slow_imports: usize,
    /// Starts of each function.
    pub(crate) starts: usize,
    pub(crate) warm_answers: usize,
    /// Full imports before a small one.
    pub(crate) full: usize,
    /// People of the large look.
    pub(crate) looked_at: u32,
}

impl Extent {
    pub(crate) const WHOLE: Self = Self {
        quick: false,
        people: 200,
        imports: 5,
        slow_imports: 3,
        starts: 11,
        warm_answers: 300,
        full: 50,
        looked_at: 2_000,
    };
    pub(crate) const QUICK: Self = Self {
        quick: true,
        people: 30,
        imports: 2,
        slow_imports: 1,
        starts: 3,
        warm_answers: 50,
        full: 6,
        looked_at: 400,
    };
}

/// What is run, and where things are.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) places: Places,
    pub(crate) extent: Extent,
    /// The names of the parts to run; all where it is empty.
    pub(crate) only: Vec<String>,
}
