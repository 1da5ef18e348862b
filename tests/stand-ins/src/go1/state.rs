//! What the fake GO1 holds.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::client::CLIENT_SECRET;
use super::limits::Limits;
use super::roles::{ADMINISTRATOR, LEARNER};
use super::scopes::Scopes;
use crate::courses::{Course, courses};
use crate::random::Random;
use crate::settings::{Duplicates, WorldSettings};

pub(crate) const ACCESS_LIFETIME: SignedDuration = SignedDuration::from_hours(12);
pub(crate) const REFRESH_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);
pub(crate) const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// A customer's portal.
#[derive(Clone, Debug, Serialize)]
pub struct Portal {
    /// A number as text.
    pub id: String,
    pub name: String,
    /// Such as `acme.mygo1.com`.
    pub domain: String,
    /// Two letters, as in ISO 3166.
    pub country: String,
    /// One of GO1's industries.
    pub industry: String,
    /// An IANA time zone.
    pub timezone: String,
    /// About how many people work there.
    pub company_size: Option<u64>,
    /// The id that the maker of the portal has for the customer.
    pub external_customer_id: Option<String>,
    /// The address of a picture.
    pub logo: Option<String>,
    /// Whether GO1 sends mails to the people of this portal.
    pub notifications: bool,
    /// Whether this product's partner app made it. The sample portals are not its own.
    pub ours: bool,
    /// The id of the user account that was made together with the portal.
    pub administrator: Option<String>,
    pub created: Timestamp,
}

/// The account of a person in one portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserAccount {
    /// A number as text.
    pub id: String,
    /// The id of the newer kind, `acc_...`.
    pub account_guid: String,
    pub portal_id: String,
    /// The id of the person, who has the same one in all portals.
    pub user_id: String,
    /// The email as it was sent.
    pub email: String,
    /// The user name as it was sent.
    pub username: String,
    pub given_name: String,
    pub family_name: String,
    /// Role ids, `rol_...`.
    pub roles: Vec<String>,
    /// Whether the person may log in.
    pub active: bool,
    /// What the API says of the account in place of `true` or `false`, until somebody activates or deactivates it.
    pub status: Option<String>,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// A course assigned to a user account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Enrollment {
    /// A number as text.
    pub id: String,
    pub portal_id: String,
    pub user_account_id: String,
    /// The id of the course.
    pub lo_id: String,
    /// `assigned` or `self-directed`.
    pub enrollment_type: String,
    /// `not-started`, `in-progress` or `completed`.
    pub status: String,
    pub assigner_account_id: Option<String>,
    pub due_date: Option<String>,
    pub created: Timestamp,
    /// Whether it was removed, or replaced by a later one. The learner loses the progress of it.
    pub archived: bool,
}

/// Whom an access token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The partner app itself.
    Partner,
    /// An account in a portal. The token is for that portal only.
    Portal { portal_id: String, account_id: String },
}

#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) caller: Caller,
    pub(crate) scopes: Scopes,
    pub(crate) expires: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct RefreshToken {
    pub(crate) caller: Caller,
    pub(crate) scopes: Scopes,
    pub(crate) expires: Timestamp,
    pub(crate) used: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) redirect_uri: String,
    pub(crate) caller: Caller,
    pub(crate) scopes: Scopes,
    pub(crate) expires: Timestamp,
    /// PKCE's, where one was sent.
    pub(crate) challenge: Option<String>,
}

/// How far lists are behind, and what they still show.
#[derive(Clone, Default)]
pub(crate) struct Lists {
    pub(crate) behind: HashMap<String, SignedDuration>,
    /// How long all portals are behind that have no time of their own.
    pub(crate) elsewhere: SignedDuration,
    /// Accounts as they were until they were changed at this time, oldest first.
    pub(crate) replaced: Vec<(Timestamp, UserAccount)>,
    /// When each enrollment was removed, by its id.
    pub(crate) removed: HashMap<String, Timestamp>,
}

#[derive(Clone)]
pub(crate) struct Go1State {
    pub(crate) portals: Vec<Portal>,
    pub(crate) accounts: Vec<UserAccount>,
    /// Positions in `accounts` by portal and email in lower case.
    pub(crate) by_email: HashMap<(String, String), usize>,
    /// Which of those emails more than one account has.
    pub(crate) repeated: HashSet<(String, String)>,
    pub(crate) by_id: HashMap<String, usize>,
    /// The ids of people, by email in lower case.
    pub(crate) people: HashMap<String, String>,
    /// The same, by user name in lower case.
    pub(crate) usernames: HashMap<String, String>,
    pub(crate) enrollments: Vec<Enrollment>,
    /// Positions in `enrollments` by account and course, of those that are not archived.
    pub(crate) by_course: HashMap<(String, String), usize>,
    /// Positions in `enrollments` by account.
    pub(crate) by_account: HashMap<String, Vec<usize>>,
    pub(crate) courses: Vec<Course>,
    pub(crate) access_tokens: HashMap<String, AccessToken>,
    /// The secrets that the client may show; two while one is exchanged for another.
    pub(crate) client_secrets: Vec<String>,
    pub(crate) refresh_tokens: HashMap<String, RefreshToken>,
    pub(crate) codes: HashMap<String, Code>,
    /// The account of each one-time token, and whether the token was used.
    pub(crate) one_time_tokens: HashMap<String, (String, bool)>,
    pub(crate) spent_codes: BTreeSet<String>,
    /// The emails to which GO1 sent a welcome mail, in order.
    pub(crate) welcome_mails: Vec<String>,
    /// How many times `re-enroll=true` was sent.
    pub(crate) re_enrolled: usize,
    pub(crate) limits: Limits,
    pub(crate) lists: Lists,
    /// How a second account of an email is answered, from now on.
    pub(crate) duplicates: Duplicates,
    /// Shared by copies, so that none makes the tokens of another.
    random: Arc<Mutex<Random>>,
    next: u64,
}

impl Go1State {
    pub(crate) fn new(settings: &WorldSettings, now: Timestamp) -> Self {
        let mut random = Random::new(settings.seed, 20);
        let next = 100_000 + random.below(800_000) as u64;
        let mut state = Self {
            portals: Vec::new(),
            accounts: Vec::new(),
            by_email: HashMap::new(),
            repeated: HashSet::new(),
            by_id: HashMap::new(),
            people: HashMap::new(),
            usernames: HashMap::new(),
            enrollments: Vec::new(),
            by_course: HashMap::new(),
            by_account: HashMap::new(),
            courses: courses(),
            access_tokens: HashMap::new(),
            client_secrets: vec![CLIENT_SECRET.to_owned()],
            refresh_tokens: HashMap::new(),
            codes: HashMap::new(),
            one_time_tokens: HashMap::new(),
            spent_codes: BTreeSet::new(),
            welcome_mails: Vec::new(),
            re_enrolled: 0,
            limits: Limits::default(),
            lists: Lists { elsewhere: settings.go1_lists_behind, ..Lists::default() },
            duplicates: settings.go1_duplicates,
            random: Arc::new(Mutex::new(random)),
            next,
        };
        for (name, domain, country, administrator, learner) in [
            ("Acme Fabrication", "acme", "AU", ("Ada", "Forsyth"), ("Bruno", "Keane")),
            ("Summit Outdoor Supply", "summit", "US", ("Carla", "Jimenez"), ("Dwight", "Holloway")),
            ("Coastal Care Group", "coastal", "AU", ("Edith", "Wirihana"), ("Farid", "Nasser")),
        ] {
            let portal_id = state.next_id();
            let created = now - SignedDuration::from_hours(24 * 400);
            state.portals.push(Portal {
                id: portal_id.clone(),
                name: name.to_owned(),
                domain: format!("{domain}.mygo1.com"),
                country: country.to_owned(),
                industry: "Other Services".to_owned(),
                timezone: "UTC".to_owned(),
                company_size: Some(50),
                external_customer_id: None,
                logo: None,
                notifications: true,
                ours: false,
                administrator: None,
                created,
            });
            for ((given_name, family_name), role) in [(administrator, ADMINISTRATOR), (learner, LEARNER)] {
                let email = format!("{given_name}.{family_name}@{domain}.example.com").to_lowercase();
                let account = NewAccount {
                    email: &email,
                    username: &email,
                    given_name,
                    family_name,
                    roles: vec![role.to_owned()],
                };
                let id = state.add_account(&portal_id, account, created);
                if role == ADMINISTRATOR
                    && let Some(portal) = state.portals.last_mut()
                {
                    portal.administrator = Some(id);
                }
            }
        }
        // The sample portals are old, so nobody waits for their mails.
        state.welcome_mails.clear();
        state
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        let codes = self.codes.keys().chain(&self.spent_codes);
        let tokens = self.access_tokens.keys().chain(self.refresh_tokens.keys());
        codes.chain(tokens).chain(self.one_time_tokens.keys()).cloned().collect()
    }

    pub(crate) fn next_id(&mut self) -> String {
        self.next += 1;
        self.next.to_string()
    }

    pub(crate) fn letters(&mut self, length: usize) -> String {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).letters(length)
    }

    pub(crate) fn portal(&self, id: &str) -> Option<&Portal> {
        self.portals.iter().find(|portal| portal.id == id)
    }

    pub(crate) fn portal_by_domain(&self, domain: &str) -> Option<&Portal> {
        self.portals.iter().find(|portal| portal.domain == domain)
    }

    /// Keeps an enrolment, also under its account and its course.
    pub(crate) fn enroll(&mut self, enrollment: Enrollment) {
        let (account, position) = (enrollment.user_account_id.clone(), self.enrollments.len());
        self.by_account.entry(account.clone()).or_default().push(position);
        self.by_course.insert((account, enrollment.lo_id.clone()), position);
        self.enrollments.push(enrollment);
    }

    pub(crate) fn account(&self, id: &str) -> Option<&UserAccount> {
        self.by_id.get(id).map(|position| &self.accounts[*position])
    }

    pub(crate) fn account_by_email(&self, portal_id: &str, email: &str) -> Option<&UserAccount> {
        let key = (portal_id.to_owned(), normalised(email));
        self.by_email.get(&key).map(|position| &self.accounts[*position])
    }

    pub(crate) fn accounts_of(&self, portal_id: &str) -> impl Iterator<Item = &UserAccount> {
        self.accounts.iter().filter(move |account| account.portal_id == portal_id)
    }

    pub(crate) fn enrollments_of(&self, portal_id: &str) -> impl Iterator<Item = &Enrollment> {
        self.enrollments.iter().filter(move |each| each.portal_id == portal_id && !each.archived)
    }

    /// The same, of one account only.
    pub(crate) fn enrollments_of_account(
        &self,
        portal_id: &str,
        account_id: &str,
    ) -> impl Iterator<Item = &Enrollment> {
        let positions = self.by_account.get(account_id).map_or(&[] as &[usize], Vec::as_slice);
        let all = positions.iter().map(|position| &self.enrollments[*position]);
        all.filter(move |each| each.portal_id == portal_id && !each.archived)
    }

    /// Adds an account to a portal. The same email in another portal belongs to the same person.
    pub(crate) fn add_account(&mut self, portal_id: &str, new: NewAccount<'_>, now: Timestamp) -> String {
        let email = normalised(new.email);
        let user_id = match self.people.get(&email) {
            Some(user_id) => user_id.clone(),
            None => self.next_id(),
        };
        self.people.insert(email.clone(), user_id.clone());
        self.usernames.insert(normalised(new.username), user_id.clone());
        let id = self.next_id();
        let account_guid = format!("acc_{}", self.letters(26).to_uppercase());
        let position = self.accounts.len();
        self.accounts.push(UserAccount {
            id: id.clone(),
            account_guid,
            portal_id: portal_id.to_owned(),
            user_id,
            email: new.email.to_owned(),
            username: new.username.to_owned(),
            given_name: new.given_name.to_owned(),
            family_name: new.family_name.to_owned(),
            roles: new.roles,
            active: true,
            status: None,
            created: now,
            updated: now,
        });
        match self.by_email.entry((portal_id.to_owned(), email)) {
            Entry::Vacant(free) => {
                free.insert(position);
            }
            Entry::Occupied(taken) => {
                self.repeated.insert(taken.key().clone());
            }
        }
        self.by_id.insert(id.clone(), position);
        if self.portal(portal_id).is_some_and(|portal| portal.notifications) {
            self.welcome_mails.push(new.email.to_owned());
        }
        id
    }
}

pub(crate) struct NewAccount<'a> {
    pub(crate) email: &'a str,
    pub(crate) username: &'a str,
    pub(crate) given_name: &'a str,
    pub(crate) family_name: &'a str,
    pub(crate) roles: Vec<String>,
}

/// The form in which GO1 compares emails and user names.
pub(crate) fn normalised(email: &str) -> String {
    email.trim().to_lowercase()
}
