//! What Xero and GO1 hold, asked of their stand-ins. An import is judged by this, not by our own counters.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::browser::WalkError;

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

/// A portal with its people and their enrollments.
#[derive(Clone, Debug, Deserialize)]
pub struct Portal {
    user_accounts: Vec<UserAccount>,
    enrollments: Vec<Enrollment>,
}

#[derive(Clone, Debug, Deserialize)]
struct UserAccount {
    id: String,
    email: String,
    roles: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Enrollment {
    user_account_id: String,
    lo_id: String,
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
        let url = join(&self.xero, "/_control/head-count")?;
        let order = serde_json::json!({ "organisation": organisation, "count": count });
        let answer = self.client.post(url.clone()).json(&order).send().await;
        answer.and_then(reqwest::Response::error_for_status).map_err(|source| WalkError::NoAnswer { url, source })?;
        Ok(())
    }

    /// The portal at `label`.mygo1.com.
    pub async fn portal(&self, label: &str) -> Result<Portal, WalkError> {
        self.get(join(&self.go1, &format!("/_control/portals/{label}.mygo1.com"))?).await
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, WalkError> {
        let no_answer = |source| WalkError::NoAnswer { url: url.clone(), source };
        let answer = self.client.get(url.clone()).send().await.map_err(no_answer)?;
        answer.error_for_status().map_err(no_answer)?.json().await.map_err(no_answer)
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

fn normalised(email: &str) -> String {
    email.trim().to_lowercase()
}

fn join(base: &Url, path: &str) -> Result<Url, WalkError> {
    base.join(path).map_err(|_| WalkError::Unexpected(format!("{path} is no path")))
}
