//! The suite on memory, and random days of a portal against a model of it.

use std::sync::Arc;

use domain::erasure::{Erasure, Receipt, Removed};
use domain::ids::ReceiptId;
use domain::import::{Ending, Import, ImportStatus, Progress};
use domain::portal::{PLACES, Portal, PortalDomain};
use futures::FutureExt as _;
use jiff::Timestamp;
use proptest::prelude::*;
use state::conformance::SuiteClock;
use state::memory::Memory;
use state::{
    AcceptRefused, ActiveImports as _, BeginRefused, Erasures as _, ImportAcceptance as _, ImportReader as _,
    ImportWork as _, PortalReader as _, Portals as _,
};

#[tokio::test]
async fn memory_conforms() {
    Box::pin(state::conformance::run_all(&Memory::new(Arc::new(SuiteClock)), "memory-")).await;
    state::conformance::grants_are_listed(&Memory::new(Arc::new(SuiteClock)), "memory-").await;
    state::conformance::sign_ups_are_listed(&Memory::new(Arc::new(SuiteClock)), "memory-").await;
}

/// One thing that happens to one of four imports.
#[derive(Clone, Debug)]
enum Step {
    Accept { import: usize, people: u32, plan_is_old: bool },
    Start { import: usize },
    End { import: usize, places_back: usize },
    Erase,
}

fn step() -> impl Strategy<Value = Step> {
    let import = 0..4_usize;
    prop_oneof![
        (import.clone(), 0..150_u32, prop::bool::weighted(0.1))
            .prop_map(|(import, people, plan_is_old)| Step::Accept { import, people, plan_is_old }),
        import.clone().prop_map(|import| Step::Start { import }),
        (import, 0..60_usize).prop_map(|(import, places_back)| Step::End { import, places_back }),
        Just(Step::Erase),
    ]
}

/// The portal in five numbers.
#[derive(Debug, Default)]
struct Model {
    used: u32,
    accepted: u32,
    active: Option<usize>,
    status: [Option<ImportStatus>; 4],
    erased: bool,
}

impl Model {
    /// What happens, in one word.
    fn apply(&mut self, step: &Step) -> &'static str {
        match *step {
            Step::Accept { import, .. } if self.status[import].is_some() => "accepted before",
            Step::Accept { .. } if self.active.is_some() => "another is active",
            Step::Accept { .. } if self.erased => "erased",
            Step::Accept { plan_is_old: true, .. } => "outdated",
            Step::Accept { people, .. } if self.used + people > PLACES => "not enough places",
            Step::Accept { import, people, .. } => {
                self.used += people;
                self.accepted += 1;
                self.active = Some(import);
                self.status[import] = Some(ImportStatus::Accepting);
                "done"
            }
            Step::Start { import } => {
                let Some(status) = &mut self.status[import] else { return "refused" };
                if status.has_ended() {
                    return "started before";
                }
                // Nothing is ever marked as sent here, so whoever starts it again may be whoever started it.
                *status = ImportStatus::Running;
                "done"
            }
            Step::End { import, places_back } => {
                let back = u32::try_from(places_back).expect("a few");
                if self.status[import] != Some(ImportStatus::Running) || back > self.used {
                    return "refused";
                }
                self.used -= back;
                self.active = None;
                self.status[import] = Some(ImportStatus::Done);
                "done"
            }
            Step::Erase if self.erased => "begun before",
            Step::Erase if self.active.is_some() => "another is active",
            Step::Erase => {
                self.erased = true;
                "done"
            }
        }
    }
}

fn portal() -> Portal {
    Portal {
        id: "portal".into(),
        tenant: "tenant".into(),
        domain: PortalDomain::parse("wattle").expect("an address"),
        administrator: Some("1".into()),
        erased_at: None,
        places_used: 0,
        imports_accepted: 0,
        active_import: None,
        created_at: Timestamp::UNIX_EPOCH,
    }
}

fn name(import: usize) -> String {
    format!("import-{import}")
}

async fn apply(store: &Memory, step: &Step, accepted: u32) -> &'static str {
    let (portal, at) = ("portal".into(), Timestamp::UNIX_EPOCH);
    match *step {
        Step::Accept { import, people, plan_is_old } => {
            let import = Import {
                id: name(import).as_str().into(),
                portal,
                people: people + 7,
                places: people,
                read: people + 9,
                courses: Vec::new(),
                accepted_at: at,
                ..domain::samples::import()
            };
            match store.accept_import(&import, accepted + u32::from(plan_is_old)).await {
                Ok(()) => "done",
                Err(AcceptRefused::AcceptedBefore(_)) => "accepted before",
                Err(AcceptRefused::AnotherIsActive(_)) => "another is active",
                Err(AcceptRefused::PlanOutdated) => "outdated",
                Err(AcceptRefused::NotEnoughPlaces { .. }) => "not enough places",
                Err(AcceptRefused::Erased) => "erased",
                Err(AcceptRefused::State(_)) => "refused",
            }
        }
        Step::Start { import } => match store.start_import(&portal, &name(import).as_str().into()).await {
            Ok(true) => "done",
            Ok(false) => "started before",
            Err(_) => "refused",
        },
        Step::End { import, places_back } => {
            let import = name(import).as_str().into();
            let sums = Progress { places_back, ..Progress::default() };
            let ended = store
                .end_import(&portal, &import, &Ending { status: ImportStatus::Done, sums, refused: Vec::new() }, at)
                .await;
            ended.map_or("refused", |()| "done")
        }
        Step::Erase => {
            let (tenant, sign_up, receipt) = ("tenant".into(), "way".into(), ReceiptId::from("receipt"));
            let portal = store.find_portal(&portal).await.expect("read").expect("a portal");
            let erasure = Erasure { portal: portal.id.clone(), tenant, sign_up, receipt, asked_at: at };
            let receipt = Receipt {
                id: erasure.receipt.clone(),
                domain: portal.domain,
                asked_at: at,
                ended_at: None,
                timezone: None,
                removed: Removed::default(),
                xero: None,
                access_kept: false,
                places_used: portal.places_used,
                imports_accepted: portal.imports_accepted,
            };
            match store.begin_erasure(&erasure, &receipt).await {
                Ok(()) => "done",
                Err(BeginRefused::BegunBefore(_)) => "begun before",
                Err(BeginRefused::ImportActive(_)) => "another is active",
                Err(_) => "refused",
            }
        }
    }
}

async fn check(steps: Vec<Step>) {
    let (store, mut model) = (Memory::new(Arc::new(SuiteClock)), Model::default());
    store.add_portal(&portal()).await.expect("a portal");
    for step in steps {
        let happened = apply(&store, &step, model.accepted).await;
        assert_eq!(happened, model.apply(&step), "{step:?} on {model:?}");
        let expected = Portal {
            places_used: model.used,
            imports_accepted: model.accepted,
            active_import: model.active.map(|import| name(import).as_str().into()),
            erased_at: model.erased.then_some(Timestamp::UNIX_EPOCH),
            administrator: portal().administrator.filter(|_| !model.erased),
            ..portal()
        };
        assert!(model.used <= PLACES);
        assert_eq!(store.find_portal(&"portal".into()).await.expect("read"), Some(expected));
        assert_eq!(store.active_imports().await.expect("read").len(), usize::from(model.active.is_some()));
        for (import, status) in model.status.iter().enumerate() {
            let stored = store.find_import(&"portal".into(), &name(import).as_str().into()).await.expect("read");
            assert_eq!(stored.map(|stored| stored.status), *status);
        }
    }
}

proptest! {
    #[test]
    fn a_portal_is_what_its_days_made_of_it(steps in prop::collection::vec(step(), 1..40)) {
        check(steps).now_or_never().expect("memory never waits");
    }
}
