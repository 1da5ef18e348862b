//! The way into the new portal.

use application::refresh::Go1Refresh;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::ids::PortalId;
use domain::import::Progress;
use domain::portal::Portal;
use domain::sign_up::{SignUp, SignUpStep};
use go1::Classify as _;
use http::HeaderMap;
use platform::telemetry::Causes;
use secrecy::{ExposeSecret, SecretString};
use state::GrantOwner;
use web::forms::{ButtonForm, parse};
use web::pages::GetStartedPage;
use web::responses::{see_other, see_other_upstream};
use web::{Problem, page};

use crate::Importer;
use crate::progress::{find, read};

/// `GET /get-started`.
pub(crate) async fn show(State(importer): State<Importer>, headers: HeaderMap) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    let visitor = visitors.require(&headers).await?;
    if visitor.administrator.is_some() {
        // They are in it already.
        return Ok(see_other(visitor.frame().home()));
    }
    let portal = portal(&importer, visitor.sign_up.portal().ok_or_else(|| visitor.elsewhere())?).await?;
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
        domain: portal.domain,
        email: visitor.sign_up.existing_portal.is_none().then(|| details.email.as_str().to_owned()),
        import,
    };
    Ok(page(&visitors.site, &view))
}

/// `POST /get-started`: into the portal, logged in where GO1 allows us that, at its front door otherwise.
pub(crate) async fn open(
    State(importer): State<Importer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    let form: ButtonForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let portal = portal(&importer, visitor.sign_up.portal().ok_or_else(|| visitor.elsewhere())?).await?;
    let mut url = importer.portal_url.of(&portal.domain);
    // GO1 logs in whoever has that email. Only somebody who has shown that it is theirs may be.
    if visitor.is_verified_owner()
        && let Some(token) = one_time_token(&importer, &portal).await
    {
        url = format!("{url}?oneTimeToken={}", token.expose_secret());
    }
    if !matches!(visitor.sign_up.step, SignUpStep::Welcomed { .. }) {
        let welcomed = |sign_up: SignUp| sign_up.welcomed().map_err(|_| visitor.elsewhere());
        visitors.change(visitor.sign_up.clone(), welcomed).await?;
    }
    see_other_upstream(&visitors.site, &url)
}

async fn portal(importer: &Importer, id: &PortalId) -> Result<Portal, Problem> {
    let portal = importer.portals.find_portal(id).await.map_err(|error| importer.visitors.failed(&error))?;
    portal.ok_or(Problem::PortalPending)
}

/// A token that logs the owner in once. GO1 gives it to apps with a restricted scope only, so its lack is no error.
async fn one_time_token(importer: &Importer, portal: &Portal) -> Option<SecretString> {
    let administrator = portal.administrator.as_ref()?;
    let owner = GrantOwner::Portal(portal.id.clone());
    let refresh = Go1Refresh(&importer.go1);
    let token = importer.go1_vault.access_token(&owner, &refresh).await;
    let token =
        token.inspect_err(|error| tracing::warn!(error = %Causes(error), "there is no token for the portal")).ok()?;
    let mut answer = importer.go1.one_time_login(&token.secret, administrator).await;
    if answer.as_ref().is_err_and(go1::Go1Error::is_unauthorized) {
        let newer = importer.go1_vault.replace_access_token(&owner, &token, &refresh).await.ok()?;
        answer = importer.go1.one_time_login(&newer.secret, administrator).await;
    }
    answer.inspect_err(|error| tracing::warn!(error = %Causes(error), "GO1 gives no one-time login")).ok()
}
