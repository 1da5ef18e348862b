//! The form: an account's details in, a sign-up and the way to Xero out.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction;
use domain::clock::random_hex;
use domain::ids::SignUpId;
use domain::sign_up::{Acceptance, SignUp};
use http::{HeaderMap, StatusCode};
use web::form_token::check_post;
use web::forms::parse;
use web::pages::SignUpPage;
use web::responses::{page_with_status, with_cookie};
use web::sign_up_form::{COLLECTION_VERSION, SignUpErrors, SignUpForm, TERMS_VERSION};
use web::{FormToken, Problem, SessionId, page};

use crate::{Door, consent};

/// `GET /signup`. A browser without a session gets an id that stands for nothing yet, so that its form has a token.
pub(crate) async fn show(State(door): State<Door>, headers: HeaderMap) -> Response {
    let known = SessionId::from_headers(&headers);
    let session = known.clone().unwrap_or_else(|| SessionId::generate(&*door.visitors.random));
    let form = SignUpPage {
        form_token: FormToken::of(&session),
        form: SignUpForm::default(),
        errors: SignUpErrors::default(),
        from_xero: false,
    };
    let response = page(&door.visitors.site, &form);
    if known.is_some() { response } else { with_cookie(response, session.cookie()) }
}

/// `POST /signup`. A form with errors comes back as it was typed; a whole one begins a sign-up and leads to Xero.
pub(crate) async fn submit(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let visitors = &door.visitors;
    let form: SignUpForm = parse(&body)?;
    let session = SessionId::from_headers(&headers).ok_or(Problem::WrongFormToken)?;
    check_post(&headers, &visitors.site, &session, &form.form_token)?;
    let details = match form.validate() {
        Ok(details) => details,
        Err(errors) => {
            let again = SignUpPage { form_token: FormToken::of(&session), form, errors, from_xero: false };
            return Ok(page_with_status(&visitors.site, StatusCode::UNPROCESSABLE_ENTITY, &again));
        }
    };
    let acceptance = Acceptance {
        terms_version: TERMS_VERSION.to_owned(),
        collection_version: COLLECTION_VERSION.to_owned(),
        at: visitors.clock.now(),
    };
    let id = SignUpId::new(random_hex::<16>(&*visitors.random));
    let sign_up = SignUp::start(id, details, acceptance);
    visitors.sign_ups.add_sign_up(&sign_up).await.map_err(|error| visitors.failed(&error))?;
    let accepted = AuditAction::TermsAccepted {
        terms_version: TERMS_VERSION.to_owned(),
        collection_version: COLLECTION_VERSION.to_owned(),
    };
    visitors.record(&headers, &sign_up.id, accepted).await?;
    // A new id: whoever could have planted the one before gets nothing by it.
    let session = visitors.begin_session(&sign_up.id).await.map_err(|error| visitors.failed(&error))?;
    let to_xero = consent::begin(&door, &session, &sign_up).await?;
    Ok(with_cookie(to_xero, session.cookie()))
}
