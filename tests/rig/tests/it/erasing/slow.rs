//! A table at which erasures take long: a sweep has an end all the same, and whatever comes after them has its turn.

use std::sync::Arc;
use std::time::Duration;

use domain::counted_connection::CountedConnection;
use rig::{PRAIRIE, Rig, Steps, WATTLE};
use stand_ins::{Fault, FaultKind, xero};
use state::{CountedConnections as _, Erasures as _};
use tokio::time::timeout;

use super::{ask, press};
use crate::importing::sweeping_many::{Slow, TIME_OUT};

/// Two portals whose erasure waits for Xero, a day later, and a connection that counts no longer.
async fn two_begun(rig: &Rig) {
    for customer in [&WATTLE, &PRAIRIE] {
        let administrator = rig.managed(customer).await;
        let asked = ask(&administrator).await;
        let silent = Fault::always(xero::endpoint::DELETE_CONNECTION, FaultKind::status(503));
        rig.world.xero().faults().add(silent);
        press(&administrator, &asked).await;
        rig.world.xero().faults().clear();
    }
    let gone = CountedConnection {
        connection: "gone".into(),
        tenant: rig.tenant(&WATTLE),
        xero_user: None,
        counted_at: rig.world.now(),
    };
    rig.state.count_connection(&gone).await.expect("memory answers");
    assert_eq!(rig.state.erasures().await.expect("memory answers").len(), 2);
    rig.wait(Duration::from_hours(24)).await;
}

#[tokio::test(start_paused = true)]
async fn long_erasures_make_no_sweep_fail_keep_it_from_no_end_and_are_gone_on_with_by_the_next() {
    for milliseconds in [400, 1_500] {
        let rig = Rig::new(1);
        two_begun(&rig).await;
        let slow = Slow(Duration::from_millis(milliseconds));
        let sweeper = rig.sweeper_over(Steps::new(Arc::new(rig.state.clone()), slow));
        let swept = timeout(TIME_OUT, sweeper::sweep(&sweeper)).await.expect("the function is not killed");
        assert!(swept.is_ok(), "{milliseconds} ms: {swept:?}");
        if milliseconds == 400 {
            let counted = rig.state.counted_connections().await.expect("memory answers");
            assert!(counted.iter().all(|counted| counted.connection != "gone".into()), "{counted:?}");
        }
        for _ in 0..4 {
            rig.wait(Duration::from_mins(1)).await;
            rig.sweep().await;
        }
        assert_eq!(rig.state.erasures().await.expect("memory answers"), [], "they are over");
    }
}
