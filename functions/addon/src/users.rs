//! Who was imported, the last import first, with the names that GO1 has for them now. GO1 is asked for those on the
//! page; for everybody only where a name, or something that only GO1 knows, is looked for.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::email::EmailAddress;
use domain::fault::Causes;
use domain::ids::{ImportId, PortalId, UserAccountId};
use domain::member::Member;
use domain::text::{folded, line};
use go1::{Go1Error, UserAccount};
use go1_access::Go1AccessError;
use http::HeaderMap;
use tokio::time::timeout;
use vault::VaultError;
use web::pages::{
    AtGo1, ImportChoice, USERS_PER_PAGE, UserRow, UsersContext, UsersListed, UsersPage, UsersQuery, UsersShown,
};
use web::{Problem, page_in};

use crate::addon::Addon;
use crate::overview::organisation;

/// How long GO1 may take for one page.
pub(crate) const LONGEST_READ: Duration = Duration::from_secs(13);

/// `GET /portal/users`.
pub(crate) async fn show(
    State(addon): State<Addon>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let visitors = &addon.visitors;
    let (visitor, administrator) = visitors.require_administrator(&headers).await?;
    let tenant = addon.tenant(&visitor).await?;
    let portal = addon.portal(&administrator.portal).await?;
    let mut members = addon.state.members(&portal.id).await?;
    let imports = addon.state.imports_of(&portal.id).await?;
    let newest_first: HashMap<&ImportId, usize> =
        imports.iter().enumerate().map(|(position, import)| (&import.id, position)).collect();
    let age = |import: &ImportId| newest_first.get(import).copied().unwrap_or(usize::MAX);
    members.sort_by_cached_key(|member| (age(&member.import), member.employee_id.clone()));
    let brought = imports.iter().filter(|import| members.iter().any(|member| member.import == import.id));
    let context = UsersContext {
        form_token: visitor.form_token(),
        organisation: organisation(&addon, &tenant).await?,
        places_left: portal.places_left(),
        imports: brought
            .map(|import| ImportChoice { import: import.id.clone(), accepted_at: import.accepted_at })
            .collect(),
    };
    let mut query = UsersQuery::parse(query.as_deref());
    let users = User::of(members);
    let listed = timeout(LONGEST_READ, list(&addon, &portal.id, &users, &mut query)).await;
    let mut listed = listed.unwrap_or(Err(Problem::Go1Unavailable { retry_after: None }))?;
    listed.users.sort_by_cached_key(|row| (age(&row.import), name_of(row)));
    Ok(page_in(&visitors.site, &visitor.frame(), &UsersPage::of(listed, query, context)))
}

/// Somebody who was imported, by the last import that brought them. Whoever was hired again has two employee records,
/// and one account.
#[derive(Clone)]
struct User {
    member: Member,
    /// The other imports that brought the same account.
    also: Vec<ImportId>,
}

impl User {
    /// One for each account, of members who are sorted by their imports, the newest first.
    fn of(members: Vec<Member>) -> Vec<Self> {
        let mut users: Vec<Self> = Vec::with_capacity(members.len());
        let mut known: HashMap<UserAccountId, usize> = HashMap::new();
        for member in members {
            if let Some(position) = member.account.as_ref().and_then(|account| known.get(account)) {
                let user = &mut users[*position];
                user.member.created |= member.created;
                user.also.push(member.import);
            } else {
                known.extend(member.account.clone().map(|account| (account, users.len())));
                users.push(Self { member, also: Vec::new() });
            }
        }
        users
    }
}

/// What GO1 has of those who were asked for.
type Accounts = HashMap<UserAccountId, UserAccount>;

/// Those whom the page shows, and how many there are of each kind.
async fn list(
    addon: &Addon,
    portal: &PortalId,
    members: &[User],
    query: &mut UsersQuery,
) -> Result<UsersListed, Problem> {
    // Without GO1, everybody with an account looks as if it was gone. What only GO1 knows is not asked of these.
    let unread: Vec<UserRow> = members.iter().map(|member| row(member, &Accounts::new())).collect();
    let counted = |rows: &[UserRow], shown: UsersShown| rows.iter().filter(|row| shown.includes(row)).count();
    let known_here =
        UsersShown::ALL.map(|shown| (shown, (!only_go1_knows(shown)).then(|| counted(&unread, shown)))).to_vec();
    if query.q.is_empty() && !only_go1_knows(query.show) {
        let found = members.iter().zip(&unread).filter(|(_, row)| query.finds(row));
        let found: Vec<&User> = found.map(|(member, _)| member).collect();
        let shown = page_of(&found, query);
        let accounts = read(addon, portal, None, &shown).await?;
        let users = shown.into_iter().map(|member| row(member, &accounts)).collect();
        return Ok(UsersListed { users, found: found.len(), counts: known_here });
    }
    let (accounts, members, counts) = if let Ok(email) = EmailAddress::parse(&query.q) {
        let accounts = read(addon, portal, Some(email), &[]).await?;
        let is_theirs = |user: &&User| user.member.account.as_ref().is_some_and(|id| accounts.contains_key(id));
        let members: Vec<&User> = members.iter().filter(is_theirs).collect();
        (accounts, members, Some(known_here))
    } else {
        let members: Vec<&User> = members.iter().collect();
        (read(addon, portal, None, &members).await?, members, None)
    };
    let rows: Vec<UserRow> = members.into_iter().map(|member| row(member, &accounts)).collect();
    let counts = counts.unwrap_or_else(|| UsersShown::ALL.map(|shown| (shown, Some(counted(&rows, shown)))).to_vec());
    let found: Vec<UserRow> = rows.into_iter().filter(|row| query.finds(row)).collect();
    Ok(UsersListed { users: page_of(&found, query), found: found.len(), counts })
}

/// What somebody is sorted by; whoever has no name comes last.
fn name_of(row: &UserRow) -> (bool, String) {
    match &row.at_go1 {
        AtGo1::Account { name, .. } => (false, folded(name)),
        AtGo1::Gone | AtGo1::Unresolved => (true, String::new()),
    }
}

/// Whether a filter is about something that is not in our table.
fn only_go1_knows(shown: UsersShown) -> bool {
    matches!(shown, UsersShown::Deactivated | UsersShown::Gone)
}

/// The page that is asked for, or the last one where there are not so many.
fn page_of<Row: Clone>(found: &[Row], query: &mut UsersQuery) -> Vec<Row> {
    query.page = query.page.clamp(1, found.len().div_ceil(USERS_PER_PAGE).max(1));
    found.iter().skip((query.page - 1) * USERS_PER_PAGE).take(USERS_PER_PAGE).cloned().collect()
}

fn row(User { member, also }: &User, accounts: &Accounts) -> UserRow {
    let at_go1 = match member.account.as_ref().map(|id| accounts.get(id)) {
        None => AtGo1::Unresolved,
        Some(None) => AtGo1::Gone,
        Some(Some(account)) => AtGo1::Account {
            name: line(&format!("{} {}", account.given_name, account.family_name)),
            email: account.email.as_ref().map(|email| email.as_str().to_owned()),
            active: account.active,
        },
    };
    UserRow {
        at_go1,
        created: member.created,
        import: member.import.clone(),
        also: also.clone(),
        since: member.since,
        unfinished: member.unfinished,
    }
}

/// What GO1 has of these members, and of this email.
async fn read(
    addon: &Addon,
    portal: &PortalId,
    email: Option<EmailAddress>,
    members: &[&User],
) -> Result<Accounts, Problem> {
    let emails = BTreeSet::from_iter(email);
    let ids: HashSet<UserAccountId> = members.iter().filter_map(|user| user.member.account.clone()).collect();
    if emails.is_empty() && ids.is_empty() {
        return Ok(Accounts::new());
    }
    let read = async |token| addon.go1.client.accounts_for(&token, &emails, &ids).await;
    let accounts = addon.go1.as_portal(portal, read).await.map_err(|error| unavailable(portal, error))?;
    Ok(accounts.into_iter().map(|account| (account.id.clone(), account)).collect())
}

/// What to answer where GO1 did not show the portal's users.
pub(crate) fn unavailable(portal: &PortalId, error: Go1AccessError<Go1Error>) -> Problem {
    match error {
        Go1AccessError::LoginNeeded { .. } => Problem::Go1LoginNeeded,
        Go1AccessError::NoToken(error @ (VaultError::Seal(_) | VaultError::State(_))) => error.into(),
        Go1AccessError::NoToken(_) => Problem::Go1Unavailable { retry_after: None },
        Go1AccessError::Go1(error) => {
            tracing::warn!(error = %Causes(&error), %portal, "the portal's users could not be read");
            match error {
                Go1Error::MissingScope { .. } => Problem::Go1NotGranted,
                error if error.asks_for_login() => Problem::Go1LoginNeeded,
                _ => Problem::Go1Unavailable { retry_after: None },
            }
        }
    }
}
