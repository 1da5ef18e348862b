//! Looks at Xero.

use ::xero::{
    Connection, GroupRead, PayrollAdministration, RefreshError, XeroClient, XeroError, XeroTokens, iana_timezone,
};
use domain::country::{Country, PeopleSource};
use domain::ids::TenantId;
use domain::people::PersonStatus;
use secrecy::{ExposeSecret as _, SecretString};

use super::Looks;
use crate::facts::xero as facts;
use crate::report::Verdict;

/// The connections of whoever consented.
pub async fn connections(looks: &mut Looks, client: &XeroClient, token: &SecretString) -> Vec<Connection> {
    let read = client.connections(token, None).await;
    let connections = looks.report.good(&facts::CONNECTIONS, read).unwrap_or_default();
    if !connections.is_empty() {
        let seen = format!("{} organisations", connections.len());
        looks.report.saw(&facts::CONNECTIONS, Verdict::Holds(seen));
    }
    connections
}

/// Whether the connections of one consent are listed by its id. `was_there`: whether the organisation was connected before.
pub async fn event(looks: &mut Looks, client: &XeroClient, token: &SecretString, event: Option<&str>, was_there: bool) {
    let Some(event) = event else {
        looks.report.saw(&facts::EVENT, Verdict::Differs("the access token names no consent".to_owned()));
        return;
    };
    let read = client.connections(token, Some(event)).await;
    if let Some(listed) = looks.report.good(&facts::EVENT, read) {
        // Where an organisation is connected again, its connection keeps the id of the consent before.
        let seen = match (listed.len(), was_there) {
            (0, true) => "none, as is known where the organisation was connected before".to_owned(),
            (count, _) => format!("{count} listed"),
        };
        looks.report.check(&facts::EVENT, !listed.is_empty() || was_there, seen);
    }
}

/// The organisation itself, and what its user may do; its country, where it is one of ours.
pub async fn organisation(
    looks: &mut Looks,
    client: &XeroClient,
    token: &SecretString,
    tenant: &TenantId,
) -> Option<(Country, bool)> {
    let read = client.organisation(token, tenant).await;
    let organisation = looks.report.good(&facts::ORGANISATION, read)?;
    let timezone = organisation.timezone.as_deref();
    let seen = format!(
        "country {}, class {}, time zone {} ({})",
        organisation.country_code,
        organisation.class.as_deref().unwrap_or("not told"),
        timezone.unwrap_or("not told"),
        timezone.and_then(iana_timezone).unwrap_or("not one of the two countries'"),
    );
    let holds = organisation.country_code.len() == 2 && !organisation.name.is_empty() && timezone.is_some();
    looks.report.check(&facts::ORGANISATION, holds, seen);

    let read = client.organisation_actions(token, tenant).await;
    if let Some(actions) = looks.report.good(&facts::ACTIONS, read) {
        let seen = match actions {
            PayrollAdministration::Allowed => "AdministerPayroll is allowed",
            PayrollAdministration::NotAllowed => "AdministerPayroll is not allowed",
            PayrollAdministration::Unknown => "AdministerPayroll is not among the actions",
        };
        looks.report.check(&facts::ACTIONS, actions != PayrollAdministration::Unknown, seen);
    }
    Some((Country::from_code(&organisation.country_code)?, organisation.is_demo()))
}

/// Whom the organisation has, on the payroll and as users. Counts only.
pub async fn people(looks: &mut Looks, client: &XeroClient, token: &SecretString, tenant: &TenantId, payroll: bool) {
    if payroll {
        let read = client.people(token, tenant, PeopleSource::PayrollEmployees).await;
        if let Some(people) = looks.report.good(&facts::EMPLOYEES, read) {
            let left = people.iter().filter(|person| person.status == PersonStatus::Left).count();
            let without = people.iter().filter(|person| person.email.text().is_none()).count();
            let seen = format!("{} people, {without} without an email", people.len());
            looks.report.saw(&facts::EMPLOYEES, Verdict::Holds(seen));
            looks.report.saw(
                &facts::LEAVERS,
                if left > 0 {
                    Verdict::Holds(format!("{left} leavers of {}", people.len()))
                } else {
                    Verdict::NotSeen(
                        "there is no leaver in the list: end somebody's employment there, and look again".to_owned(),
                    )
                },
            );
        }
    }
    let read = client.people(token, tenant, PeopleSource::XeroUsers).await;
    if let Some(people) = looks.report.good(&facts::USERS, read) {
        let seen = format!("{} users", people.len());
        looks.report.check(&facts::USERS, !people.is_empty(), seen);
    }
}

/// Whom the organisation has in the first of its contact groups. Counts only.
pub async fn contacts(looks: &mut Looks, client: &XeroClient, token: &SecretString, tenant: &TenantId) {
    let Some(groups) = looks.report.good(&facts::CONTACT_GROUPS, client.contact_groups(token, tenant).await) else {
        return;
    };
    let Some(first) = groups.first() else {
        for fact in [&facts::CONTACT_GROUPS, &facts::CONTACTS] {
            let why = "there is no contact group: make one with somebody in it, and look again".to_owned();
            looks.report.saw(fact, Verdict::NotSeen(why));
        }
        return;
    };
    looks.report.saw(&facts::CONTACT_GROUPS, Verdict::Holds(format!("{} groups", groups.len())));
    let read = client.people_of_group(token, tenant, &first.group.id).await;
    match looks.report.good(&facts::CONTACTS, read) {
        Some(GroupRead::People { people, .. }) if !people.is_empty() => {
            let unread = people.iter().filter(|person| matches!(person.status, PersonStatus::Unread(_))).count();
            let seen = format!("{} contacts, {unread} of whom nothing is shown", people.len());
            looks.report.check(&facts::CONTACTS, unread == 0, seen);
        }
        Some(_) => {
            let why = "the first contact group is empty: put somebody into it, and look again".to_owned();
            looks.report.saw(&facts::CONTACTS, Verdict::NotSeen(why));
        }
        None => {}
    }
}

/// What a token that is none is answered.
pub async fn bad_token(looks: &mut Looks, client: &XeroClient, tenant: &TenantId) {
    let none = SecretString::from("not-a-token".to_owned());
    let (holds, seen) = match client.organisation(&none, tenant).await {
        Ok(_) => (false, "the organisation".to_owned()),
        Err(error @ XeroError::Unauthorized { .. }) => (true, error.to_string()),
        Err(error) => (false, error.to_string()),
    };
    looks.report.check(&facts::BAD_TOKEN, holds, seen);
}

/// Renews the tokens, and renews once more with the refresh token before. Each pair is handed to `keep` before anything
/// else happens.
pub async fn renewal(
    looks: &mut Looks,
    client: &XeroClient,
    tokens: &XeroTokens,
    mut keep: impl FnMut(&XeroTokens),
) -> Result<XeroTokens, RefreshError> {
    let next = client.refresh(&tokens.refresh_token, looks.now()).await;
    if let Ok(next) = &next {
        keep(next);
        let is_other = next.refresh_token.expose_secret() != tokens.refresh_token.expose_secret();
        let seen = if is_other { "another refresh token" } else { "the same refresh token" };
        looks.report.check(&facts::REFRESH, is_other, seen);
    } else if let Err(error) = &next {
        looks.report.saw(&facts::REFRESH, Verdict::Differs(error.to_string()));
    }
    let mut newest = next?;
    for time in 1..=2 {
        match client.refresh(&tokens.refresh_token, looks.now()).await {
            Ok(again) => {
                keep(&again);
                newest = again;
            }
            Err(error) => {
                let seen = format!("{error}, at use {} of the same refresh token", time + 1);
                looks.report.saw(&facts::OLD_REFRESH, Verdict::Differs(seen));
                return Ok(newest);
            }
        }
    }
    looks.report.saw(&facts::OLD_REFRESH, Verdict::Holds("taken three times within seconds".to_owned()));
    Ok(newest)
}

/// Removes the connection, twice.
pub async fn disconnect(looks: &mut Looks, client: &XeroClient, token: &SecretString, connection: &Connection) {
    for _ in 0..2 {
        // The client takes 404 for a success, and 403 where the list does not have it.
        let removed = client.delete_connection(token, &connection.id).await;
        if looks.report.good(&facts::DISCONNECT, removed).is_none() {
            return;
        }
    }
    let left = client.connections(token, None).await;
    // With its last connection the user's token may be over as well.
    let gone = left.as_ref().map_or(true, |left| left.iter().all(|other| other.id != connection.id));
    looks.report.check(&facts::DISCONNECT, gone, if gone { "removed" } else { "still listed" });
}

/// Ends the grant that has no connection left.
pub async fn revoke(looks: &mut Looks, client: &XeroClient, refresh_token: &SecretString) {
    let revoked = client.revoke(refresh_token).await;
    if looks.report.good(&facts::REVOKED, revoked).is_some() {
        looks.report.saw(&facts::REVOKED, Verdict::Holds("revoked".to_owned()));
    }
}
