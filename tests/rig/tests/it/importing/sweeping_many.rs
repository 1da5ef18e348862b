//! A day's outage: more imports are active than one sweep can help.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::ids::PortalId;
use domain::import::{Import, ImportPerson, ImportStatus, Outcome, PersonTask};
use domain::portal::{Portal, PortalDomain};
use rig::{Rig, Step, StepHook, Steps};
use state::{ImportAcceptance as _, ImportReader as _, Portals as _, StateError};

/// How long the sweeper's function may take, as in `infra/template.yaml`.
pub(crate) const TIME_OUT: Duration = Duration::from_secs(50);

/// Every step takes so long as a busy table's.
#[derive(Clone)]
pub(crate) struct Slow(pub(crate) Duration);

#[async_trait]
impl StepHook for Slow {
    type Context = ();

    async fn before(&self, _: Step) -> Result<(), StateError> {
        tokio::time::sleep(self.0).await;
        Ok(())
    }
}

/// A portal with a running import of one person, of which the queue took nothing. `number` is its place in the list.
async fn unsent(rig: &Rig, number: usize) -> Import {
    let portal = PortalId::new(format!("portal-{number:05}"));
    let now = rig.world.now();
    let domain = PortalDomain::parse(&format!("portal{number}")).expect("an address");
    rig.state.add_portal(&Portal::new(portal.clone(), domain, "1".into(), "tenant".into(), now)).await.expect("added");
    let import = Import {
        id: format!("import-{number}").as_str().into(),
        portal: portal.clone(),
        people: 1,
        places: 1,
        accepted_at: now,
        ..domain::samples::import()
    };
    rig.state.accept_import(&import, 0).await.expect("accepted");
    let person = ImportPerson {
        employee_id: "employee".into(),
        given_name: "Kim".to_owned(),
        family_name: "Known".to_owned(),
        email: domain::email::EmailAddress::parse("kim@example.com").expect("an email"),
        task: PersonTask::Create,
        batch: 0,
        outcome: Outcome::Waiting,
    };
    rig.state.add_people(&import, &[person], now + jiff::SignedDuration::from_hours(24)).await.expect("a row");
    assert!(rig.state.start_import(&portal, &import.id).await.expect("started"));
    import
}

#[tokio::test(start_paused = true)]
async fn of_more_imports_than_one_sweep_can_help_each_is_helped_before_any_is_helped_twice() {
    let rig = Rig::new(1);
    let mut imports = Vec::new();
    for number in 0..3_000 {
        imports.push(unsent(&rig, number).await);
    }
    rig.wait(Duration::from_mins(3)).await;
    let sweeper = rig.sweeper_over(Steps::new(Arc::new(rig.state.clone()), Slow(Duration::from_millis(100))));
    let mut sweeps = 0;
    loop {
        // The function is killed where it does not end by itself.
        tokio::time::timeout(TIME_OUT, sweeper::sweep(&sweeper)).await.ok();
        sweeps += 1;
        let mut helped = Vec::new();
        for import in &imports {
            let kept = rig.state.find_import(&import.portal, &import.id).await.expect("read").expect("kept");
            assert_eq!(kept.status, ImportStatus::Running);
            helped.push(kept.sends);
        }
        let (least, most) = (helped.iter().min().expect("some"), helped.iter().max().expect("some"));
        assert!(most - least <= 1, "after {sweeps} sweeps one import is helped {most} times and another {least}");
        if *least > 1 {
            break;
        }
        assert!(sweeps < 20, "after {sweeps} sweeps some are not helped yet");
    }
    assert!(sweeps > 1, "all were helped at once, and nothing is shown");
}
