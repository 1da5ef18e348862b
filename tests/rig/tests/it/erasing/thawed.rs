//! A process that stands still in the middle of its work and goes on once everything is erased: it finds nothing that it
//! could write somebody's name under.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use rig::{Rig, Step, StepHook, Steps, WATTLE, ticked};
use state::StateError;
use tokio::sync::Notify;

use super::{MINUTES, erase, found, marks, minutes_pass};

/// Stands still before the first step of this name, until it is thawed.
#[derive(Clone)]
struct Frozen {
    step: &'static str,
    stands_still: Arc<AtomicBool>,
    thawed: Arc<Notify>,
}

#[async_trait]
impl StepHook for Frozen {
    type Context = ();

    async fn before(&self, step: Step) -> Result<(), StateError> {
        if step == Step::Write(self.step) && !self.stands_still.swap(true, Ordering::Relaxed) {
            self.thawed.notified().await;
        }
        Ok(())
    }
}

/// The sweeper goes on with the import, the portal is erased, and the sweeper has gone over it once more: then whoever
/// accepted the import goes on as well.
#[tokio::test(start_paused = true)]
async fn a_press_that_stands_still_before_any_write_of_its_dispatch_leaves_nobody_s_name_behind() {
    for step in ["add_people", "start_import", "mark_sent"] {
        let rig = Rig::new(40);
        let frozen = Frozen { step, stands_still: Arc::default(), thawed: Arc::default() };
        let olivia = rig.visitor_over(Steps::new(Arc::new(rig.state.clone()), frozen.clone()), &WATTLE);
        let people = olivia.reach_people().await;
        let meanwhile = async {
            rig.wait(MINUTES).await;
            assert!(frozen.stands_still.load(Ordering::Relaxed), "{step}");
            rig.sweep().await;
            rig.pump().await;
            let admin = rig.administrator(&WATTLE).await;
            erase(&admin).await;
            minutes_pass(&rig).await;
            assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0], "{step}: before");
            frozen.thawed.notify_one();
        };
        let ticks = &ticked(&people)[..3];
        tokio::join!(olivia.confirm_only(&people, ticks), meanwhile);
        minutes_pass(&rig).await;
        assert_eq!(found(&rig.state.items(), &marks(&rig)), [""; 0], "{step}: after");
    }
}
