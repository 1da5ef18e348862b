//! Looks at GO1: the portal, the login and the tokens.

use std::sync::Arc;

use ::go1::{
    CreatePortalError, CreatedPortal, Go1Client, Go1Error, Go1Tokens, LoginClient, NewPortal, PortalRole, RefreshError,
    SoughtPortal,
};
use domain::ids::{PortalId, TenantId, UserAccountId};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Looks, after};
use crate::facts::go1 as facts;
use crate::report::Verdict;

/// Our own token.
pub async fn partner(looks: &mut Looks, client: &Go1Client) -> Option<SecretString> {
    let now = looks.now();
    let token = looks.report.good(&facts::PARTNER_TOKEN, client.partner_token(now).await)?;
    let hours = token.expires_at.duration_since(now).as_hours();
    looks.report.check(&facts::PARTNER_TOKEN, hours >= 1, format!("for {hours} hours"));
    Some(token.access_token)
}

/// What a call without its scope is answered: the partner's token has none for people.
pub async fn missing_scope(looks: &mut Looks, client: &Go1Client, partner: &SecretString, portal: &NewPortal) {
    let verdict = match client.find_user_account(partner, &portal.email).await {
        Err(error @ Go1Error::MissingScope { .. }) => Verdict::Holds(error.to_string()),
        Err(error @ Go1Error::Unauthorized { .. }) => Verdict::Differs(error.to_string()),
        Err(error) => Verdict::NotSeen(format!("our token is refused otherwise: {error}")),
        Ok(_) => Verdict::NotSeen("our own token may look for accounts".to_owned()),
    };
    looks.report.saw(&facts::MISSING_SCOPE, verdict);
}

/// Creates the portal.
pub async fn create_portal(
    looks: &mut Looks,
    client: &Go1Client,
    partner: &SecretString,
    portal: &NewPortal,
) -> Option<CreatedPortal> {
    let created = client.create_portal(partner, portal, looks.now()).await;
    let created = looks.report.good(&facts::PORTAL_CREATED, created)?;
    looks.report.saw(&facts::PORTAL_CREATED, Verdict::Holds("created, with its owner's account and tokens".to_owned()));
    Some(created)
}

/// Asks for another portal at the same address, which is made where the fact does not hold.
pub async fn portal_taken(looks: &mut Looks, client: &Go1Client, partner: &SecretString, portal: &NewPortal) {
    let other = NewPortal { tenant: TenantId::new("00000000-0000-4000-8000-000000000001"), ..portal.clone() };
    let verdict = match client.create_portal(partner, &other, looks.now()).await {
        Err(CreatePortalError::DomainTaken) => Verdict::Holds("refused: the domain is taken".to_owned()),
        Err(error) => Verdict::Differs(error.to_string()),
        Ok(created) => Verdict::Differs(format!("A SECOND PORTAL WAS MADE: {}", created.id.as_str())),
    };
    looks.report.saw(&facts::PORTAL_TAKEN, verdict);
}

/// Looks for the portal as after a lost answer: by its address, and by whose it is.
pub async fn find_portal(
    looks: &mut Looks,
    client: &Go1Client,
    partner: &SecretString,
    portal: &NewPortal,
    asked_at: Timestamp,
    id: &PortalId,
) {
    let sought = SoughtPortal { domain: &portal.domain, tenant: &portal.tenant, name: &portal.name, asked_at };
    let found = looks.until(async || client.find_portal(partner, sought).await).await;
    if let Some(found) = looks.report.good(&facts::PORTAL_FOUND, found) {
        let (holds, seen) = match &found {
            Some((found, seconds)) if found.id == *id => (true, format!("found {}", after(*seconds))),
            Some(_) => (false, "another portal was found".to_owned()),
            None => (false, format!("not found within {} s", looks.patience.as_secs())),
        };
        looks.report.check(&facts::PORTAL_FOUND, holds, seen);
    }
    // By another name only whose it is can decide that it is ours.
    let sought = SoughtPortal { name: "by no such name", ..sought };
    let verdict = match client.find_portal(partner, sought).await {
        Ok(Some(_)) => Verdict::Holds("told".to_owned()),
        Ok(None) => Verdict::NotSeen("the search does not find the portal".to_owned()),
        Err(error) => Verdict::Differs(error.to_string()),
    };
    looks.report.saw(&facts::PORTAL_CUSTOMER, verdict);
}

/// A one-time login for the owner.
pub async fn one_time_login(looks: &mut Looks, client: &Go1Client, token: &SecretString, owner: &UserAccountId) {
    let login = client.one_time_login(token, owner).await;
    if looks.report.good(&facts::ONE_TIME_LOGIN, login).is_some() {
        looks.report.saw(&facts::ONE_TIME_LOGIN, Verdict::Holds("a token".to_owned()));
    }
}

/// Renews the portal's tokens. Where `try_used`, the one that was used is sent once more: a server may end the whole grant
/// for that.
pub async fn renewal(
    looks: &mut Looks,
    client: &Go1Client,
    tokens: &Go1Tokens,
    try_used: bool,
    mut keep: impl FnMut(&Go1Tokens),
) -> Option<Go1Tokens> {
    let next = client.refresh(&tokens.refresh_token, looks.now()).await;
    let next = looks.report.good(&facts::REFRESH, next)?;
    keep(&next);
    let is_other = next.refresh_token.expose_secret() != tokens.refresh_token.expose_secret();
    looks.report.check(&facts::REFRESH, is_other, if is_other { "another pair" } else { "the same refresh token" });
    if try_used {
        match client.refresh(&tokens.refresh_token, looks.now()).await {
            Err(RefreshError::InvalidGrant) => {
                looks.report.saw(&facts::USED_REFRESH, Verdict::Holds("refused as dead".to_owned()));
            }
            Err(error) => looks.report.saw(&facts::USED_REFRESH, Verdict::Differs(error.to_string())),
            Ok(again) => {
                keep(&again);
                looks.report.saw(&facts::USED_REFRESH, Verdict::Differs("taken again".to_owned()));
                return Some(again);
            }
        }
    }
    Some(next)
}

/// Exchanges the code that a login brought, and asks who it was and where.
pub async fn login(
    looks: &mut Looks,
    client: &Arc<Go1Client>,
    settings: ::go1::LoginSettings,
    (code, verifier): (&str, &str),
    portal: &PortalId,
    mut keep: impl FnMut(&Go1Tokens),
) {
    let login = LoginClient::new(client.clone(), settings);
    let tokens = login.exchange_code(code, Some(verifier), looks.now()).await;
    let Some(tokens) = looks.report.good(&facts::LOGIN, tokens) else { return };
    keep(&tokens);
    looks.report.saw(&facts::LOGIN, Verdict::Holds("a code, and a pair of tokens for it".to_owned()));
    let me = login.me(&tokens.access_token).await;
    if looks.report.good(&facts::ME, me).is_none() {
        looks.report.saw(&facts::LOGIN_PORTAL, Verdict::NotSeen("who it was is not known".to_owned()));
        return;
    }
    looks.report.saw(&facts::ME, Verdict::Holds("an email".to_owned()));
    let told = login.portal_login(&tokens.access_token).await;
    if let Some(told) = looks.report.good(&facts::LOGIN_PORTAL, told) {
        let (is_it, role) = (told.portal.id == *portal, matches!(told.role, PortalRole::Administrator { .. }));
        let seen = match (is_it, role) {
            (true, true) => "the test portal, as its administrator",
            (true, false) => "the test portal, and not as its administrator",
            (false, _) => "another portal",
        };
        looks.report.check(&facts::LOGIN_PORTAL, is_it && role, seen);
    }
}
