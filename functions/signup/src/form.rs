//! The form: an account's details in, a sign-up and the way on out.

use application::visitor::Guest;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::arrival::Arrival;
use domain::audit::AuditAction;
use domain::clock::random_hex;
use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::SignUpId;
use domain::session::StandsFor;
use domain::sign_up::{Acceptance, SignUp, SignUpDetails, SignUpStep};
use http::{HeaderMap, StatusCode};
use web::form_token::check_post;
use web::forms::parse;
use web::pages::SignUpPage;
use web::responses::{page_with_status, see_other, with_cookie};
use web::sign_up_form::{COLLECTION_VERSION, SignUpErrors, SignUpForm, TERMS_VERSION};
use web::{FormToken, Problem, SessionId, page};

use crate::{Door, consent};

/// `GET /signup`. A browser without a session gets an id that stands for nothing yet, so that its form has a token.
/// Whoever comes from Xero finds filled in what Xero says.
pub(crate) async fn show(State(door): State<Door>, headers: HeaderMap) -> Result<Response, Problem> {
    let known = SessionId::from_headers(&headers);
    let session = known.clone().unwrap_or_else(|| SessionId::generate(&*door.visitors.random));
    let arrival = arrival(&door, &headers).await?;
    let form = SignUpPage {
        form_token: FormToken::of(&session),
        form: arrival.as_ref().map(prefilled).unwrap_or_default(),
        errors: SignUpErrors::default(),
        from_xero: arrival.is_some(),
    };
    let response = page(&door.visitors.site, &form);
    Ok(if known.is_some() { response } else { with_cookie(response, session.cookie()) })
}

/// `POST /signup`. A form with errors comes back as it was typed; a whole one begins a sign-up and leads to Xero, or to
/// the organisation where Xero was visited before.
pub(crate) async fn submit(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let visitors = &door.visitors;
    let form: SignUpForm = parse(&body)?;
    let before = SessionId::from_headers(&headers).ok_or(Problem::WrongFormToken)?;
    check_post(&headers, &visitors.site, &before, &form.form_token)?;
    let arrival = arrival(&door, &headers).await?;
    let details = match form.validate() {
        Ok(details) => details,
        Err(errors) => {
            let form_token = FormToken::of(&before);
            let again = SignUpPage { form_token, form, errors, from_xero: arrival.is_some() };
            return Ok(page_with_status(&visitors.site, StatusCode::UNPROCESSABLE_ENTITY, &again));
        }
    };
    let sign_up = begin_sign_up(&door, &headers, details, arrival.as_ref()).await?;
    let login = arrival.as_ref().map(|arrival| arrival.xero_user.clone());
    let stands_for = StandsFor::SignUp { id: sign_up.id.clone(), login };
    let session = visitors.begin_session(stands_for, &before.hash()).await?;
    let on = match arrival {
        Some(_) => see_other("/organisations"),
        None => consent::begin(&door, &session, Some(&sign_up)).await?,
    };
    Ok(with_cookie(on, session.cookie()))
}

/// A new sign-up, which has its consent already where Xero came first.
async fn begin_sign_up(
    door: &Door,
    headers: &HeaderMap,
    details: SignUpDetails,
    arrival: Option<&Arrival>,
) -> Result<SignUp, Problem> {
    let visitors = &door.visitors;
    let acceptance = Acceptance {
        terms_version: TERMS_VERSION.to_owned(),
        collection_version: COLLECTION_VERSION.to_owned(),
        at: visitors.clock.now(),
    };
    let id = SignUpId::new(random_hex::<16>(&*visitors.random));
    let mut sign_up = SignUp::start(id, details, acceptance);
    if let Some(arrival) = arrival {
        sign_up.may_read_payroll = arrival.may_read_payroll;
        sign_up.step = SignUpStep::Consented {
            xero_user: arrival.xero_user.clone(),
            authentication_event: arrival.authentication_event.clone(),
            chosen: arrival.organisation.as_ref().map(|organisation| organisation.tenant.clone()),
        };
        sign_up = sign_up.logged_in(&arrival.xero_user, EmailAddress::parse(&arrival.email).ok().as_ref());
    }
    visitors.sign_ups.add_sign_up(&sign_up).await.map_err(|error| visitors.failed(&error))?;
    let accepted = AuditAction::TermsAccepted {
        terms_version: TERMS_VERSION.to_owned(),
        collection_version: COLLECTION_VERSION.to_owned(),
    };
    visitors.record(headers, &sign_up.id, accepted).await?;
    if let Some(arrival) = arrival {
        let user = &arrival.xero_user;
        door.logins.add_sign_up_of(user, &sign_up.id).await.map_err(|error| visitors.failed(&error))?;
        visitors.record(headers, &sign_up.id, AuditAction::XeroConsented { xero_user: user.clone() }).await?;
    }
    Ok(sign_up)
}

/// Whoever came from Xero and has sent no form yet.
async fn arrival(door: &Door, headers: &HeaderMap) -> Result<Option<Arrival>, Problem> {
    match door.visitors.guest(headers).await? {
        Some(Guest::Arrival { arrival, .. }) => Ok(Some(*arrival)),
        Some(Guest::Visitor(_)) | None => Ok(None),
    }
}

fn prefilled(arrival: &Arrival) -> SignUpForm {
    let organisation = arrival.organisation.as_ref();
    SignUpForm::prefilled(
        &arrival.given_name,
        &arrival.family_name,
        &arrival.email,
        organisation.map(|organisation| organisation.name.as_str()),
        organisation.and_then(|organisation| Country::from_code(&organisation.country_code)),
    )
}
