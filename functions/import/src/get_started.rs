//! The page that leads into the new portal.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::fault::Causes;
use domain::ids::PortalId;
use domain::import::Progress;
use domain::member::imported_people;
use domain::portal::Portal;
use domain::sign_up::{SignUp, SignUpStep};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use web::forms::{ButtonForm, parse};
use web::pages::GetStartedPage;
use web::responses::{see_other, see_other_upstream};
use web::{Problem, page_in};

use crate::importer::Importer;
use crate::progress::{find, read};
use crate::standing::require_still_theirs;

/// `GET /get-started`.
pub(crate) async fn show(State(importer): State<Importer>, headers: HeaderMap) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    let visitor = visitors.require(&headers).await?;
    if visitor.administrator.is_some() {
        // An administrator came from the portal, so they need no way into it.
        return Ok(see_other(visitor.frame().home()));
    }
    let portal = portal(&importer, visitor.sign_up.portal().ok_or_else(|| visitor.wrong_step())?).await?;
    let id = portal.id.clone();
    let import = match &visitor.sign_up.import {
        None => None,
        Some(id) => {
            let import = find(&importer, &visitor, id).await?;
            let progress = match import.sums {
                Some(sums) => sums,
                None => Progress::of(&read(&importer, &visitor, id).await?.1),
            };
            Some((import.id, progress))
        }
    };
    let details = &visitor.sign_up.details;
    let view = GetStartedPage {
        form_token: visitor.form_token(),
        asked_for: (details.domain != portal.domain).then(|| details.domain.clone()),
        portal_url: importer.portal_url.of(&portal.domain),
        domain: portal.domain,
        email: visitor.sign_up.existing_portal.is_none().then(|| details.email.as_str().to_owned()),
        import,
        imported: imported_people(&importer.state.members(&id).await?),
    };
    Ok(page_in(&visitors.site, &visitor.frame(), &view))
}

/// `POST /get-started`: redirects to the portal, logged in where GO1 allows it, to its login page otherwise.
pub(crate) async fn open(
    State(importer): State<Importer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    let form: ButtonForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let portal = portal(&importer, visitor.sign_up.portal().ok_or_else(|| visitor.wrong_step())?).await?;
    require_still_theirs(&importer, &visitor).await?;
    let mut url = importer.portal_url.of(&portal.domain);
    // The token logs the browser in as the owner, so it is given only to a visitor whose email Xero has verified.
    if visitor.is_verified_owner()
        && let Some(token) = one_time_token(&importer, &portal).await
    {
        url = format!("{url}?oneTimeToken={}", token.expose_secret());
    }
    if !matches!(visitor.sign_up.step, SignUpStep::Welcomed { .. }) {
        let welcomed = |sign_up: SignUp| sign_up.welcomed().map_err(|_| visitor.wrong_step());
        visitors.change(visitor.sign_up.clone(), welcomed).await?;
    }
    see_other_upstream(&visitors.site, &url)
}

async fn portal(importer: &Importer, id: &PortalId) -> Result<Portal, Problem> {
    importer.state.find_portal(id).await?.ok_or(Problem::PortalPending)
}

/// A token that logs the owner in once. GO1 gives it only to apps with a restricted scope, so its absence is no error.
async fn one_time_token(importer: &Importer, portal: &Portal) -> Option<SecretString> {
    let administrator = portal.administrator.as_ref()?;
    let go1 = &importer.go1;
    let asked = go1.as_portal(&portal.id, async |token| go1.client.one_time_login(&token, administrator).await);
    asked.await.inspect_err(|error| tracing::warn!(error = %Causes(error), "there is no one-time login")).ok()
}
