//! The connections at Xero are counted from our own rows: after each consent one more, and one less when it is gone.

use std::time::Duration;

use domain::counted_connection::CountedConnection;
use rig::{HARBOUR, Rig, WATTLE};
use state::CountedConnections as _;

async fn counted(rig: &Rig) -> Vec<CountedConnection> {
    rig.state.counted_connections().await.expect("memory answers")
}

/// Those that Xero has.
fn at_xero(rig: &Rig) -> Vec<String> {
    let mut ids: Vec<String> = rig.world.xero().connections().into_iter().map(|connection| connection.id).collect();
    ids.sort();
    ids
}

async fn counted_ids(rig: &Rig) -> Vec<String> {
    counted(rig).await.into_iter().map(|counted| counted.connection.as_str().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn every_consent_counts_its_connections_once_and_as_xero_does() {
    let rig = Rig::new(1);
    let olivia = rig.visitor(&WATTLE);
    olivia.consent(&olivia.sign_up().await).await;
    assert_eq!(counted_ids(&rig).await, at_xero(&rig), "also before the organisation is confirmed");
    olivia.connect_again().await;
    assert_eq!((counted_ids(&rig).await, at_xero(&rig).len()), (at_xero(&rig), 1), "again is not once more");
    let (harbour, _) = rig.at_courses(&HARBOUR).await;
    assert_eq!((counted_ids(&rig).await, at_xero(&rig).len()), (at_xero(&rig), 2));
    drop(harbour);
}

#[tokio::test(start_paused = true)]
async fn what_is_disconnected_counts_no_longer() {
    let rig = Rig::new(2);
    let olivia = rig.managed(&WATTLE).await;
    assert_eq!(counted(&rig).await.len(), 1);
    olivia.disconnect().await;
    assert_eq!(counted(&rig).await, []);
}

#[tokio::test(start_paused = true)]
async fn the_sweeper_takes_from_the_count_what_a_cut_off_function_left_in_it() {
    let rig = Rig::new(3);
    let olivia = rig.managed(&WATTLE).await;
    let mut left = counted(&rig).await;
    olivia.disconnect().await;
    let other = CountedConnection { connection: "unconfirmed".into(), tenant: "nobody-s".into(), ..left[0].clone() };
    left.push(other.clone());
    for connection in &left {
        rig.state.count_connection(connection).await.expect("kept");
    }
    rig.sweep().await;
    assert_eq!(counted(&rig).await.len(), 2, "a consent may be in progress");
    rig.wait(Duration::from_hours(1)).await;
    rig.sweep().await;
    assert_eq!(counted(&rig).await, [other], "and one without an organisation may still be confirmed");
    rig.wait(Duration::from_hours(90 * 24)).await;
    rig.sweep().await;
    assert_eq!(counted(&rig).await, []);
}

#[tokio::test(start_paused = true)]
async fn what_is_connected_counts_however_often_the_sweeper_looks() {
    let rig = Rig::new(4);
    rig.managed(&WATTLE).await;
    rig.wait(Duration::from_hours(100 * 24)).await;
    for _ in 0..3 {
        rig.sweep().await;
    }
    assert_eq!(counted_ids(&rig).await, at_xero(&rig));
}
