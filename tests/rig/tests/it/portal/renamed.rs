//! An organisation that is renamed, or moves: whatever reads it keeps what Xero says.

use domain::tenant::Organisation;
use rig::{Customer, MEI, Rig, WATTLE};
use stand_ins::{Fault, FaultKind, xero};

use super::{framed, says};

/// Wattle Grove Books as it is called from then on.
const RENAMED: Customer = Customer { organisation: "Wattle Grove Media", ..WATTLE };

/// At Xero it gets another name, and is in another zone and on another plan.
fn rename(rig: &Rig) {
    assert!(rig.world.xero().edit_organisation(WATTLE.organisation, |organisation| {
        RENAMED.organisation.clone_into(&mut organisation.name);
        "WAUSTRALIASTANDARDTIME".clone_into(&mut organisation.timezone);
        "!media".clone_into(&mut organisation.short_code);
        "TRIAL".clone_into(&mut organisation.class);
    }));
}

/// What must be kept of it from then on.
fn renamed(before: &Organisation) -> Organisation {
    Organisation {
        name: RENAMED.organisation.to_owned(),
        timezone: Some("Australia/Perth".to_owned()),
        short_code: Some("!media".to_owned()),
        on_trial: true,
        ..before.clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_of_the_connection_keeps_the_name_that_it_read_whatever_else_it_met() {
    for is_silent in [false, true] {
        let rig = Rig::new(1);
        let olivia = rig.managed(&WATTLE).await;
        let before = rig.kept_tenant(&WATTLE).await.organisation;
        rename(&rig);
        if is_silent {
            rig.world.xero().faults().add(Fault::always(xero::endpoint::ACTIONS, FaultKind::status(503)));
        }
        let overview = olivia.open("/portal").await;
        let checked = framed(olivia.browser.submit(&overview, "/portal/check", &[]).await, "/portal");
        says(
            &checked,
            &[if is_silent { "Xero isn’t answering" } else { "the connection works" }, "Wattle Grove Media"],
        );
        assert!(!checked.words().contains(WATTLE.organisation), "{}", checked.words());
        assert_eq!(rig.kept_tenant(&RENAMED).await.organisation, renamed(&before));
        for path in ["/portal/settings", "/preview"] {
            assert!(olivia.open(path).await.words().contains(RENAMED.organisation), "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_way_through_xero_keeps_the_name() {
    for way in ["from the marketplace", "again from the browser", "somebody else's login"] {
        let rig = Rig::new(2);
        let (olivia, _) = rig.imported(&WATTLE).await;
        let before = rig.kept_tenant(&WATTLE).await.organisation;
        rename(&rig);
        let renamed_olivia = rig.visitor(&RENAMED);
        match way {
            "from the marketplace" => drop(renamed_olivia.arrive().await),
            "again from the browser" => drop(olivia.beside(RENAMED).connect_again().await),
            _ => {
                let mei = Customer { organisation: RENAMED.organisation, ..MEI };
                let refused = rig.visitor(&mei).arrive().await;
                assert!(refused.words().contains(RENAMED.organisation), "{}", refused.words());
            }
        }
        let kept = rig.kept_tenant(&RENAMED).await.organisation;
        assert_eq!(Organisation { connection: before.connection.clone(), ..kept }, renamed(&before), "{way}");
    }
}
