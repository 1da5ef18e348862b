//! Who was imported into a portal, one for each account, and what the list of users shows of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::ids::{EmployeeId, ImportId, PortalId, UserAccountId};
use domain::import::{Import, ImportStatus};
use domain::member::Member;
use go1::UserAccount;
use state::ImportReader;
use web::Problem;
use web::pages::{AtGo1, Imported, NameAndEmail, Standing, UserRow};

/// What GO1 has of those whom it was asked for.
pub(crate) type Accounts = HashMap<UserAccountId, UserAccount>;

/// The names that imports were made with, by import and person.
pub(crate) type KeptNames = HashMap<(ImportId, EmployeeId), NameAndEmail>;

/// Somebody who was imported, by the last import that brought them. Whoever was hired again has two employee records,
/// and one account.
pub(crate) struct ImportedUser {
    member: Member,
    /// The other imports that brought the same account.
    also: Vec<ImportId>,
    /// Whether an undo has taken back the import that brought them.
    is_taken_back: bool,
}

impl ImportedUser {
    /// One for each account, of members who are sorted by their imports, the newest first. `imports`: all of the portal.
    pub(crate) fn of(members: Vec<Member>, imports: &[Import]) -> Vec<Self> {
        let taken_back = taken_back(imports);
        let mut users: Vec<Self> = Vec::with_capacity(members.len());
        let mut known: HashMap<UserAccountId, usize> = HashMap::new();
        for member in members {
            if let Some(position) = member.account.as_ref().and_then(|account| known.get(account)) {
                let user = &mut users[*position];
                user.member = user.member.clone().with_record(&member);
                user.also.push(member.import);
            } else {
                known.extend(member.account.clone().map(|account| (account, users.len())));
                let is_taken_back = taken_back.contains(&member.import);
                users.push(Self { member, also: Vec::new(), is_taken_back });
            }
        }
        users
    }

    /// Their account, where it is certain.
    pub(crate) fn account(&self) -> Option<&UserAccountId> {
        self.member.account.as_ref()
    }

    /// What became of them. An undo leaves an account that was there before active, and only the import that brought
    /// them tells that it was taken back.
    fn standing(&self) -> Standing {
        let member = &self.member;
        let was_undone = member.unfinished && self.is_taken_back && member.reactivated_by.is_none();
        if member.account.is_some() && (member.deactivated || was_undone) {
            Standing::Undone
        } else if member.is_imported() {
            Standing::Imported
        } else {
            Standing::NotFinished
        }
    }

    /// Their row, with their account, which is taken out of `accounts`.
    pub(crate) fn row(self, accounts: &mut Accounts) -> UserRow {
        let at_go1 = match self.account().map(|id| accounts.remove(id)) {
            None => AtGo1::Unresolved,
            Some(None) => AtGo1::Gone,
            Some(Some(account)) => shown(account),
        };
        UserRow { at_go1, imported: Some(self.into()) }
    }

    /// Their row where GO1 did not answer.
    pub(crate) fn without_go1(self, names: &KeptNames) -> UserRow {
        let kept = names.get(&(self.member.import.clone(), self.member.employee_id.clone()));
        let at_go1 = if self.account().is_some() { AtGo1::Unread(kept.cloned()) } else { AtGo1::Unresolved };
        UserRow { at_go1, imported: Some(self.into()) }
    }

    /// The row of an account that no import has brought.
    pub(crate) fn nobody(account: UserAccount) -> UserRow {
        UserRow { at_go1: shown(account), imported: None }
    }
}

impl From<ImportedUser> for Imported {
    fn from(user: ImportedUser) -> Self {
        let standing = user.standing();
        let Member { created, import, since, .. } = user.member;
        Self { created, import, also: user.also, since, standing }
    }
}

/// The imports that an undo has taken back, or a part of them.
fn taken_back(imports: &[Import]) -> HashSet<ImportId> {
    let undos: HashSet<&ImportId> = imports
        .iter()
        .filter(|import| import.undoes.is_some() && import.status != ImportStatus::Failed)
        .map(|undo| &undo.id)
        .collect();
    let is_undone = |import: &&Import| import.undone_by.as_ref().is_some_and(|undo| undos.contains(undo));
    imports.iter().filter(is_undone).map(|import| import.id.clone()).collect()
}

fn shown(account: UserAccount) -> AtGo1 {
    let UserAccount { given_name, family_name, email, active, .. } = account;
    let email = email.map(|email| email.as_str().to_owned());
    AtGo1::Account { who: NameAndEmail { given_name, family_name, email }, active }
}

/// The names that these users were imported with, as far as they are kept still.
pub(crate) async fn kept_names<State: ImportReader + ?Sized>(
    state: &State,
    portal: &PortalId,
    users: &[ImportedUser],
) -> Result<KeptNames, Problem> {
    let mut names = KeptNames::new();
    let imports: BTreeSet<&ImportId> = users.iter().map(|user| &user.member.import).collect();
    for import in imports {
        let people = state.import_people(portal, import).await?;
        names.extend(people.into_iter().map(|person| {
            let email = Some(person.email.as_str().to_owned());
            let who = NameAndEmail { given_name: person.given_name, family_name: person.family_name, email };
            ((import.clone(), person.employee_id), who)
        }));
    }
    Ok(names)
}
