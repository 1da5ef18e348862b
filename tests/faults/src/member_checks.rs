//! Whether a member is at GO1 what the table says: the next look offers only whoever lacks something.

use state::MemberReader as _;

use crate::customer::Customer;
use crate::findings::{Broken, Findings};
use crate::ready::ready;
use crate::system::System;

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
