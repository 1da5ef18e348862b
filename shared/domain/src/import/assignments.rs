//! What of an import's courses somebody was assigned.

use crate::ids::{EnrollmentId, LearningObjectId};

/// What of an import's courses somebody was assigned, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignments {
    /// How many courses are assigned.
    pub enrollments: usize,
    /// The enrollments of which GO1 said that this import made them.
    pub assigned: Vec<EnrollmentId>,
    /// Whether the import may have made others as well, of which it did not hear: their time tells them.
    pub match_by_time: bool,
    /// The courses that GO1 refused to assign.
    pub refused: Vec<LearningObjectId>,
}

impl Assignments {
    /// Where nobody knows what was assigned, if anything was.
    pub fn unknown() -> Self {
        Self { enrollments: 0, assigned: Vec::new(), match_by_time: true, refused: Vec::new() }
    }
}
