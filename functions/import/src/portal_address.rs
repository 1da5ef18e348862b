//! The address that the portal is to get: whether it is free, and the choice of another one. GO1 is asked only here and
//! with a look at the people, by somebody whose organisation is confirmed.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::plan::AddressSeen;
use domain::portal::PortalDomain;
use domain::sign_up::SignUp;
use domain::tenant::PortalStep;
use go1_access::addresses::{Availability, availability, next_free};
use http::HeaderMap;
use planning::{PEOPLE, shown_plan};
use serde::Deserialize;
use visiting::{Visitor, confirmed_tenant};
use web::forms::{PortalAddressForm, parse};
use web::pages::{AddressNotice, PortalAddressPage};
use web::responses::{page, see_other};
use web::{Problem, SavedDetails};

use crate::importer::Importer;

/// How much of what cannot be taken is shown again.
const LONGEST_SHOWN_AGAIN: usize = 100;

/// What `GET /portal-address` can be asked.
#[derive(Deserialize)]
pub(crate) struct AddressQuery {
    /// What somebody typed that could not be taken.
    typed: Option<String>,
    /// GO1 has just refused the address, because another customer has it.
    taken: Option<String>,
    /// GO1 has just refused the address for another reason.
    refused: Option<String>,
}

/// `GET /portal-address`: the address that the portal is to get, and what GO1 says of it.
pub(crate) async fn show(
    State(importer): State<Importer>,
    headers: HeaderMap,
    Query(query): Query<AddressQuery>,
) -> Result<Response, Problem> {
    let visitor = importer.visitors.require(&headers).await?;
    still_open(&importer, &visitor).await?;
    let wanted = &visitor.sign_up.details.domain;
    let (typed, notice) = match query.typed {
        Some(typed) => match PortalDomain::choose(&typed) {
            Ok(domain) => asked(&importer, domain).await,
            Err(error) => (typed, Some(AddressNotice::Malformed(error))),
        },
        None if query.refused.is_some() => {
            (wanted.label().to_owned(), Some(AddressNotice::Refused { domain: wanted.clone() }))
        }
        None if query.taken.is_some() => {
            // GO1's list may not have it yet.
            let (next, looks_free) = next_free(&importer.go1, wanted).await;
            let notice = AddressNotice::Taken { taken: wanted.clone(), next: looks_free.then(|| next.clone()) };
            (next.label().to_owned(), Some(notice))
        }
        None => asked(&importer, wanted.clone()).await,
    };
    let view = PortalAddressPage { form_token: visitor.form_token(), portal: typed, notice };
    Ok(page(&importer.visitors.site, &view))
}

/// `POST /portal-address`: the address that the portal is to get instead.
pub(crate) async fn choose(
    State(importer): State<Importer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let form: PortalAddressForm = parse(&body)?;
    let visitor = importer.visitors.require_press(&headers, &form.form_token).await?;
    still_open(&importer, &visitor).await?;
    let again = || see_other(&with_typed(&form.portal));
    let Ok(domain) = PortalDomain::choose(&form.portal) else { return Ok(again()) };
    let seen = match availability(&importer.go1, &domain).await {
        Availability::Taken { .. } => return Ok(again()),
        Availability::Free => Some(AddressSeen { domain: domain.clone(), taken: false }),
        Availability::Unknown => None,
    };
    let now = importer.visitors.clock.now();
    let moved = |mut sign_up: SignUp| {
        if sign_up.is_settled(now) {
            return Err(visitor.wrong_step());
        }
        sign_up.details.domain = domain.clone();
        Ok(sign_up)
    };
    let before = visitor.sign_up.details.clone();
    let sign_up = importer.visitors.change(visitor.sign_up.clone(), moved).await?;
    let tenant = confirmed_tenant(&*importer.state, &visitor).await?;
    let visitor = Visitor { sign_up, ..visitor };
    if let Some(mut plan) = shown_plan(&*importer.state, &visitor, &tenant, now).await? {
        plan.address = seen;
        importer.state.put_plan(&plan).await?;
    }
    let path = if visitor.sign_up.plan.is_some() { PEOPLE } else { "/preview" };
    Ok(if before.domain == domain {
        see_other(path)
    } else {
        let saved = SavedDetails::between(&before, &visitor.sign_up.details);
        see_other(&format!("{path}?{}", saved.as_query()))
    })
}

/// Refuses where there is nothing to choose any more.
async fn still_open(importer: &Importer, visitor: &Visitor) -> Result<(), Problem> {
    if visitor.sign_up.portal().is_some() {
        return Err(visitor.wrong_step());
    }
    match confirmed_tenant(&*importer.state, visitor).await?.portal {
        PortalStep::NotRequested => Ok(()),
        // GO1 may still create the portal at the first address, and an organisation has only one.
        PortalStep::Requested { .. } => Err(Problem::PortalPending),
        PortalStep::Created { .. } => Err(visitor.wrong_step()),
    }
}

/// What the field shows, and what GO1 says of the address.
async fn asked(importer: &Importer, domain: PortalDomain) -> (String, Option<AddressNotice>) {
    match availability(&importer.go1, &domain).await {
        Availability::Free => (domain.label().to_owned(), Some(AddressNotice::Free { domain })),
        Availability::Taken { next } => {
            let shown = next.clone().unwrap_or_else(|| domain.next());
            (shown.label().to_owned(), Some(AddressNotice::Taken { taken: domain, next }))
        }
        Availability::Unknown => (domain.label().to_owned(), None),
    }
}

/// The page again, with what was typed, as far as an address may be long: what is longer is too long either way.
fn with_typed(typed: &str) -> String {
    let typed: String = typed.chars().take(LONGEST_SHOWN_AGAIN).collect();
    let query = serde_html_form::to_string([("typed", typed)]).unwrap_or_default();
    format!("/portal-address?{query}")
}
