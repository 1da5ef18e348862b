//! Plans.

use domain::ids::{PlanDigest, TenantId};
use domain::plan::Plan;

use super::samples::{employee, moment, plan};
use super::sizes::Sizes;
use super::store::Store;

/// Plans of every size come back whole and in order; storing one again renews when it was read, and whose box was changed.
pub async fn plans_are_whole(store: &impl Store, prefix: &str, sizes: Sizes) {
    let tenant = TenantId::new(format!("{prefix}planned"));
    for &(people, letters) in sizes.plans {
        let plan = plan(tenant.clone(), people, letters);
        let digest = store.put_plan(&plan).await.expect("stored");
        assert_eq!(digest, plan.digest());
        assert!(store.find_plan(&tenant, &digest).await.expect("read") == Some(plan), "a plan of {people}");
    }
    assert_eq!(store.find_plan(&tenant, &"another".into()).await.expect("read"), None);
    let endless = PlanDigest::new("x".repeat(3000));
    assert_eq!(store.find_plan(&tenant, &endless).await.expect("read"), None);

    let first = plan(tenant.clone(), 150, 5);
    let digest = store.put_plan(&first).await.expect("stored");
    let stranger = TenantId::new(format!("{prefix}stranger"));
    assert_eq!(store.find_plan(&stranger, &digest).await.expect("read"), None);
    let again = Plan { read_at: moment(600), ..first };
    let again = again.with_ticks(&[employee(0)]);
    assert_eq!(store.put_plan(&again).await.expect("stored"), digest);
    assert!(store.find_plan(&tenant, &digest).await.expect("read") == Some(again.clone()));

    let left_out = again.with_ticks(&[employee(1), employee(2)]);
    for _ in 0..2 {
        store.put_choices(&left_out).await.expect("stored");
        assert!(
            store.find_plan(&tenant, &digest).await.expect("read") == Some(left_out.clone()),
            "with all its people"
        );
    }
    let gone = plan(stranger.clone(), 150, 5);
    store.put_choices(&gone).await.expect("left alone");
    assert_eq!(store.find_plan(&stranger, &gone.digest()).await.expect("read"), None);
}
