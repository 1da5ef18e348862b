//! Whether an address for a portal is free, as far as GO1 tells.

use domain::fault::Causes;
use domain::portal::PortalDomain;

use crate::access::Go1Access;

/// How many addresses after one that is taken are looked at.
const ADDRESSES_TRIED: usize = 10;

/// What GO1 tells of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// No portal that GO1 lists has it. Somebody may still be quicker.
    Free,
    /// A portal has it. `next`: the next one after it that looks free, where there is one.
    Taken { next: Option<PortalDomain> },
    /// GO1 does not tell.
    Unknown,
}

/// Asks GO1 about an address and those after it. Only for a customer whose organisation is confirmed: a stranger could
/// look for GO1's customers with our token.
pub async fn availability(go1: &Go1Access, domain: &PortalDomain) -> Availability {
    let read = async |token| go1.client.taken_domains(&token, domain.stem()).await;
    let taken = go1.as_partner(read).await.inspect_err(|error| {
        tracing::warn!(error = %Causes(error), "which addresses are taken could not be read");
    });
    let Ok(taken) = taken else { return Availability::Unknown };
    if !taken.contains(domain) {
        return Availability::Free;
    }
    let mut candidates = std::iter::successors(Some(domain.next()), |domain| Some(domain.next())).take(ADDRESSES_TRIED);
    Availability::Taken { next: candidates.find(|domain| !taken.contains(domain)) }
}

/// The next address after one that GO1 refused as taken, and whether it looks free.
pub async fn next_free(go1: &Go1Access, refused: &PortalDomain) -> (PortalDomain, bool) {
    let next = refused.next();
    match availability(go1, &next).await {
        Availability::Free => (next, true),
        Availability::Taken { next: Some(free) } => (free, true),
        Availability::Taken { next: None } | Availability::Unknown => (next, false),
    }
}
