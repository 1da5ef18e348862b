//! Samples for the tests of whoever stands on this crate: whole values, of which a test changes what it is about.

use jiff::Timestamp;

use crate::import::{Import, ImportStatus, Ticks};

/// An import of ten people, each of whom takes a place, accepted at the beginning of 1970.
pub fn import() -> Import {
    Import {
        id: "import".into(),
        portal: "portal".into(),
        tenant: "tenant".into(),
        plan: "plan".into(),
        ticks: Ticks::default(),
        people: 10,
        people_per_batch: crate::import::PEOPLE_PER_BATCH,
        places: 10,
        read: 10,
        courses: vec!["1001".into(), "1002".into()],
        course_titles: Vec::new(),
        assignable: Vec::new(),
        status: ImportStatus::Accepting,
        accepted_at: Timestamp::UNIX_EPOCH,
        ended_at: None,
        sends: 0,
        sent_at: None,
        unsent: Vec::new(),
        wait: None,
        asked_until: None,
        resumed_at: None,
        stopped_at: None,
        sums: None,
        refused: Vec::new(),
        undoes: None,
        undone_by: None,
        undo_people: Vec::new(),
    }
}
