//! What Xero says of an organisation, and that whatever we keep of it is that. Every reader of it comes here.

use domain::country::Country;
use domain::tenant::{Organisation, Tenant};
use state::{StateError, Tenants, change_tenant};
use xero::{Connection, OrganisationRead, iana_timezone};

/// An organisation that was read for the first time, through `connection`.
pub fn organisation(connection: &Connection, read: &OrganisationRead, country: Country) -> Organisation {
    let unread = Organisation {
        tenant: connection.tenant.clone(),
        name: connection.name.clone(),
        country,
        connection: connection.id.clone(),
        short_code: None,
        timezone: None,
        on_trial: false,
    };
    as_read(unread, read)
}

/// The organisation as Xero has it now: its name, country and time zone, and what tells it from others of its name. What
/// Xero does not say stays as it was known, and so does the country where it is none that we serve.
#[must_use]
pub fn as_read(known: Organisation, read: &OrganisationRead) -> Organisation {
    Organisation {
        name: Some(&read.name).filter(|name| !name.is_empty()).cloned().unwrap_or(known.name),
        country: Country::from_code(&read.country_code).unwrap_or(known.country),
        short_code: read.short_code.clone().or(known.short_code),
        timezone: match &read.timezone {
            Some(timezone) => iana_timezone(timezone).map(str::to_owned),
            None => known.timezone,
        },
        on_trial: if read.class.is_some() { read.costs_nothing() } else { known.on_trial },
        tenant: known.tenant,
        connection: known.connection,
    }
}

/// Keeps what was read of an organisation, unless it was disconnected or erased, or is read in another way by now.
pub async fn store_reading(tenants: &dyn Tenants, tenant: &Tenant, read: &OrganisationRead) -> Result<(), StateError> {
    let with_reading = |stored: Tenant| {
        let organisation = as_read(stored.organisation.clone(), read);
        let is_news = organisation != stored.organisation;
        let is_to_change = is_news && stored.disconnected.is_none() && stored.is_read_as(tenant);
        is_to_change.then_some(Tenant { organisation, ..stored })
    };
    match change_tenant(tenants, tenant.clone(), with_reading).await {
        // A conflict means that others keep changing the organisation, and they store newer facts.
        Ok(_) | Err(StateError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Organisation {
        Organisation {
            tenant: "tenant".into(),
            name: "Wattle Grove Books".to_owned(),
            country: Country::Australia,
            connection: "connection".into(),
            short_code: Some("!wattle".to_owned()),
            timezone: Some("Australia/Sydney".to_owned()),
            on_trial: true,
        }
    }

    fn read() -> OrganisationRead {
        OrganisationRead {
            name: "Wattle Grove Media".to_owned(),
            country_code: "US".to_owned(),
            short_code: Some("!media".to_owned()),
            timezone: Some("EASTERNSTANDARDTIME".to_owned()),
            class: Some("STANDARD".to_owned()),
        }
    }

    #[test]
    fn everything_that_xero_says_is_what_is_known() {
        let expected = Organisation {
            name: "Wattle Grove Media".to_owned(),
            country: Country::UnitedStates,
            short_code: Some("!media".to_owned()),
            timezone: Some("America/New_York".to_owned()),
            on_trial: false,
            ..known()
        };
        assert_eq!(as_read(known(), &read()), expected);
    }

    #[test]
    fn what_xero_does_not_say_stays_and_so_does_a_country_that_is_not_served() {
        let silent = OrganisationRead {
            name: String::new(),
            country_code: "GB".to_owned(),
            short_code: None,
            timezone: None,
            class: None,
        };
        assert_eq!(as_read(known(), &silent), known());
        let elsewhere = OrganisationRead { timezone: Some("GMTSTANDARDTIME".to_owned()), ..silent };
        assert_eq!(as_read(known(), &elsewhere).timezone, None, "another zone than before, whose name we do not know");
    }
}
