//! A payroll's employees, page by page. Payroll AU 1.0 tells no total and promises no order, so that people can move
//! from one page to another while they are read.

use std::collections::HashSet;
use std::pin::pin;

use domain::ids::{EmployeeId, TenantId};
use domain::people::SourcePerson;
use futures::{StreamExt as _, stream};
use secrecy::SecretString;
use serde::Deserialize;
use transport::answer::Rows;

use crate::client::{Read, XeroClient, about};
use crate::error::XeroError;
use crate::people::{Employee, everybody};

/// How many employees Payroll AU puts on a page (<https://developer.xero.com/documentation/api/payrollau/overview>).
const PAGE_SIZE: usize = 100;

/// So many pages are read one after the other: most lists have ended by then, and nothing is read for nothing.
const PAGES_IN_TURN: usize = 4;

/// How many of the others are read at a time. Xero allows five calls at a time for an organisation, whoever makes them.
/// (<https://developer.xero.com/documentation/guides/oauth2/limits/>)
const PAGES_AT_ONCE: usize = 2;

/// One page more than a plan can hold people, so that too many are seen to be too many.
const MOST_PAGES: usize = domain::plan::MOST_PEOPLE / PAGE_SIZE + 1;

#[derive(Deserialize)]
struct Employees {
    #[serde(rename = "Employees")]
    employees: Rows<Employee>,
}

/// Everybody on all pages, read once.
#[derive(Default)]
struct Pages {
    people: Vec<SourcePerson>,
    seen: HashSet<EmployeeId>,
    /// How many rows there were of which nothing can be read.
    unread: usize,
    /// Whether somebody was on two pages, or a page was short that was not the last: somebody else may be on none.
    moved: bool,
}

impl Pages {
    /// Adds those who are not there yet, and says how many they are.
    fn add(&mut self, people: impl Iterator<Item = SourcePerson>) -> usize {
        let before = self.people.len();
        for person in people {
            if self.seen.insert(person.employee_id.clone()) {
                self.people.push(person);
            }
        }
        self.people.len() - before
    }
}

impl XeroClient {
    /// Everybody, each once. Where people have moved while the pages were read, all are read once more; where they have
    /// moved again, whoever was seen at either time is there.
    pub(crate) async fn employees(
        &self,
        token: &SecretString,
        tenant: &TenantId,
    ) -> Result<Vec<SourcePerson>, XeroError> {
        let first = self.pages(token, tenant).await?;
        if !first.moved {
            return Ok(first.people);
        }
        let mut second = self.pages(token, tenant).await?;
        if second.moved {
            second.add(first.people.into_iter());
        }
        Ok(second.people)
    }

    /// The pages in order, to the first that is empty: for up to 200 people three reads at most, for 400 and
    /// more perhaps one beyond the page that ends them.
    async fn pages(&self, token: &SecretString, tenant: &TenantId) -> Result<Pages, XeroError> {
        let mut pages = Pages::default();
        let mut rows_before = PAGE_SIZE;
        let read = |page: usize| async move {
            let call =
                about(&self.settings.payroll_url, token, tenant, &["Employees"]).query("page", &page.to_string());
            let read = Read { call: "employees", payroll: true };
            self.read::<Employees>(read, call.build()).await
        };
        let in_turn = stream::iter(1..=PAGES_IN_TURN).then(read);
        let others = stream::iter(PAGES_IN_TURN + 1..=MOST_PAGES).map(read).buffered(PAGES_AT_ONCE);
        let mut reads = pin!(in_turn.chain(others));
        while let Some(read) = reads.next().await {
            let (body, trace) = read?;
            let rows = body.employees.count();
            if rows == 0 {
                break;
            }
            let Rows { read, unread } = body.employees;
            let readable = read.len();
            let new = pages.add(everybody(Rows { read, unread: 0 }, 0));
            if new == 0 && rows == PAGE_SIZE && readable > 0 {
                return Err(XeroError::Loop { trace });
            }
            let was_short = rows_before < PAGE_SIZE;
            if new == 0 && was_short && rows == rows_before {
                // The page before once more: whoever answers knows no pages, and it was the whole list.
                break;
            }
            pages.add(everybody(Rows::<Employee> { read: Vec::new(), unread }, pages.unread));
            pages.unread += unread;
            pages.moved |= was_short || new < readable;
            rows_before = rows;
        }
        Ok(pages)
    }
}
