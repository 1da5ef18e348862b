//! What happens in one run: who is imported, how GO1 and the owner behave, and which faults are planned. All of it
//! follows from a seed.

use stand_ins::Duplicates;
use stand_ins::go1::endpoint;

use crate::fault::{Failing, Fault, PlannedFault};
use crate::press::{PlannedPress, Press, When};

/// The courses that GO1 has for the portals' country; a scenario takes the first so many of them.
pub(crate) const COURSES: [&str; 3] = ["1001", "1002", "1003"];

/// The same in the United States, where the people are the contacts of a group.
pub(crate) const AMERICAN_COURSES: [&str; 3] = ["2001", "2002", "2003"];

/// What GO1 and our table hold of a person when the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartingPoint {
    /// Nothing at all.
    New,
    /// An account at GO1 that this product did not create.
    ForeignAccount,
    /// The same, with one of the courses, which somebody else has assigned.
    ForeignEnrollment,
    /// A member with an account, whose courses are missing.
    CoursesMissing,
    /// A member for whom an earlier import may have created an account, and did.
    UncertainCreated,
    /// A member for whom an earlier import may have created an account, and did not.
    UncertainNotCreated,
}

/// A status with which GO1 answers every call of one kind, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermanentError {
    pub endpoint: &'static str,
    pub status: u16,
}

/// Courses that GO1 refuses to assign, as it does where a portal has no licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CourseRefusal {
    /// 403 or 404.
    pub status: u16,
    pub of: RefusedCourses,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedCourses {
    /// The first course, for ever.
    First,
    /// Whatever is asked for, so many times.
    Calls(u32),
}

/// The portal's tokens when the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokensAtStart {
    Fresh,
    /// The access token has to be renewed before the first call.
    Expiring,
    /// The access token has to be renewed, and GO1 no longer takes the refresh token.
    Void,
}

/// A period in which something fails.
#[derive(Clone, Copy, Debug)]
pub struct PlannedOutage {
    pub from_second: i64,
    pub minutes: i64,
    pub failing: Failing,
    pub fault: Fault,
}

/// What is enumerated: the story of one customer with one person and two courses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Story {
    /// An import.
    Import,
    /// An import, its undo, and another import with a newcomer.
    Undo,
    /// An import while GO1's lists and searches are twenty seconds behind.
    ListsBehind,
    /// A first look by the pages themselves, with an access token that has to be renewed; then the import.
    Look,
    /// The same, where the people are the contacts of a group; and then another look and another import, with a newcomer.
    Group,
    /// An import that is stopped after half a minute, which is too late unless a fault has put it off, and then another
    /// one with a newcomer.
    Stopped,
    /// An import that waits for a login, is stopped in two tabs at once, and then another one with a newcomer.
    Waiting,
    /// An import whose batch fails until its last attempt: GO1 answers every creation with 500 for a while.
    LastAttempt,
    /// An import, an undo that ends without having deactivated the account because GO1 answers that with 500, and another
    /// import with a newcomer.
    UndoFails,
    /// An import that is stopped while it waits because GO1 answers every creation with 500, and another one with a newcomer.
    StoppedLate,
    /// An import, and a message that no release can read.
    Unreadable,
    /// An import whose messages an operator takes off the queue after half a minute.
    EmptiedQueue,
    /// An import whose people cannot be stored for a day.
    NoRows,
    /// An import, and another one of a list that has grown old: who was on it has left, and somebody else has come.
    OldList,
    /// An import at which a worker stands still, a second one gets the message, and the first one goes on beside it. What
    /// is enumerated of it is in `races.rs`.
    Race,
}

impl Story {
    pub const ALL: [Self; 15] = [
        Self::Import,
        Self::Undo,
        Self::ListsBehind,
        Self::Look,
        Self::Group,
        Self::Stopped,
        Self::Waiting,
        Self::LastAttempt,
        Self::UndoFails,
        Self::StoppedLate,
        Self::Unreadable,
        Self::EmptiedQueue,
        Self::NoRows,
        Self::OldList,
        Self::Race,
    ];

    /// Its name in a `SCHEDULE=`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Undo => "undo",
            Self::ListsBehind => "lists",
            Self::Look => "look",
            Self::Group => "group",
            Self::Stopped => "stopped",
            Self::Waiting => "waiting",
            Self::LastAttempt => "last-attempt",
            Self::UndoFails => "undo-fails",
            Self::StoppedLate => "stopped-late",
            Self::Unreadable => "unreadable",
            Self::EmptiedQueue => "emptied-queue",
            Self::NoRows => "no-rows",
            Self::OldList => "old-list",
            Self::Race => "race",
        }
    }
}

/// One customer of a run, and what is done there.
#[derive(Clone, Debug)]
pub struct CustomerScenario {
    /// The people who are ticked.
    pub people: Vec<StartingPoint>,
    /// How many places the portal has left before the import.
    pub places_left: u32,
    /// How many milliseconds after the run's start the owner presses "Import".
    pub starts_after: u64,
    /// Whether the first look is one of the pages, with faults of its own, and not made at once.
    pub looks_by_page: bool,
    /// Whether the people are the contacts of a group, in the United States.
    pub of_a_group: bool,
    pub tokens: TokensAtStart,
    /// How many minutes it takes until somebody logs in with GO1 where that has become necessary; `None`: nobody does.
    pub login_after: Option<i64>,
    pub presses: Vec<PlannedPress>,
}

/// What happens in one run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The seed of the scheduling and of every generated value. With 0 the scheduling is not random at all.
    pub seed: u64,
    pub customers: Vec<CustomerScenario>,
    pub courses: usize,
    /// How many calls the worker has in flight, and how many it makes in a second; 0 stands for no limit.
    pub pace: (usize, u32),
    /// How GO1 answers the creation of a second account with the same email.
    pub duplicates: Duplicates,
    /// How many seconds GO1's lists and searches are behind.
    pub lists_behind: u8,
    /// Whether the clocks of processes differ.
    pub clocks_differ: bool,
    /// Whether messages are written as the release before this one wrote them.
    pub writes_previous_version: bool,
    /// How many accounts GO1 allows beside those that there are.
    pub user_limit: Option<usize>,
    /// How many times the button is pressed at the same moment.
    pub presses: usize,
    pub outage: Option<PlannedOutage>,
    /// An error that GO1 answers for the first person for ever.
    pub permanent_error: Option<PermanentError>,
    /// Whether the queue holds a message that no release can read.
    pub has_unreadable_message: bool,
    pub planned_faults: Vec<PlannedFault>,
    pub course_refusal: Option<CourseRefusal>,
}

impl Scenario {
    /// The scenario of the enumeration: one person, two courses, and nothing at random. With two faults GO1 creates a
    /// second account for everybody, and whoever failed is tried again at once, so that asking twice has an effect.
    pub fn smallest(story: Story, planned_faults: Vec<PlannedFault>) -> Self {
        // Of two workers at once one can make a second account, where GO1 lets it: nothing can call its request back.
        let is_pair = planned_faults.len() > 1 && story != Story::Race;
        let press = |when, press| PlannedPress { when, press };
        let presses = match story {
            Story::Undo => vec![press(When::Idle, Press::Undo), press(When::Idle, Press::ImportChanged)],
            Story::UndoFails => {
                let after_the_outage = When::After(60 * 60 * 1_000);
                vec![press(When::Ended, Press::Undo), press(after_the_outage, Press::ImportChanged)]
            }
            // The fourth attempt, after ten minutes, leads to a wait of a quarter of an hour.
            Story::StoppedLate => {
                let after = |seconds: u64| When::After(1_000 * seconds);
                vec![press(after(11 * 60), Press::Stop), press(after(11 * 60 + 30), Press::ImportChanged)]
            }
            Story::Group => vec![press(When::Idle, Press::ImportChanged)],
            Story::EmptiedQueue => vec![press(When::After(30_000), Press::EmptyQueue)],
            Story::OldList => vec![press(When::Idle, Press::ImportLate)],
            Story::Stopped | Story::Waiting => {
                let stop = if story == Story::Waiting { Press::StopTwice } else { Press::Stop };
                vec![
                    press(When::After(30_000), stop),
                    press(When::After(60_000), Press::LogIn),
                    press(When::After(90_000), Press::ImportChanged),
                ]
            }
            _ if is_pair => vec![press(When::Ended, Press::Retry)],
            _ => Vec::new(),
        };
        let customer = CustomerScenario {
            people: vec![StartingPoint::New],
            places_left: 5,
            starts_after: 0,
            looks_by_page: matches!(story, Story::Look | Story::Group),
            of_a_group: story == Story::Group,
            tokens: match story {
                Story::Look | Story::Group | Story::Undo => TokensAtStart::Expiring,
                Story::Waiting => TokensAtStart::Void,
                _ => TokensAtStart::Fresh,
            },
            login_after: Some(10),
            presses,
        };
        Self {
            seed: 0,
            customers: vec![customer],
            courses: 2,
            pace: (4, 0),
            duplicates: if is_pair || story == Story::ListsBehind {
                Duplicates::Accepted
            } else {
                Duplicates::Conflict
            },
            lists_behind: if story == Story::ListsBehind { 20 } else { 0 },
            clocks_differ: false,
            writes_previous_version: false,
            user_limit: None,
            presses: 1,
            // The last attempt comes forty minutes after the first, the one before it after twenty-five.
            outage: match story {
                Story::LastAttempt | Story::StoppedLate => Some((Failing::Endpoint(endpoint::CREATE_USER_ACCOUNT), 30)),
                Story::UndoFails => Some((Failing::Endpoint(endpoint::UPDATE_USER_ACCOUNT), 50)),
                Story::NoRows => Some((Failing::Write("add_people"), 26 * 60)),
                _ => None,
            }
            .map(|(failing, minutes)| {
                let is_write = matches!(failing, Failing::Write(_));
                let fault = if is_write { Fault::FailBefore } else { Fault::ServerErrorBefore };
                PlannedOutage { from_second: 0, minutes, failing, fault }
            }),
            permanent_error: None,
            has_unreadable_message: story == Story::Unreadable,
            planned_faults,
            course_refusal: None,
        }
    }

    /// Whether GO1 assigns no course at all, for ever. Then every import of a portal ends after a day.
    pub fn refuses_all_courses(&self) -> bool {
        let permanently = |error: PermanentError| error.endpoint == endpoint::CREATE_ENROLLMENT && error.status < 500;
        self.permanent_error.is_some_and(permanently)
            || self.courses == 1 && self.course_refusal.is_some_and(|refusal| refusal.of == RefusedCourses::First)
    }

    /// Whether somebody has courses that we did not assign. Then what GO1 refuses to another is taken for that person's
    /// trouble, which does not pass.
    pub fn others_hold_courses(&self) -> bool {
        self.customers.iter().any(|customer| customer.people.contains(&StartingPoint::ForeignEnrollment))
    }

    /// Whether messages are taken off the queue. What is gone is sent again after a quarter of an hour.
    pub fn empties_the_queue(&self) -> bool {
        let mut presses = self.customers.iter().flat_map(|customer| &customer.presses);
        presses.any(|planned| planned.press == Press::EmptyQueue)
    }

    /// Whether the people of an import cannot be stored for a while.
    pub fn cannot_store_people(&self) -> bool {
        self.outage.is_some_and(|outage| outage.failing == Failing::Write("add_people"))
    }

    /// Whether it is one of the enumeration, with nothing at random.
    pub fn is_enumerated(&self) -> bool {
        self.seed == 0
    }

    /// Whether all of its outages and errors pass within minutes, so that the import must end soon after them.
    pub fn is_transient(&self) -> bool {
        // While GO1 answers nothing at all, failures do not count against a batch. Where it answers some of the calls,
        // the fifth failure ends the batch.
        let outage_passes = self.outage.is_none_or(|outage| match outage.failing {
            Failing::Go1 => outage.minutes <= 120,
            Failing::Endpoint(_) | Failing::Write(_) => outage.minutes <= 20 && self.planned_faults.is_empty(),
        });
        outage_passes
            && !self.refuses_all_courses()
            && self.permanent_error.is_none_or(|error| error.status < 500)
            && self.customers.iter().all(|customer| customer.login_after.is_some())
    }

    /// Whether, besides, GO1 refuses nobody and nobody's press changes what is imported: then everybody must be imported
    /// in the end.
    pub fn imports_everybody(&self) -> bool {
        // An outage of one endpoint can end a batch by five failures within a minute.
        self.outage.is_none_or(|outage| outage.failing == Failing::Go1)
            && self.is_transient()
            && self.permanent_error.is_none()
            && self.user_limit.is_none()
            && !self.clocks_differ
            && !(self.course_refusal.is_some() && self.others_hold_courses())
            && self.customers.iter().flat_map(|each| &each.presses).all(|planned| planned.press.leaves_imports_alone())
    }
}
