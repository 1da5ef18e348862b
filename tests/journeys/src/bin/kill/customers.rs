//! Customers who sign up and import, many at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::StatusCode;
use journeys::journey::{Customer, Journey};
use journeys::once::Once;
use journeys::page::{Page, WalkError};
use journeys::stand_ins::{Listed, Ordered, Portal, StandIns};
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use url::Url;

/// How many press buttons at the same time: the local cloud is one machine.
const AT_ONCE: usize = 4;

/// How many come from one network, which may begin so many sign-ups an hour and log in so often in ten minutes.
const FROM_ONE_OFFICE: usize = 10;

/// How often each looks at the progress.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Everybody who came, and the imports that run.
pub(crate) struct Customers {
    door: Door,
    ready: Vec<Ready>,
    running: JoinSet<Result<Ended, WalkError>>,
}

/// A customer who sees the people, and has not confirmed.
struct Ready {
    customer: Customer,
    journey: Journey,
    people: Page,
}

/// An import that has ended, or for which nobody waits any longer.
pub(crate) struct Ended {
    /// Whose it is.
    pub(crate) customer: Customer,
    /// Whether it has ended.
    pub(crate) in_time: bool,
    journey: Journey,
    import: Page,
}

impl Customers {
    /// Nobody yet; each organisation will have so many people, and nobody watches an import beyond the deadline.
    pub(crate) fn new(stand_ins: StandIns, app: Url, people: usize, deadline: Instant) -> Self {
        let door =
            Door { stand_ins, app, people, turns: Arc::new(Semaphore::new(AT_ONCE)), deadline, came: Arc::default() };
        Self { door, ready: Vec::new(), running: JoinSet::new() }
    }

    /// Lets so many sign up and look at their people, and tells of each.
    pub(crate) async fn take_in(&mut self, count: usize, mut tell: impl FnMut()) -> Result<(), WalkError> {
        let mut coming = JoinSet::new();
        for ordered in self.door.stand_ins.add_organisations(count, self.door.people).await? {
            let door = self.door.clone();
            coming.spawn(async move { door.take_in(owner_of(ordered)).await });
        }
        while let Some(ready) = coming.join_next().await {
            self.ready.push(joined(ready)?);
            tell();
        }
        Ok(())
    }

    /// Lets everybody who is ready confirm, and watch.
    pub(crate) fn confirm_all(&mut self) {
        for ready in self.ready.drain(..) {
            let door = self.door.clone();
            self.running.spawn(async move { door.import(ready).await });
        }
    }

    /// One more customer comes, confirms and watches.
    pub(crate) fn another(&mut self) {
        let door = self.door.clone();
        self.running.spawn(async move {
            let mut ordered = door.stand_ins.add_organisations(1, door.people).await?;
            let ordered = ordered.pop().ok_or_else(|| WalkError::Unexpected("no organisation was made".to_owned()))?;
            let ready = door.take_in(owner_of(ordered)).await?;
            door.import(ready).await
        });
    }

    /// How many imports run, or will.
    pub(crate) fn running(&self) -> usize {
        self.running.len()
    }

    /// The next import that has ended already.
    pub(crate) fn ended(&mut self) -> Result<Option<Ended>, WalkError> {
        self.running.try_join_next().map(joined).transpose()
    }

    /// The next import that ends; none once all have.
    pub(crate) async fn next_ended(&mut self) -> Result<Option<Ended>, WalkError> {
        self.running.join_next().await.map(joined).transpose()
    }
}

impl Ended {
    /// What is wrong with it, by what Xero lists, GO1 holds and mailed, and our report says.
    pub(crate) async fn judge(&self, listed: &[Listed], portal: &Portal, mails: &[String]) -> Result<Once, WalkError> {
        let report = self.journey.report(&self.import).await?;
        Ok(Once::of(listed, portal, mails, &report))
    }
}

/// What every customer goes through.
#[derive(Clone)]
struct Door {
    stand_ins: StandIns,
    app: Url,
    people: usize,
    turns: Arc<Semaphore>,
    deadline: Instant,
    /// How many have come.
    came: Arc<AtomicUsize>,
}

impl Door {
    async fn take_in(&self, customer: Customer) -> Result<Ready, WalkError> {
        let _turn = self.turns.acquire().await;
        let number = self.came.fetch_add(1, Ordering::Relaxed);
        let office = u8::try_from(number / FROM_ONE_OFFICE).unwrap_or(u8::MAX);
        let journey = Journey::from_office(&self.app, office);
        let courses = journey.reach_courses(&customer).await?;
        let people = journey.look_at_people(&courses).await?.expect(StatusCode::OK, "/preview/people")?;
        let ticked = people.form("/imports")?.into_iter().filter(|(name, _)| name == "people").count();
        if ticked != self.people {
            return Err(people.unexpected(&format!("{} people ticked, not {ticked}", self.people)));
        }
        Ok(Ready { customer, journey, people })
    }

    async fn import(&self, ready: Ready) -> Result<Ended, WalkError> {
        let Ready { customer, journey, people } = ready;
        let import = {
            let _turn = self.turns.acquire().await;
            journey.confirm_import(&people).await?
        };
        let mut in_time = false;
        while !in_time && Instant::now() < self.deadline {
            tokio::time::sleep(LOOK_AGAIN).await;
            let _turn = self.turns.acquire().await;
            in_time = journey.look_at_import(&import).await?.ended;
        }
        Ok(Ended { customer, in_time, journey, import })
    }
}

/// The owner of an organisation, who asks for its name as the portal's address. The texts live as long as the run.
fn owner_of(ordered: Ordered) -> Customer {
    let portal = ordered.organisation.to_lowercase().replace(' ', "-");
    Customer {
        xero_user: ordered.owner.leak(),
        organisation: ordered.organisation.leak(),
        country: "AU",
        portal: portal.leak(),
        name: (ordered.given_name.leak(), ordered.family_name.leak()),
    }
}

fn joined<T>(task: Result<Result<T, WalkError>, JoinError>) -> Result<T, WalkError> {
    task.map_err(|error| WalkError::Unexpected(error.to_string()))?
}
