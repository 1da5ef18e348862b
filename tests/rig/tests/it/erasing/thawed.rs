//! A process that stands still in the middle of its work and goes on once everything is erased: it finds nothing that it
//! could write somebody's name under.

use std::sync::Arc;

use rig::{Rig, StandsStill, Step, Steps, WATTLE, ticked};

use super::{MINUTES, erase, found, marks, minutes_pass};

/// The sweeper goes on with the import, the portal is erased, and the sweeper has gone over it once more: then whoever
/// accepted the import goes on as well.
#[tokio::test(start_paused = true)]
async fn a_press_that_stands_still_before_any_write_of_its_dispatch_leaves_nobody_s_name_behind() {
    for step in ["add_people", "start_import", "mark_sent"] {
        let rig = Rig::new(40);
        let frozen = StandsStill::before(Step::Write(step));
        let olivia = rig.visitor_over(Steps::new(Arc::new(rig.state.clone()), frozen.clone()), &WATTLE);
        let people = olivia.reach_people().await;
        let meanwhile = async {
            frozen.is_there().await;
            rig.wait(MINUTES).await;
            rig.sweep().await;
            rig.pump().await;
            let admin = rig.administrator(&WATTLE).await;
            erase(&admin).await;
            minutes_pass(&rig).await;
            assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0], "{step}: before");
            frozen.go_on();
        };
        let ticks = &ticked(&people)[..3];
        tokio::join!(olivia.confirm_only(&people, ticks), meanwhile);
        minutes_pass(&rig).await;
        assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0], "{step}: after");
    }
}
