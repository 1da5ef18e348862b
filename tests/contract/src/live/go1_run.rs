//! The part at GO1.

use std::sync::Arc;

use ::go1::{Go1Client, Go1Tokens, LoginClient, LoginSettings, NewPortal, NewUserAccount};
use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::{PortalId, TenantId, UserAccountId};
use domain::portal::{INDUSTRIES, PortalDomain};
use secrecy::SecretString;

use super::error::LiveError;
use super::kept::KeptPortal;
use super::running::{GO1_CALLBACK, Run};
use crate::facts::go1 as facts;
use crate::looks::{go1 as looks, people};
use crate::report::Verdict;

/// Whose the portal is where no organisation was connected.
const NO_TENANT: &str = "00000000-0000-4000-8000-000000000000";

/// Looks at GO1.
pub(super) async fn run(run: &mut Run<'_>, client: &Arc<Go1Client>, country: Country) -> Result<(), LiveError> {
    let Some(partner) = looks::partner(&mut run.looks, client).await else { return Ok(()) };
    let kept = match run.kept.content.portal.clone() {
        Some(kept) => kept,
        None => intent(run, country)?,
    };
    let country = Country::from_code(&kept.country).unwrap_or(country);
    let portal = new_portal(run, &kept, country)?;
    looks::missing_scope(&mut run.looks, client, &partner, &portal).await;
    let tokens = tokens(run, client, &partner, &portal, &kept).await?;
    let Some(KeptPortal { id: Some(id), administrator, .. }) = run.kept.content.portal.clone() else { return Ok(()) };
    let id = PortalId::new(id);
    if run.operator.may(&format!("Ask for a second portal at {}, which GO1 should refuse", portal.domain.as_str())) {
        looks::portal_taken(&mut run.looks, client, &partner, &portal).await;
    }
    looks::find_portal(&mut run.looks, client, &partner, &portal, kept.asked_at, &id).await;
    if let Some(tokens) = tokens {
        learner(run, client, &tokens, &id, country).await?;
        if let Some(administrator) = administrator {
            let owner = UserAccountId::new(administrator);
            looks::one_time_login(&mut run.looks, client, &tokens.access_token, &owner).await;
        }
        renew(run, client, &tokens).await?;
    }
    login(run, client, &id).await
}

/// Writes down which portal will be asked for.
fn intent(run: &mut Run<'_>, country: Country) -> Result<KeptPortal, LiveError> {
    let label = format!("contract-{}", &run.name()[..8]);
    let kept = KeptPortal {
        domain: format!("{label}.mygo1.com"),
        tenant: run.kept.content.tenant.clone().unwrap_or_else(|| NO_TENANT.to_owned()),
        country: country.code().to_owned(),
        asked_at: run.looks.now(),
        id: None,
        administrator: None,
        refresh_token: None,
    };
    run.kept.content.portal = Some(kept.clone());
    run.kept.save()?;
    Ok(kept)
}

fn new_portal(run: &Run<'_>, kept: &KeptPortal, country: Country) -> Result<NewPortal, LiveError> {
    let domain =
        PortalDomain::parse(&kept.domain).map_err(|_| LiveError::Setting("the kept address is none".to_owned()))?;
    Ok(NewPortal {
        name: "Contract run".to_owned(),
        domain,
        country,
        industry: INDUSTRIES[0].to_owned(),
        timezone: Some(if country == Country::Australia { "Australia/Sydney" } else { "America/New_York" }.to_owned()),
        tenant: TenantId::new(kept.tenant.clone()),
        email: run.live.owner.clone(),
        given_name: "Contract".to_owned(),
        family_name: "Owner".to_owned(),
    })
}

/// Tokens for the portal: those of its creation, of an earlier run, or of a login.
async fn tokens(
    run: &mut Run<'_>,
    client: &Arc<Go1Client>,
    partner: &SecretString,
    portal: &NewPortal,
    kept: &KeptPortal,
) -> Result<Option<Go1Tokens>, LiveError> {
    if kept.id.is_some() {
        for fact in [&facts::PORTAL_CREATED, &facts::PORTAL_RIGHTS] {
            let why = "the portal of an earlier run is used (another KEEP file begins anew)".to_owned();
            run.looks.report.saw(fact, Verdict::NotSeen(why));
        }
        let Some(token) = kept.refresh_token.clone().map(SecretString::from) else { return Ok(None) };
        return match client.refresh(&token, run.looks.now()).await {
            Ok(tokens) => {
                run.kept.keep_portal(&tokens.refresh_token)?;
                Ok(Some(tokens))
            }
            Err(error) => {
                run.operator.say(&format!("The portal's kept tokens are not taken: {error}. The login brings others."));
                Ok(None)
            }
        };
    }
    let what = format!("Create the test portal {} at GO1, which cannot be deleted", portal.domain.as_str());
    if !run.operator.may(&what) {
        return Ok(None);
    }
    let Some(created) = looks::create_portal(&mut run.looks, client, partner, portal).await else {
        return Ok(None);
    };
    if let Some(kept) = &mut run.kept.content.portal {
        kept.id = Some(created.id.as_str().to_owned());
        kept.administrator = Some(created.administrator.as_str().to_owned());
    }
    run.kept.keep_portal(&created.tokens.refresh_token)?;
    Ok(Some(created.tokens))
}

async fn learner(
    run: &mut Run<'_>,
    client: &Go1Client,
    tokens: &Go1Tokens,
    portal: &PortalId,
    country: Country,
) -> Result<(), LiveError> {
    let token = &tokens.access_token;
    let wanted = run.live.courses_of(country);
    let courses = people::courses(&mut run.looks, client, token, wanted, &run.live.picture_origins).await;
    let address = format!("contract-run-{}@{}", run.kept.content.runs, run.live.domain);
    let email = EmailAddress::parse(&address);
    let email = email.map_err(|_| LiveError::Setting(format!("{address} is no address: name another domain")))?;
    let what = format!(
        "Create the made-up person {address} in the test portal (GO1 may send them a mail, and deletes no account), and \
         assign {} courses",
        courses.len()
    );
    if !run.operator.may(&what) {
        return Ok(());
    }
    let person = NewUserAccount { given_name: "Contract".to_owned(), family_name: "Learner".to_owned(), email };
    if let Some(account) = people::account(&mut run.looks, client, token, portal, &person).await {
        people::enrollments(&mut run.looks, client, token, &account, &courses).await;
    }
    Ok(())
}

async fn renew(run: &mut Run<'_>, client: &Go1Client, tokens: &Go1Tokens) -> Result<(), LiveError> {
    let try_used = run.operator.may("Send a refresh token of GO1 that was used, which may end the portal's grant");
    let mut failed = None;
    let kept = &mut run.kept;
    let keep = |tokens: &Go1Tokens| failed = kept.keep_portal(&tokens.refresh_token).err().or(failed.take());
    looks::renewal(&mut run.looks, client, tokens, try_used, keep).await;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// The pair of RFC 7636, appendix B: what is looked at is whether GO1 takes PKCE, and the operator's own login needs no secret.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn login(run: &mut Run<'_>, client: &Arc<Go1Client>, portal: &PortalId) -> Result<(), LiveError> {
    if !run.operator.may("Log in with GO1, as the owner of the test portal") {
        return Ok(());
    }
    let settings = LoginSettings {
        login_url: run.live.addresses.go1_login_url.clone(),
        v2_api_url: run.live.addresses.go1_v2_api_url.clone(),
        redirect_uri: run.below(GO1_CALLBACK)?,
        scopes: run.live.go1_scopes.clone(),
        v2_account: false,
    };
    let state = run.name();
    let address = LoginClient::new(client.clone(), settings.clone()).authorize_url(&state, Some(CHALLENGE)).await?;
    run.operator.open("Log in with GO1 as the owner of the test portal, and choose that portal", &address);
    let code = run.callback.code(GO1_CALLBACK, &state).await?;
    let mut failed = None;
    let kept = &mut run.kept;
    let keep = |tokens: &Go1Tokens| failed = kept.keep_portal(&tokens.refresh_token).err();
    looks::login(&mut run.looks, client, settings, (&code, VERIFIER), portal, keep).await;
    failed.map_or(Ok(()), |error| Err(error.into()))
}
