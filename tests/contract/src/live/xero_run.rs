//! The part at Xero.

use ::xero::{ConsentRequest, XeroClient, XeroTokens};
use domain::country::{Country, PeopleSource};
use domain::ids::TenantId;
use secrecy::SecretString;

use super::error::LiveError;
use super::running::{Run, XERO_CALLBACK};
use crate::facts::xero as facts;
use crate::looks::xero as looks;
use crate::report::Verdict;

/// Somebody's grant, and whether payroll was asked for where that is known.
struct Granted {
    tokens: XeroTokens,
    event: Option<String>,
    /// Whether a consent was just given.
    anew: bool,
}

/// Looks at Xero; the organisation's country, where it is one of ours.
pub(super) async fn run(run: &mut Run<'_>, client: &XeroClient) -> Result<Option<Country>, LiveError> {
    let Some(granted) = grant(run, client).await? else { return Ok(None) };
    let token = &granted.tokens.access_token;
    let connections = looks::connections(&mut run.looks, client, token).await;
    let known = run.kept.content.tenant.clone().map(TenantId::new);
    if granted.anew {
        let was_there = known.is_some();
        looks::event(&mut run.looks, client, token, granted.event.as_deref(), was_there).await;
    }
    let of_event = connections.iter().find(|each| granted.anew && each.authentication_event == granted.event);
    let of_before = connections.iter().find(|each| Some(&each.tenant) == known.as_ref());
    let Some(connection) = of_event.or(of_before).or(connections.first()) else {
        run.operator.say("Xero lists no organisation for this login.");
        return Ok(None);
    };
    run.operator.say(&format!("The organisation is {}.", connection.name));
    run.kept.content.tenant = Some(connection.tenant.as_str().to_owned());
    run.kept.save()?;
    let told = looks::organisation(&mut run.looks, client, token, &connection.tenant).await;
    let payroll = told.is_some_and(|(country, _)| country.people_source() == PeopleSource::PayrollEmployees);
    let is_demo = told.is_some_and(|(_, is_demo)| is_demo);
    if is_demo || run.operator.may("It is no demo company. Read the list of its people (only counts are kept)") {
        looks::people(&mut run.looks, client, token, &connection.tenant, payroll).await;
        looks::contacts(&mut run.looks, client, token, &connection.tenant).await;
    }
    looks::bad_token(&mut run.looks, client, &connection.tenant).await;
    let mut newest = granted.tokens.refresh_token.clone();
    if run.operator.may("Renew Xero's tokens, and use the refresh token before twice more") {
        let mut failed = None;
        let kept = &mut run.kept;
        let keep = |tokens: &XeroTokens| failed = kept.keep_xero(&tokens.refresh_token).err().or(failed.take());
        if let Ok(renewed) = looks::renewal(&mut run.looks, client, &granted.tokens, keep).await {
            newest = renewed.refresh_token;
        }
        if let Some(error) = failed {
            return Err(error.into());
        }
    }
    if run.live.disconnect && run.operator.may("Disconnect the organisation; the next run asks for a consent again") {
        looks::disconnect(&mut run.looks, client, token, connection).await;
        looks::revoke(&mut run.looks, client, &newest).await;
        run.kept.content.xero_refresh_token = None;
        run.kept.save()?;
    } else {
        let why = "the organisation stays connected for the next run (DISCONNECT=1 looks)".to_owned();
        run.looks.report.saw(&facts::DISCONNECT, Verdict::NotSeen(why.clone()));
        run.looks.report.saw(&facts::REVOKED, Verdict::NotSeen(why));
    }
    Ok(told.map(|(country, _)| country))
}

/// The grant of an earlier run, or that of a consent.
async fn grant(run: &mut Run<'_>, client: &XeroClient) -> Result<Option<Granted>, LiveError> {
    if let Some(token) = run.kept.content.xero_refresh_token.clone().map(SecretString::from) {
        let now = run.looks.now();
        match client.refresh(&token, now).await {
            Ok(tokens) => {
                run.kept.keep_xero(&tokens.refresh_token)?;
                for fact in [&facts::CONSENT, &facts::CODE, &facts::NONCE, &facts::EVENT] {
                    let why = "the grant of an earlier run is used (another KEEP file begins anew)".to_owned();
                    run.looks.report.saw(fact, Verdict::NotSeen(why));
                }
                return Ok(Some(Granted { tokens, event: None, anew: false }));
            }
            Err(error) => run.operator.say(&format!("The kept grant is not taken: {error}.")),
        }
    }
    if !run.operator.may("Log in to Xero and connect a demo company, which takes one of the application's connections")
    {
        return Ok(None);
    }
    let (state, nonce) = (run.name(), run.name());
    // Australia's scopes with the contacts hold those of the United States.
    let request = ConsentRequest {
        country: Some(Country::Australia),
        contacts: true,
        state: state.clone(),
        nonce: nonce.clone(),
        code_challenge: None,
    };
    run.operator.open("Log in to Xero, and choose a demo company", &client.authorize_url(&request).await?);
    let code = run.callback.code(XERO_CALLBACK, &state).await?;
    run.looks.report.saw(&facts::CONSENT, Verdict::Holds("a code, and our state".to_owned()));
    let consent = client.exchange_code(&code, None, &nonce, run.looks.now()).await;
    let consent = match consent {
        Ok(consent) => consent,
        Err(error) => {
            run.looks.report.saw(&facts::CODE, Verdict::Differs(error.to_string()));
            return Ok(None);
        }
    };
    run.kept.keep_xero(&consent.tokens.refresh_token)?;
    let minutes = consent.tokens.expires_at.duration_since(run.looks.now()).as_mins();
    run.looks.report.check(&facts::CODE, minutes > 0, format!("tokens for {minutes} minutes, the id_token verified"));
    run.looks.report.saw(&facts::NONCE, Verdict::Holds("the same came back".to_owned()));
    Ok(Some(Granted { tokens: consent.tokens, event: consent.authentication_event, anew: true }))
}
