//! What the sample organisations are made of.

use crate::organisations::{Member, Organisation, OrganisationUser, PayrollPaging, PayrollState, XeroUser};
use crate::random::Random;

/// A row of the Users endpoint for somebody who never logs in to the fake Xero.
pub(crate) fn organisation_user(
    random: &mut Random,
    (first_name, last_name, role): (&str, &str, &str),
    domain: &str,
) -> OrganisationUser {
    let plain: String = last_name.chars().filter(char::is_ascii_alphabetic).collect();
    OrganisationUser {
        user_id: random.uuid(),
        email: Some(format!("{first_name}.{plain}@{domain}").to_lowercase()),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        role: role.to_owned(),
        is_subscriber: false,
    }
}

/// An organisation with nobody in it.
pub(crate) fn organisation(random: &mut Random, name: &str, country: &str, payroll: PayrollState) -> Organisation {
    let (version, currency, timezone) = match country {
        "US" => ("US", "USD", "CENTRALSTANDARDTIME"),
        "GB" => ("UK", "GBP", "GMTSTANDARDTIME"),
        _ => ("AU", "AUD", "AUSEASTERNSTANDARDTIME"),
    };
    Organisation {
        tenant_id: random.uuid(),
        name: name.to_owned(),
        country_code: country.to_owned(),
        version: version.to_owned(),
        base_currency: currency.to_owned(),
        timezone: timezone.to_owned(),
        short_code: format!("!{}", random.letters(5)),
        class: "GROW".to_owned(),
        closed: false,
        payroll,
        paging: PayrollPaging::Proper,
        employees: Vec::new(),
        users: Vec::new(),
        contacts: Vec::new(),
        contact_groups: Vec::new(),
        members: Vec::new(),
    }
}

/// Makes somebody a member of an organisation, or gives a member this role.
pub(crate) fn set_member(
    organisation: &mut Organisation,
    user: &XeroUser,
    payroll_administrator: bool,
    role: &str,
    is_subscriber: bool,
) {
    let user_id = &user.user_id;
    organisation.members.retain(|member| member.user_id != *user_id);
    organisation.members.push(Member { user_id: user_id.clone(), role: role.to_owned(), payroll_administrator });
    if let Some(row) = organisation.users.iter_mut().find(|row| row.user_id == *user_id) {
        role.clone_into(&mut row.role);
        return;
    }
    organisation.users.push(OrganisationUser {
        user_id: user_id.clone(),
        email: Some(user.email.clone()),
        first_name: user.given_name.clone(),
        last_name: user.family_name.clone(),
        role: role.to_owned(),
        is_subscriber,
    });
}
