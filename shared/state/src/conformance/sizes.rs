//! How many rows the parts make.

use domain::plan::MOST_PEOPLE;

/// How many rows the parts make that can do with fewer.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The people of each plan, and the letters of their names.
    pub(super) plans: &'static [(usize, usize)],
    /// The people of an import that is accepted.
    pub(super) people: u32,
    /// The members of a portal.
    pub(super) members: usize,
    /// The members of a portal that is erased, the people of each of its imports, and a fifth of those of its plans.
    pub(super) erased: usize,
}

impl Sizes {
    /// As many as there can be. The longest names make the last plan more than the megabyte that one page of a query has.
    pub const ALL: Self = Self {
        plans: &[(0, 5), (1, 5), (100, 5), (101, 5), (MOST_PEOPLE, 600)],
        people: 200,
        members: 200,
        erased: 30,
    };

    /// As few as still make every kind of request: for whoever runs a part many times.
    pub const FEW: Self = Self { plans: &[(1, 5), (101, 5)], people: 60, members: 8, erased: 3 };
}
