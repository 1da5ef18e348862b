//! Customers who have come as far as the people preview, and what they press there.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use http::StatusCode;
use journeys::browser::Sent;
use journeys::journey::{Customer, Journey};
use journeys::page::{Page, WalkError};

use crate::cloud::Cloud;
use crate::failure::Failure;

/// So many sign up at the same time.
const SIDE_BY_SIDE: usize = 6;

/// Somebody before the people preview.
pub(crate) struct Ready {
    pub(crate) journey: Journey,
    pub(crate) customer: Customer,
    /// What the press on "Import" sends.
    press: Sent,
    /// How many people will be imported.
    pub(crate) people: u32,
}

/// Somebody before the courses, with what the press on "See who can be imported" sends.
pub(crate) struct BeforeLook {
    journey: Journey,
    customer: Customer,
    press: Sent,
}

/// Texts that live as long as the program: a walk's customers are constants.
fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// New organisations of so many people, each with an owner of its own who signs up and consents.
pub(crate) async fn before_look(cloud: &Cloud, count: usize, people: usize) -> Result<Vec<BeforeLook>, Failure> {
    let mut customers = Vec::new();
    for (owner, organisation) in cloud.world.xero().add_organisations(count, people) {
        let number: String = organisation.name.chars().filter(char::is_ascii_digit).collect();
        customers.push(Customer {
            xero_user: kept(owner.email),
            organisation: kept(organisation.name),
            country: "AU",
            portal: kept(format!("bench-{number}")),
            name: (kept(owner.given_name), kept(owner.family_name)),
        });
    }
    let mut all = Vec::new();
    for some in customers.chunks(SIDE_BY_SIDE) {
        all.extend(try_join_all(some.iter().map(|customer| consented(cloud, *customer))).await?);
    }
    Ok(all)
}

/// As far as the courses.
async fn consented(cloud: &Cloud, customer: Customer) -> Result<BeforeLook, Failure> {
    let journey = Journey::new(&cloud.app);
    let courses = journey.reach_courses(&customer).await?;
    let press = Sent::form(&courses, "/preview/people", &[]);
    Ok(BeforeLook { journey, customer, press })
}

impl BeforeLook {
    /// Presses "See who can be imported": the page, and how long it took to come whole.
    pub(crate) async fn look(self, people: u32) -> Result<(Duration, Page, LookedAt), Failure> {
        let begun = Instant::now();
        let page = self.journey.browser.follow(self.press.clone()).await?;
        let took = begun.elapsed();
        let page = page.expect(StatusCode::OK, "/preview/people")?;
        Ok((took, page, LookedAt { journey: self.journey, customer: self.customer, people }))
    }
}

/// Somebody who has looked.
pub(crate) struct LookedAt {
    journey: Journey,
    customer: Customer,
    people: u32,
}

impl LookedAt {
    /// Before the press on "Import" of this page.
    pub(crate) fn ready(self, page: &Page) -> Ready {
        let Self { journey, customer, people } = self;
        Ready { journey, customer, press: Sent::form(page, "/imports", &[]), people }
    }
}

/// So many customers before the people preview, with so many people each.
pub(crate) async fn ready(cloud: &Cloud, count: usize, people: u32) -> Result<Vec<Ready>, Failure> {
    let looked = async |customer: BeforeLook| -> Result<Ready, Failure> {
        let (_, page, looked) = customer.look(people).await?;
        Ok(looked.ready(&page))
    };
    let mut customers = before_look(cloud, count, people.try_into()?).await?.into_iter();
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(try_join_all(customers.by_ref().take(SIDE_BY_SIDE).map(looked)).await?);
    }
    Ok(all)
}

impl Ready {
    /// Presses "Import": the page of its progress.
    pub(crate) async fn press(&self) -> Result<Page, WalkError> {
        let page = self.journey.browser.follow(self.press.clone()).await?;
        if page.status == StatusCode::OK && page.url.path().starts_with("/imports/") {
            Ok(page)
        } else {
            Err(page.unexpected("the progress of the import"))
        }
    }

    /// The portal's domain at GO1.
    pub(crate) fn domain(&self) -> String {
        format!("{}.mygo1.com", self.customer.portal)
    }
}
