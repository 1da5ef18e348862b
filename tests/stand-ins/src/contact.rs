//! Contacts and the groups that they are in, and their form in the answers of Xero's accounting API.

use serde_json::{Value, json};

use crate::random::Random;

/// A contact of an organisation: a person or a company. Everything that Xero holds beyond these fields is made up when it
/// is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// A UUID.
    pub contact_id: String,
    /// The first name. Empty for a company.
    pub first_name: String,
    /// The last name. Empty for a company.
    pub last_name: String,
    /// The email as somebody typed it. With `None` the answer has no such key.
    pub email: Option<String>,
    /// ACTIVE, ARCHIVED or GDPRREQUEST.
    pub status: String,
}

/// A contact group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactGroup {
    /// A UUID.
    pub group_id: String,
    pub name: String,
    /// Whether it was deleted. Xero shows it all the same, with the status DELETED.
    pub deleted: bool,
    /// The ids of its contacts, in order.
    pub contacts: Vec<String>,
}

impl Contact {
    /// An active contact, for a test that changes an organisation's.
    pub fn active(contact_id: &str, first_name: &str, last_name: &str, email: Option<&str>) -> Self {
        Self {
            contact_id: contact_id.to_owned(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            email: email.map(str::to_owned),
            status: "ACTIVE".to_owned(),
        }
    }

    pub(crate) fn new(random: &mut Random, first_name: &str, last_name: &str, email: Option<&str>) -> Self {
        Self::active(&random.uuid(), first_name, last_name, email)
    }

    /// A part of the id. It is in every canary, so that a test can tell whose it is.
    fn mark(&self) -> &str {
        self.contact_id.split('-').next().unwrap_or_default()
    }

    /// What a group's answer says of it.
    pub(crate) fn named(&self) -> Value {
        json!({
            "ContactID": self.contact_id, "Name": format!("CANARY-CONTACT-NAME-{}", self.mark()),
            "Addresses": [], "Phones": [], "ContactGroups": [], "HasValidationErrors": false,
        })
    }

    /// The row of the list. Every field that the product has no use for holds a canary.
    pub(crate) fn row(&self) -> Value {
        let mark = self.mark();
        let mut row = json!({
            "ContactID": self.contact_id,
            "ContactNumber": format!("CANARY-CONTACT-NUMBER-{mark}"),
            "AccountNumber": format!("CANARY-CONTACT-NUMBER-{mark}"),
            "ContactStatus": self.status,
            "Name": format!("CANARY-CONTACT-NAME-{mark}"),
            "CompanyNumber": format!("CANARY-CONTACT-NUMBER-{mark}"),
            "BankAccountDetails": format!("CANARY-BANK-ACCOUNT-{mark}"),
            "TaxNumber": format!("CANARY-TAX-NUMBER-{mark}"),
            "TaxNumberType": "SSN",
            "Addresses": [{
                "AddressType": "STREET", "AddressLine1": format!("CANARY-ADDRESS-{mark}"), "City": "Springfield",
                "Region": "IL", "PostalCode": "62701", "Country": "United States",
            }],
            "Phones": [{ "PhoneType": "MOBILE", "PhoneNumber": format!("CANARY-PHONE-{mark}"), "PhoneAreaCode": "217" }],
            "ContactPersons": [{
                "FirstName": format!("CANARY-CONTACT-PERSON-{mark}"), "LastName": "Aside",
                "EmailAddress": format!("CANARY-CONTACT-PERSON-{mark}@example.com"), "IncludeInEmails": true,
            }],
            "BatchPayments": { "BankAccountNumber": format!("CANARY-BANK-ACCOUNT-{mark}") },
            "Website": format!("https://CANARY-CONTACT-NAME-{mark}.example.com"),
            "ContactGroups": [],
            "IsSupplier": false,
            "IsCustomer": false,
            "UpdatedDateUTC": "/Date(1555666555666+0000)/",
            "HasAttachments": false,
            "HasValidationErrors": false,
        });
        for (key, name) in [("FirstName", &self.first_name), ("LastName", &self.last_name)] {
            if !name.is_empty() {
                row[key] = json!(name);
            }
        }
        if let Some(email) = &self.email {
            row["EmailAddress"] = json!(email);
        }
        row
    }
}
