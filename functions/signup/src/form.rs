//! The sign-up form: takes the owner's details and begins a sign-up.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::arrival::{PortalArrival, XeroArrival};
use domain::audit::AuditAction;
use domain::clock::random_hex;
use domain::country::Country;
use domain::ids::SignUpId;
use domain::session::StandsFor;
use domain::sign_up::{Acceptance, SignUp, SignUpDetails, SignUpStep};
use http::{HeaderMap, StatusCode};
use visiting::{BrowserAddress, CountedOf, Deed, LiveSession, Visitor, own_tenant};
use web::form_token::check_origin;
use web::forms::parse;
use web::pages::{CameFrom, NotTaken, SignUpPage, Step};
use web::responses::{page_with_status_in, see_other, with_cookie};
use web::sign_up_form::{COLLECTION_VERSION, SignUpErrors, SignUpForm, TERMS_VERSION};
use web::{FormToken, Frame, Problem, SavedDetails, SessionId, page_in};

use crate::consent;
use crate::sign_up::SignUpFunction;

/// Who fills in the form, as far as the browser's session says. Posted fields never decide this.
enum Applicant {
    /// The session names nobody.
    Unknown,
    FromXero(Box<XeroArrival>),
    /// GO1 has named them as an administrator of the portal that is to be connected.
    FromPortal(Box<PortalArrival>),
    /// They have a sign-up without a portal yet, and change its details.
    Editing(Box<Visitor>),
    /// They have a sign-up whose details are no longer changed here, and may sign up another business.
    SignedUp {
        /// Where theirs goes on.
        next_path: String,
    },
}

/// What a browser asks the form for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// A sign-up.
    Another,
    /// The details of the one that is under way in this browser, where there is one.
    Own,
}

/// `GET /signup`. A browser without a session gets a session id, so that its form has a token. The form is filled in
/// with what Xero or GO1 has said, and for a sign-up that is under way with its own details. With `?new` a person from a
/// portal asks for a new portal instead, with `?another` somebody signs up one more business.
pub(crate) async fn show(
    State(function): State<SignUpFunction>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let known = SessionId::from_headers(&headers);
    let session = known.clone().unwrap_or_else(|| SessionId::generate(&*function.visitors.random));
    let wanted = if query.as_deref() == Some("another") { Wanted::Another } else { Wanted::Own };
    let (applicant, frame) = applicant(&function, &headers, wanted).await?;
    let mut form = applicant.prefilled();
    if query.as_deref() == Some("new") {
        form.new_portal = Some("on".to_owned());
    }
    let editing = applicant.editing();
    let under_way = applicant.under_way();
    let from = applicant.with_choice(&form).came_from();
    let (form_token, errors) = (FormToken::of(&session), SignUpErrors::default());
    let form = SignUpPage { form_token, form, errors, from, editing, under_way, not_taken: None };
    let response = page_in(&function.visitors.site, &frame, &form);
    Ok(if known.is_some() { response } else { with_cookie(response, session.cookie()) })
}

/// `POST /signup`. A form with errors is shown again as it was typed, and so is one whose token is not the session's. A complete one begins a sign-up and leads to
/// Xero, or to the choice of the organisation if the person came from Xero.
pub(crate) async fn submit(
    State(function): State<SignUpFunction>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &function.visitors;
    let form: SignUpForm = parse(&body)?;
    check_origin(&headers, &visitors.site)?;
    let known = SessionId::from_headers(&headers);
    let before = match known {
        Some(session) if FormToken::of(&session).matches(&form.form_token) => session,
        known => return not_taken(&function, &headers, known, form).await,
    };
    let wanted = if form.editing.is_some() { Wanted::Own } else { Wanted::Another };
    let (applicant, frame) = applicant(&function, &headers, wanted).await?;
    let editing = applicant.editing();
    if form.editing.is_some() && editing.is_none() {
        // What was to be changed has a portal by now, or its session is over. To save is never to sign up once more.
        return not_taken(&function, &headers, Some(before), form).await;
    }
    let applicant = applicant.with_choice(&form);
    let details = match applicant.details(&form) {
        Ok(details) => details,
        Err(errors) => {
            let (form_token, from) = (FormToken::of(&before), applicant.came_from());
            let form = applicant.shown_again(form);
            let again = SignUpPage { form_token, form, errors, from, editing, under_way: None, not_taken: None };
            return Ok(page_with_status_in(&visitors.site, &frame, StatusCode::UNPROCESSABLE_ENTITY, &again));
        }
    };
    if let Applicant::Editing(visitor) = &applicant {
        return change_details(&function, visitor, &details).await;
    }
    let address = BrowserAddress::of(&headers);
    visitors.allow(Deed::SignUp, &[CountedOf::Network(address)]).await?;
    let sign_up = begin_sign_up(&function, address, details, &applicant).await?;
    let login = applicant.xero().map(|arrival| arrival.xero_user.clone());
    let stands_for = StandsFor::SignUp { id: sign_up.id.clone(), login };
    let session = visitors.begin_session(stands_for, &before.hash()).await?;
    let on = match applicant {
        Applicant::FromXero(_) => see_other("/organisations"),
        Applicant::Unknown | Applicant::FromPortal(_) | Applicant::Editing(_) | Applicant::SignedUp { .. } => {
            consent::begin(&function, &session, Some(&sign_up), false).await?
        }
    };
    Ok(with_cookie(on, session.cookie()))
}

/// The form once more as it was typed, with a token that this browser's session has: cookies are gone or blocked, or the
/// session is another one by now. Nothing is begun, so a page of another site gains nothing by such a post.
async fn not_taken(
    function: &SignUpFunction,
    headers: &HeaderMap,
    known: Option<SessionId>,
    form: SignUpForm,
) -> Result<Response, Problem> {
    let visitors = &function.visitors;
    let why = match (&known, visitors.live_session(headers).await?) {
        (None, _) => NotTaken::NoCookie,
        (Some(_), Some(LiveSession::Visitor(visitor))) => NotTaken::SentBefore { next_path: visitor.next_path() },
        (Some(_), _) => NotTaken::Outdated,
    };
    let (applicant, frame) = applicant(function, headers, Wanted::Another).await?;
    let form = SignUpForm { editing: None, ..form };
    let applicant = applicant.with_choice(&form);
    let session = known.clone().unwrap_or_else(|| SessionId::generate(&*visitors.random));
    let again = SignUpPage {
        form_token: FormToken::of(&session),
        form: applicant.shown_again(form),
        errors: SignUpErrors::default(),
        from: applicant.came_from(),
        editing: None,
        under_way: None,
        not_taken: Some(why),
    };
    let response = page_with_status_in(&visitors.site, &frame, StatusCode::FORBIDDEN, &again);
    Ok(if known.is_some() { response } else { with_cookie(response, session.cookie()) })
}

/// Stores a new sign-up. It has its consent already if the person came from Xero, and its portal if they came from GO1.
async fn begin_sign_up(
    function: &SignUpFunction,
    address: BrowserAddress,
    details: SignUpDetails,
    applicant: &Applicant,
) -> Result<SignUp, Problem> {
    let visitors = &function.visitors;
    let acceptance = Acceptance {
        terms_version: TERMS_VERSION.to_owned(),
        collection_version: COLLECTION_VERSION.to_owned(),
        at: visitors.clock.now(),
    };
    let id = SignUpId::new(random_hex::<16>(&*visitors.random));
    let mut sign_up = SignUp::start(id, details, acceptance);
    if let Some(arrival) = applicant.xero() {
        sign_up.may_read_payroll = arrival.may_read_payroll;
        sign_up.step = SignUpStep::Consented {
            xero_user: arrival.xero_user.clone(),
            authentication_event: arrival.authentication_event.clone(),
            chosen: arrival.organisation.as_ref().map(|organisation| organisation.tenant.clone()),
        };
        sign_up = sign_up.logged_in(&arrival.xero_user, &arrival.email);
    }
    if let Applicant::FromPortal(arrival) = applicant {
        sign_up.existing_portal = Some(arrival.portal.clone());
    }
    visitors.state.add_sign_up(&sign_up).await?;
    let accepted = AuditAction::TermsAccepted {
        terms_version: TERMS_VERSION.to_owned(),
        collection_version: COLLECTION_VERSION.to_owned(),
    };
    visitors.record_for(&sign_up.id, Some(sign_up.details.name()), address, accepted).await?;
    if let Some(arrival) = applicant.xero() {
        let user = &arrival.xero_user;
        function.state.add_sign_up_of(user, &sign_up.id).await?;
        let consented = AuditAction::XeroConsented { xero_user: Some(user.clone()) };
        visitors.record_for(&sign_up.id, Some(sign_up.details.name()), address, consented).await?;
    }
    if let Applicant::FromPortal(arrival) = applicant {
        let by = format!("{} {}", arrival.given_name, arrival.family_name);
        let entered = AuditAction::AdministratorEntered { account: Some(arrival.portal.account.clone()) };
        visitors.record_for(&sign_up.id, Some(by), address, entered).await?;
    }
    Ok(sign_up)
}

/// Stores other details of a sign-up that is under way, and leads back to the step that it is at, which says what was
/// saved; before the first login at Xero, to that. The form accepts the terms once more, as they are now.
async fn change_details(
    function: &SignUpFunction,
    visitor: &Visitor,
    details: &SignUpDetails,
) -> Result<Response, Problem> {
    let visitors = &function.visitors;
    visitors.allow(Deed::Change, &[CountedOf::Network(visitor.address)]).await?;
    let saved = SavedDetails::between(&visitor.sign_up.details, details);
    let now = visitors.clock.now();
    let changed = |sign_up: SignUp| sign_up.with_details(details.clone(), now).map_err(|_| visitor.wrong_step());
    let sign_up = visitors.change(visitor.sign_up.clone(), changed).await?;
    let visitor = Visitor { sign_up, ..visitor.clone() };
    let accepted = AuditAction::TermsAccepted {
        terms_version: TERMS_VERSION.to_owned(),
        collection_version: COLLECTION_VERSION.to_owned(),
    };
    visitors.record(&visitor, accepted).await?;
    Ok(match step_of(&visitor.sign_up) {
        // Xero's page cannot say it.
        Step::Xero => see_other(&visitor.next_path()),
        step => see_other(&format!("{}?{}", step.path(), saved.as_query())),
    })
}

/// The step that a sign-up without a portal is at, as its owner sees it: whoever has seen the people is at them.
fn step_of(sign_up: &SignUp) -> Step {
    match (&sign_up.step, &sign_up.plan) {
        (SignUpStep::Started, _) => Step::Xero,
        (SignUpStep::Consented { .. }, _) => Step::Organisation,
        (_, None) => Step::Courses,
        (_, Some(_)) => Step::People,
    }
}

/// The applicant as this browser's session names them, and what surrounds the form for them.
async fn applicant(
    function: &SignUpFunction,
    headers: &HeaderMap,
    wanted: Wanted,
) -> Result<(Applicant, Frame), Problem> {
    let live = function.visitors.live_session(headers).await?;
    let frame = live.as_ref().map_or(Frame::SignUp, LiveSession::sign_up_frame);
    let applicant = match live {
        Some(LiveSession::XeroArrival { arrival, .. }) => Applicant::FromXero(arrival),
        Some(LiveSession::PortalArrival { arrival, .. }) => Applicant::FromPortal(arrival),
        Some(LiveSession::Visitor(visitor)) if wanted == Wanted::Own && can_change(function, &visitor).await? => {
            Applicant::Editing(visitor)
        }
        Some(LiveSession::Visitor(visitor)) if wanted == Wanted::Own => {
            Applicant::SignedUp { next_path: visitor.next_path() }
        }
        Some(LiveSession::Visitor(_)) | None => Applicant::Unknown,
    };
    Ok((applicant, frame))
}

/// Whether nothing was made of the details yet: once GO1 was asked for the portal, it may be made of these.
async fn can_change(function: &SignUpFunction, visitor: &Visitor) -> Result<bool, Problem> {
    if visitor.administrator.is_some() || visitor.sign_up.is_settled(function.visitors.clock.now()) {
        return Ok(false);
    }
    let tenant = own_tenant(&*function.state, &visitor.sign_up).await?;
    Ok(!tenant.is_some_and(|tenant| tenant.is_settled()))
}

impl Applicant {
    /// The applicant without their portal, if they ask for a new one instead.
    fn with_choice(self, form: &SignUpForm) -> Self {
        match self {
            Self::FromPortal(_) if form.new_portal.is_some() => Self::Unknown,
            applicant => applicant,
        }
    }

    fn xero(&self) -> Option<&XeroArrival> {
        match self {
            Self::FromXero(arrival) => Some(arrival),
            Self::Unknown | Self::FromPortal(_) | Self::Editing(_) | Self::SignedUp { .. } => None,
        }
    }

    /// The step that they are at who change their details.
    fn editing(&self) -> Option<Step> {
        match self {
            Self::Editing(visitor) => Some(step_of(&visitor.sign_up)),
            Self::Unknown | Self::FromXero(_) | Self::FromPortal(_) | Self::SignedUp { .. } => None,
        }
    }

    /// Where their own sign-up goes on, where this form is for another.
    fn under_way(&self) -> Option<String> {
        match self {
            Self::SignedUp { next_path } => Some(next_path.clone()),
            Self::Unknown | Self::FromXero(_) | Self::FromPortal(_) | Self::Editing(_) => None,
        }
    }

    fn came_from(&self) -> CameFrom {
        match self {
            Self::FromXero(_) => CameFrom::Xero,
            Self::FromPortal(arrival) => CameFrom::Portal(arrival.portal.domain.clone()),
            Self::Editing(visitor) if visitor.sign_up.existing_portal.is_some() => {
                CameFrom::Portal(visitor.sign_up.details.domain.clone())
            }
            Self::Unknown | Self::Editing(_) | Self::SignedUp { .. } => CameFrom::Unknown,
        }
    }

    fn details(&self, form: &SignUpForm) -> Result<SignUpDetails, SignUpErrors> {
        match self {
            Self::FromPortal(arrival) => form.validate_for(arrival),
            Self::Editing(visitor) if visitor.sign_up.existing_portal.is_some() => {
                form.validate_connecting(&visitor.sign_up.details)
            }
            Self::Unknown | Self::FromXero(_) | Self::Editing(_) | Self::SignedUp { .. } => form.validate(),
        }
    }

    /// The form as it was typed, with the fields that they cannot change.
    fn shown_again(&self, form: SignUpForm) -> SignUpForm {
        match self {
            Self::FromPortal(arrival) => SignUpForm { email: arrival.email.clone(), ..form },
            Self::Editing(visitor) if visitor.sign_up.existing_portal.is_some() => {
                SignUpForm { email: visitor.sign_up.details.email.as_str().to_owned(), ..form }
            }
            Self::Unknown | Self::FromXero(_) | Self::Editing(_) | Self::SignedUp { .. } => form,
        }
    }

    fn prefilled(&self) -> SignUpForm {
        match self {
            Self::Unknown | Self::SignedUp { .. } => SignUpForm::default(),
            Self::Editing(visitor) => SignUpForm::of_details(&visitor.sign_up.details),
            Self::FromPortal(arrival) => SignUpForm::of_administrator(arrival),
            Self::FromXero(arrival) => {
                let organisation = arrival.organisation.as_ref();
                SignUpForm::prefilled(
                    &arrival.given_name,
                    &arrival.family_name,
                    &arrival.email,
                    organisation.map(|organisation| organisation.name.as_str()),
                    organisation.and_then(|organisation| Country::from_code(&organisation.country_code)),
                )
            }
        }
    }
}
