//! The portal's users as GO1 has them now, and who of them was imported. Where GO1 does not show them, who was imported
//! is shown with what we know of them ourselves.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::email::EmailAddress;
use domain::ids::{ImportId, PortalId, UserAccountId};
use go1::AccountList;
use http::HeaderMap;
use planning::{still_administrator, unanswered};
use tokio::time::timeout;
use web::pages::{ImportChoice, UserRow, UsersContext, UsersPage, UsersQuery, UsersRead};
use web::{Problem, page_in};

use crate::addon::Addon;
use crate::imported::{Accounts, ImportedUser, kept_names};
use crate::overview::organisation;

/// How long GO1 may take for the accounts that an undo takes back.
pub(crate) const LONGEST_READ: Duration = Duration::from_secs(13);

/// How long GO1 may take for its list. Afterwards the page shows who was imported.
const LONGEST_LIST: Duration = Duration::from_secs(10);

/// How many of GO1's accounts one page reads: twenty calls, of which four are made at once. Whoever stands behind them is
/// found by their email.
const MOST_LISTED: usize = 1_000;

/// `GET /portal/users`.
pub(crate) async fn show(
    State(addon): State<Addon>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let (visitor, administrator) = visitors.require_administrator(&headers).await?;
    let (tenant, portal) = Addon::shown(&visitor)?;
    let mut members = addon.state.members(&portal.id).await?;
    let all = addon.state.imports_of(&portal.id).await?;
    let newest_first: HashMap<&ImportId, usize> =
        all.iter().enumerate().map(|(position, import)| (&import.id, position)).collect();
    let age = |import: &ImportId| newest_first.get(import).copied().unwrap_or(usize::MAX);
    members.sort_by_cached_key(|member| (age(&member.import), member.employee_id.clone()));
    let brought = all.iter().filter(|import| members.iter().any(|member| member.import == import.id));
    let brought = brought.map(|import| ImportChoice { import: import.id.clone(), accepted_at: import.accepted_at });
    let imports = brought.collect();
    let query = UsersQuery::parse(query.as_deref());
    let imported = ImportedUser::of(members, &all);
    let (is_still, listed) = futures::join!(
        still_administrator(&addon.go1, visitors, &visitor, &administrator),
        timeout(LONGEST_LIST, list(&addon, &portal.id, &imported, &query)),
    );
    // Where GO1 says nothing about them, what it allowed within the hour still is.
    is_still.or_else(|problem| not_read(problem).map(drop))?;
    let (rows, read) = match listed.unwrap_or(Err(Problem::Go1Unavailable { retry_after: None })) {
        Ok((accounts, unlisted)) => (rows(imported, accounts), UsersRead::Now { unlisted }),
        Err(problem) => {
            let read = not_read(problem)?;
            let names = kept_names(&*addon.state, &portal.id, &imported).await?;
            (imported.into_iter().map(|user| user.without_go1(&names)).collect(), read)
        }
    };
    let context = UsersContext {
        form_token: visitor.form_token(),
        organisation: organisation(&addon, tenant).await?,
        places_left: portal.places_left(),
        imports,
        read,
    };
    Ok(page_in(&visitors.site, &visitor.frame(), &UsersPage::of(rows, query, context)))
}

/// One row for each account, imported or not, and one for everybody who was imported and has none.
fn rows(imported: Vec<ImportedUser>, mut accounts: Accounts) -> Vec<UserRow> {
    let mut rows: Vec<UserRow> = imported.into_iter().map(|user| user.row(&mut accounts)).collect();
    rows.extend(accounts.into_values().map(ImportedUser::nobody));
    rows
}

/// The portal's accounts, and how many more there are. Of who was imported nobody is left out: whom the list does not
/// have yet, or has behind what is read of it, GO1 is asked by their id.
async fn list(
    addon: &Addon,
    portal: &PortalId,
    imported: &[ImportedUser],
    query: &UsersQuery,
) -> Result<(Accounts, usize), Problem> {
    let refused = |error| unanswered(portal, error);
    let list = async |token| addon.go1.client.list_accounts(&token, MOST_LISTED).await;
    let AccountList { accounts, unlisted } = addon.go1.as_portal(portal, list).await.map_err(refused)?;
    let listed: HashSet<UserAccountId> = accounts.iter().map(|account| account.id.clone()).collect();
    let unseen = imported.iter().filter_map(ImportedUser::account).filter(|id| !listed.contains(id));
    let unseen: Vec<UserAccountId> = unseen.cloned().collect();
    let mut found = Vec::new();
    if !unseen.is_empty() {
        let ask = async |token| addon.go1.client.accounts_by_id(&token, &unseen).await;
        found = addon.go1.as_portal(portal, ask).await.map_err(refused)?;
    }
    if unlisted > 0
        && let Ok(email) = EmailAddress::parse(&query.q)
    {
        let ask = async |token| addon.go1.client.user_accounts_of(&token, &email).await;
        found.extend(addon.go1.as_portal(portal, ask).await.map_err(refused)?);
    }
    let all = accounts.into_iter().chain(found).map(|account| (account.id.clone(), account));
    let all: Accounts = all.collect();
    let more = (all.len() - listed.len()).min(unlisted);
    Ok((all, unlisted - more))
}

/// What the page says where GO1 did not show the portal's users; other problems have a page of their own.
fn not_read(problem: Problem) -> Result<UsersRead, Problem> {
    match problem {
        Problem::Go1Unavailable { .. } => Ok(UsersRead::Unavailable),
        Problem::Go1LoginNeeded => Ok(UsersRead::LoginNeeded),
        Problem::Go1NotGranted => Ok(UsersRead::NotGranted),
        other => Err(other),
    }
}
