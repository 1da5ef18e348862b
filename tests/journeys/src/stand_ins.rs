//! What Xero and GO1 hold, asked of their stand-ins. An import is judged by this, not by our own counters.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use crate::page::WalkError;

/// Both stand-ins.
#[derive(Clone, Debug)]
pub struct StandIns {
    client: reqwest::Client,
    xero: Url,
    go1: Url,
}

/// Somebody whom Xero lists: an employee, or a Xero user.
#[derive(Clone, Debug, Deserialize)]
pub struct Listed {
    /// The email as it was typed.
    pub email: Option<String>,
}

/// An organisation that was ordered, with its owner.
#[derive(Clone, Debug, Deserialize)]
pub struct Ordered {
    /// Its name.
    pub organisation: String,
    /// The Xero login of its owner, by email.
    pub owner: String,
    /// The owner's first name.
    pub given_name: String,
    /// The owner's last name.
    pub family_name: String,
}

/// A call that arrived at GO1.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// Which endpoint, by the stand-in's name of it.
    pub endpoint: String,
    /// The id of the portal that it concerns.
    pub tenant: Option<String>,
    /// What was answered; none while it runs, and where the caller went away.
    pub status: Option<u16>,
}

/// A portal with its people and their enrollments.
#[derive(Clone, Debug, Deserialize)]
pub struct Portal {
    /// Which portal.
    pub portal: PortalName,
    pub(crate) user_accounts: Vec<UserAccount>,
    pub(crate) enrollments: Vec<Enrollment>,
}

/// What names a portal.
#[derive(Clone, Debug, Deserialize)]
pub struct PortalName {
    /// GO1's id of it.
    pub id: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct UserAccount {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) roles: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Enrollment {
    pub(crate) user_account_id: String,
    pub(crate) lo_id: String,
}

/// What became of those whom Xero lists, by what both sides hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// People whom Xero lists.
    pub read: usize,
    /// Accounts in the portal beside its administrator's.
    pub created: usize,
    /// Administrators' accounts, there before any import, with courses.
    pub linked: usize,
    /// People whom Xero lists beyond those accounts.
    pub not_imported: usize,
    /// Different courses that different people are enrolled in.
    pub enrollments: usize,
    /// Accounts without exactly the five courses, or an email that nobody in Xero has, or the same one twice.
    pub failed: usize,
}

impl StandIns {
    /// At these addresses.
    ///
    /// # Panics
    /// Where no HTTP client can be made.
    pub fn new(xero: Url, go1: Url) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self { client, xero, go1 }
    }

    /// Everybody whom Xero lists for the organisation with that name: its employees, or its Xero users in the United
    /// States (`US`).
    pub async fn people(&self, organisation: &str, country: &str) -> Result<Vec<Listed>, WalkError> {
        let list = if country == "US" { "/_control/users" } else { "/_control/employees" };
        let mut url = join(&self.xero, list)?;
        url.query_pairs_mut().append_pair("organisation", organisation);
        self.get(url).await
    }

    /// Everybody whom Xero lists in this contact group of the organisation.
    pub async fn contacts(&self, organisation: &str, group: &str) -> Result<Vec<Listed>, WalkError> {
        let mut url = join(&self.xero, "/_control/contacts")?;
        url.query_pairs_mut().append_pair("organisation", organisation).append_pair("group", group);
        self.get(url).await
    }

    /// The names of the organisations that are connected.
    pub async fn connected(&self) -> Result<BTreeSet<String>, WalkError> {
        #[derive(Deserialize)]
        struct Summary {
            connections: Vec<Connection>,
        }
        #[derive(Deserialize)]
        struct Connection {
            organisation: String,
        }
        let summary: Summary = self.get(join(&self.xero, "/_control/summary")?).await?;
        Ok(summary.connections.into_iter().map(|connection| connection.organisation).collect())
    }

    /// Sets how many people without any trouble a payroll has.
    pub async fn set_head_count(&self, organisation: &str, count: usize) -> Result<(), WalkError> {
        let order = json!({ "organisation": organisation, "count": count });
        self.post(join(&self.xero, "/_control/head-count")?, &order).await?;
        Ok(())
    }

    /// Adds so many Australian organisations, each with so many people without trouble, its owner among them.
    pub async fn add_organisations(&self, count: usize, people: usize) -> Result<Vec<Ordered>, WalkError> {
        let url = join(&self.xero, "/_control/organisations")?;
        let answer = self.post(url.clone(), &json!({ "count": count, "people": people })).await?;
        answer.json().await.map_err(WalkError::no_answer(&url))
    }

    /// Says how long each call to GO1 takes from now on.
    pub async fn slow_down_go1(&self, latency: Duration) -> Result<(), WalkError> {
        let order = json!({ "latency_milliseconds": latency.as_millis() });
        self.post(join(&self.go1, "/_control/pace")?, &order).await?;
        Ok(())
    }

    /// Lets GO1 make a second account where an email has one already.
    pub async fn accept_second_accounts(&self) -> Result<(), WalkError> {
        self.post(join(&self.go1, "/_control/duplicates")?, &json!({ "answer": "accepted" })).await?;
        Ok(())
    }

    /// The calls to GO1, from which on, counted from 0.
    pub async fn go1_calls(&self, from: usize) -> Result<Vec<Call>, WalkError> {
        self.get(join(&self.go1, &format!("/_control/calls?from={from}"))?).await
    }

    /// The emails that GO1 mailed a welcome to; twice in here means mailed twice.
    pub async fn welcome_mails(&self) -> Result<Vec<String>, WalkError> {
        self.get(join(&self.go1, "/_control/welcome-mails")?).await
    }

    /// How often GO1 was told to enroll somebody anew, which throws their progress away.
    pub async fn re_enrollments(&self) -> Result<usize, WalkError> {
        #[derive(Deserialize)]
        struct Summary {
            re_enrollments: usize,
        }
        let summary: Summary = self.get(join(&self.go1, "/_control/summary")?).await?;
        Ok(summary.re_enrollments)
    }

    /// The portal at `label`.mygo1.com.
    pub async fn portal(&self, label: &str) -> Result<Portal, WalkError> {
        self.get(join(&self.go1, &format!("/_control/portals/{label}.mygo1.com"))?).await
    }

    async fn post(&self, url: Url, order: &serde_json::Value) -> Result<reqwest::Response, WalkError> {
        let answer = self.client.post(url.clone()).json(order).send().await;
        answer.and_then(reqwest::Response::error_for_status).map_err(WalkError::no_answer(&url))
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, WalkError> {
        let answer = self.client.get(url.clone()).send().await.and_then(reqwest::Response::error_for_status);
        answer.map_err(WalkError::no_answer(&url))?.json().await.map_err(WalkError::no_answer(&url))
    }
}

impl Tally {
    /// Counts. `administrator` is the role of the owner's own account, which no import makes.
    pub fn of(listed: &[Listed], portal: &Portal, administrator: &str) -> Self {
        let emails: BTreeSet<String> =
            listed.iter().filter_map(|person| Some(normalised(person.email.as_deref()?))).collect();
        let mut courses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for enrollment in &portal.enrollments {
            courses.entry(&enrollment.user_account_id).or_default().insert(&enrollment.lo_id);
        }
        let (mut tally, mut seen) = (Self { read: listed.len(), ..Self::default() }, BTreeSet::new());
        for account in &portal.user_accounts {
            let five = courses.get(&*account.id).map_or(0, BTreeSet::len);
            let was_there = account.roles.iter().any(|role| role == administrator);
            if was_there && five == 0 {
                continue;
            }
            let email = normalised(&account.email);
            *(if was_there { &mut tally.linked } else { &mut tally.created }) += 1;
            tally.enrollments += five;
            tally.failed += usize::from(five != 5 || !emails.contains(&email) || !seen.insert(email));
        }
        tally.not_imported = tally.read.saturating_sub(tally.created + tally.linked);
        tally
    }
}

pub(crate) fn normalised(email: &str) -> String {
    email.trim().to_lowercase()
}

fn join(base: &Url, path: &str) -> Result<Url, WalkError> {
    base.join(path).map_err(|_| WalkError::Unexpected(format!("{path} is no path")))
}
