//! Whether a member is at GO1 what the table says: the next look offers only whoever lacks something.

use state::{ImportReader as _, MemberReader as _};

use crate::customer::Customer;
use crate::findings::{Broken, Findings};
use crate::ready::ready;
use crate::system::System;

/// Whether nothing of a person is kept of a portal that is erased.
pub(crate) fn check_erased(system: &System, customer: &Customer, findings: &mut Findings) {
    if system.stored_portal(customer).erased_at.is_none() {
        return;
    }
    let members = ready(system.state.members(&customer.portal)).expect("memory answers").len();
    let imports = ready(system.state.imports_of(&customer.portal)).expect("memory answers").len();
    let accepted = system.simulator.history().accepted.clone();
    let rows = accepted.iter().filter(|accepted| accepted.portal == customer.portal).map(|accepted| {
        ready(system.state.import_people(&customer.portal, &accepted.import.id)).expect("memory answers").len()
    });
    let rows: usize = rows.sum();
    if members + imports + rows > 0 {
        let what = format!("an erased portal has {members} members, {imports} imports and {rows} people in them");
        findings.add(Broken::Untraced, &what);
    }
}

/// Whether each member who is finished and active has an active account with every course.
pub(crate) fn check_members(system: &System, customer: &Customer, findings: &mut Findings) {
    let go1 = system.simulator.world.go1();
    let (accounts, enrollments) =
        (go1.user_accounts(customer.portal.as_str()), go1.enrollments(customer.portal.as_str()));
    let members = ready(system.state.members(&customer.portal)).expect("memory answers");
    for member in members.iter().filter(|member| !member.unfinished && !member.deactivated) {
        // The members who only take places have no account at GO1.
        let account =
            accounts.iter().find(|account| member.account.as_ref().is_some_and(|id| id.as_str() == account.id));
        let Some(account) = account else { continue };
        let has =
            |course: &&str| enrollments.iter().any(|one| one.user_account_id == account.id && one.lo_id == **course);
        let missing = system.courses().iter().filter(|course| !has(course)).count();
        if missing > 0 || !account.active {
            let what = format!(
                "{} counts as finished, lacks {missing} courses, active: {}",
                member.employee_id, account.active
            );
            findings.add(Broken::Lost, &what);
        }
    }
}
