//! The contacts of one group: where an American organisation has its people, if the owner chooses so. Xero says who is in a
//! group by ids, and what we need of them is asked for by these ids, so that no other contact is read.

use std::collections::HashSet;

use domain::contact_group::ContactGroup;
use domain::email::SourceEmail;
use domain::ids::{ContactGroupId, ContactId, EmployeeId, TenantId};
use domain::people::{PersonStatus, SourcePerson, Unread};
use domain::plan::MOST_PEOPLE;
use domain::text::line;
use http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use transport::answer::{Rows, Text, rows};

use crate::client::{Read, XeroClient, about};
use crate::error::{Trace, XeroError};
use crate::people::person;

/// How many contacts are asked for at once. Xero answers 404 to a query of more than 2,048 characters, which 53 ids make
/// (<https://github.com/XeroAPI/Xero-NetStandard/issues/471>).
const IDS_PER_READ: usize = 50;

/// A group as the list has it. The published example leaves the contacts out.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Group {
    #[serde(rename = "ContactGroupID")]
    id: Text,
    name: Text,
    status: Text,
    #[serde(deserialize_with = "rows")]
    contacts: Option<Rows<Member>>,
}

#[derive(Deserialize)]
struct Groups {
    #[serde(rename = "ContactGroups")]
    groups: Rows<Group>,
}

/// Who is in a group: an id, and nothing else of what the answer says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Member {
    #[serde(rename = "ContactID")]
    id: Text,
}

/// The five fields of a contact that we may know, and whether it has a name of its own; everything else is skipped unread.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Contact {
    #[serde(rename = "ContactID")]
    id: Text,
    first_name: Text,
    last_name: Text,
    email_address: Text,
    #[serde(rename = "ContactStatus")]
    standing: Text,
    #[serde(rename = "Name")]
    is_named: Named,
}

#[derive(Deserialize)]
struct Contacts {
    #[serde(rename = "Contacts")]
    contacts: Rows<Contact>,
}

/// Whether there is a name, and not which.
#[derive(Clone, Copy, Default)]
struct Named(bool);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Text::deserialize(deserializer)?;
        Ok(Self(name.text().is_some_and(|name| !line(name).is_empty())))
    }
}

/// A group that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedGroup {
    /// Which.
    pub group: ContactGroup,
    /// How many contacts it has, where Xero's list says.
    pub size: Option<usize>,
}

/// What a group turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupRead {
    /// The group is there.
    People {
        /// Its id, and its name as it is now.
        group: ContactGroup,
        /// Its contacts, in Xero's order, each once.
        people: Vec<SourcePerson>,
    },
    /// It was deleted.
    Gone,
    /// It has more contacts than one look can show, and none of them was read.
    TooMany {
        /// How many.
        people: usize,
    },
}

/// The contacts of a group that are asked for, and the rows of which it cannot be said who they are.
#[derive(Default)]
struct Members {
    ids: Vec<ContactId>,
    unread: usize,
}

impl Members {
    fn of(listed: Option<Rows<Member>>) -> Self {
        let Some(Rows { read, unread }) = listed else { return Self::default() };
        let mut members = Self { unread, ..Self::default() };
        let mut seen = HashSet::new();
        for member in read {
            match member.id.id().and_then(contact_id) {
                Some(id) => {
                    if seen.insert(id.clone()) {
                        members.ids.push(id);
                    }
                }
                // It would spoil the whole question, in which the other ids stand.
                None => members.unread += 1,
            }
        }
        members
    }

    fn count(&self) -> usize {
        self.ids.len() + self.unread
    }
}

/// An id that Xero takes in a question, in one spelling.
fn contact_id(id: &str) -> Option<ContactId> {
    let is_uuid = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_uuid.then(|| ContactId::new(id.to_ascii_lowercase()))
}

impl Group {
    /// The group, unless it was deleted, or has no id or no name that can be read.
    fn known(&self) -> Option<ContactGroup> {
        let is_deleted = self.status.text().is_some_and(|status| line(status).eq_ignore_ascii_case("DELETED"));
        let name = self.name.text().map(line).filter(|name| !name.is_empty())?;
        let id = self.id.id().filter(|_| !is_deleted)?;
        Some(ContactGroup { id: ContactGroupId::new(id), name })
    }
}

impl Contact {
    fn of(self, id: &ContactId) -> SourcePerson {
        let has_names = [&self.first_name, &self.last_name]
            .iter()
            .any(|name| name.is_odd() || name.text().is_some_and(|name| !line(name).is_empty()));
        let status = match self.standing.text().map(line).as_deref() {
            Some(status) if status.eq_ignore_ascii_case("ARCHIVED") => PersonStatus::Archived,
            Some(status) if status.eq_ignore_ascii_case("ACTIVE") && !has_names && self.is_named.0 => {
                PersonStatus::Company
            }
            Some(status) if status.eq_ignore_ascii_case("ACTIVE") => PersonStatus::Active,
            // Somebody who has asked to be forgotten (GDPRREQUEST), or a status that Xero may add one day.
            status => PersonStatus::Unknown(status.filter(|status| !status.is_empty()).map(str::to_owned)),
        };
        let read = person(&self.id, [&self.first_name, &self.last_name], &self.email_address, status);
        SourcePerson { employee_id: EmployeeId::of_contact(id), ..read }
    }
}

/// Somebody who is in the group, and of whom Xero shows nothing.
fn not_shown(employee_id: EmployeeId, id_is_unread: bool) -> SourcePerson {
    let unread = Unread { id: id_is_unread, ..Unread::ALL };
    SourcePerson {
        employee_id,
        given_name: String::new(),
        family_name: String::new(),
        email: SourceEmail::read(None),
        status: PersonStatus::Unread(unread),
    }
}

impl XeroClient {
    /// The organisation's contact groups, by name
    /// (<https://developer.xero.com/documentation/api/accounting/contactgroups>). Needs `accounting.contacts.read`.
    pub async fn contact_groups(&self, token: &SecretString, tenant: &TenantId) -> Result<Vec<ListedGroup>, XeroError> {
        let call = about(&self.settings.accounting_url, token, tenant, &["ContactGroups"]);
        let read = Read { call: "contact groups", payroll: false };
        let (body, _): (Groups, Trace) = self.read(read, call.build()).await?;
        let listed = body.groups.read_or_log("contact groups").into_iter().filter_map(|group| {
            let known = group.known()?;
            let size = Members::of(group.contacts).count();
            Some(ListedGroup { group: known, size: Some(size).filter(|size| *size > 0) })
        });
        let mut groups: Vec<ListedGroup> = listed.collect();
        groups.sort_by_cached_key(|listed| (listed.group.name.to_lowercase(), listed.group.id.clone()));
        Ok(groups)
    }

    /// The people of one group: for 200 of them five reads, one of the group and four of its contacts
    /// (<https://developer.xero.com/documentation/api/accounting/contacts>). Needs `accounting.contacts.read`.
    pub async fn people_of_group(
        &self,
        token: &SecretString,
        tenant: &TenantId,
        id: &ContactGroupId,
    ) -> Result<GroupRead, XeroError> {
        let call = about(&self.settings.accounting_url, token, tenant, &["ContactGroups", id.as_str()]);
        let read = Read { call: "contact group", payroll: false };
        let body = match self.read::<Groups>(read, call.build()).await {
            Ok((body, _)) => body,
            Err(XeroError::Refused { status: StatusCode::NOT_FOUND, .. }) => return Ok(GroupRead::Gone),
            Err(error) => return Err(error),
        };
        let asked_for = body.groups.read.into_iter().find_map(|group| {
            let known = group.known().filter(|known| known.id.as_str().eq_ignore_ascii_case(id.as_str()))?;
            Some((ContactGroup { id: id.clone(), ..known }, Members::of(group.contacts)))
        });
        let Some((group, members)) = asked_for else { return Ok(GroupRead::Gone) };
        if members.count() > MOST_PEOPLE {
            return Ok(GroupRead::TooMany { people: members.count() });
        }
        let mut people = Vec::with_capacity(members.count());
        for ids in members.ids.chunks(IDS_PER_READ) {
            people.extend(self.contacts(token, tenant, ids).await?);
        }
        let unread =
            (0..members.unread).map(|number| not_shown(EmployeeId::new(format!("no-id-contact-{number}")), true));
        people.extend(unread);
        Ok(GroupRead::People { group, people })
    }

    /// These contacts and no others, in this order; also those that are archived, which Xero leaves out otherwise.
    async fn contacts(
        &self,
        token: &SecretString,
        tenant: &TenantId,
        ids: &[ContactId],
    ) -> Result<Vec<SourcePerson>, XeroError> {
        let list: Vec<&str> = ids.iter().map(ContactId::as_str).collect();
        let call = about(&self.settings.accounting_url, token, tenant, &["Contacts"])
            .query("IDs", &list.join(","))
            .query("includeArchived", "true")
            .query("page", "1")
            .query("pageSize", "100");
        let read = Read { call: "contacts", payroll: false };
        let (body, _): (Contacts, Trace) = self.read(read, call.build()).await?;
        let mut shown: Vec<(ContactId, SourcePerson)> = Vec::with_capacity(ids.len());
        for contact in body.contacts.read_or_log("contacts") {
            if let Some(id) = contact.id.id().and_then(contact_id) {
                let person = contact.of(&id);
                shown.push((id, person));
            }
        }
        let of = |id: &ContactId| {
            let position = shown.iter().position(|(shown, _)| shown == id)?;
            Some(shown[position].1.clone())
        };
        Ok(ids.iter().map(|id| of(id).unwrap_or_else(|| not_shown(EmployeeId::of_contact(id), false))).collect())
    }
}
