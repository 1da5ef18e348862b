//! What a consent makes that the user has granted: connections and a code.

use jiff::Timestamp;

use super::state::{CODE_LIFETIME, Code, Connection, ConsentRequest, Grant};
use crate::world::State as WorldState;

/// Makes the connections and the code. Where an organisation is connected already, its connection keeps the id of the
/// consent that made it. So nobody finds that connection by the id of this consent
/// (<https://github.com/XeroAPI/xero-php-oauth2/issues/18>).
pub(crate) fn grant(state: &mut WorldState, request: &ConsentRequest, now: Timestamp) -> Option<String> {
    let user_id = request.user_id.clone()?;
    let event = state.random.uuid();
    for tenant_id in &request.tenants {
        let (tenant_name, tenant_type) = state.xero.tenant(tenant_id)?;
        let id = state.random.uuid();
        let existing = state
            .xero
            .connections
            .iter_mut()
            .find(|connection| connection.user_id == user_id && connection.tenant_id == *tenant_id);
        match existing {
            Some(connection) => connection.updated = now,
            None => state.xero.connections.push(Connection {
                id,
                auth_event_id: event.clone(),
                tenant_id: tenant_id.clone(),
                tenant_type,
                tenant_name,
                user_id: user_id.clone(),
                created: now,
                updated: now,
            }),
        }
    }
    let granted = state.xero.granted.entry(user_id.clone()).or_default();
    granted.extend(request.scopes.iter().cloned());
    let code = Code {
        redirect_uri: request.redirect_uri.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
        expires: now + CODE_LIFETIME,
        grant: Grant {
            user_id,
            scopes: granted.clone(),
            authentication_event_id: event,
            authenticated: now,
            session: state.random.uuid().replace('-', ""),
        },
    };
    let text = state.random.letters(43);
    state.xero.codes.insert(text.clone(), code);
    Some(text)
}
