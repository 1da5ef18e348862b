//! Somebody who came with a portal of theirs deletes what they entered before it is connected: our access to it goes too.

use http::StatusCode;
use rig::{BLUEGUM, Rig, expect};
use state::{GrantOwner, Grants as _};

use super::{ACME, ada_arrives, ada_at_organisations, kept_portal, portal};

async fn has_access(rig: &Rig) -> bool {
    let owner = GrantOwner::Portal(portal(rig, ACME));
    rig.state.find_grant(&owner).await.expect("memory answers").is_some()
}

#[tokio::test(start_paused = true)]
async fn who_came_from_a_portal_leaves_no_access_to_it_at_the_form_or_at_the_organisation() {
    for is_at_the_form in [true, false] {
        let rig = Rig::new(1);
        let ada = rig.visitor(&BLUEGUM);
        if is_at_the_form {
            ada_arrives(&rig, &ada).await;
        } else {
            ada_at_organisations(&rig, &ada).await;
        }
        assert!(has_access(&rig).await, "it is to be connected");
        let asked = expect(ada.open("/delete").await, StatusCode::OK, "/delete");
        let deleted = ada.browser.submit(&asked, "/delete", &[]).await;
        assert!(deleted.words().contains("What you entered is deleted"), "{}", deleted.words());
        assert!(!has_access(&rig).await, "at the form: {is_at_the_form}");
        assert_eq!(kept_portal(&rig).await, None);
        assert_eq!(ada.open("/organisations").await.status, StatusCode::UNAUTHORIZED);
    }
}
