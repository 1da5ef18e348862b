//! Counters, and the keys of days.

use super::samples::moment;
use super::store::Store;

/// Counting goes up by one under each name, also where many count at once; a day has one key, whoever brings it.
pub async fn counters_count(store: &impl Store, prefix: &str) {
    let (name, other) = (format!("{prefix}/a deed/somebody/1"), format!("{prefix}/a deed/somebody/2"));
    for expected in 1..=3 {
        assert_eq!(store.count(&name, moment(60)).await.expect("counted"), expected);
    }
    assert_eq!(store.count(&other, moment(60)).await.expect("counted"), 1, "each name by itself");
    let at_once = (0..8).map(|_| store.count(&name, moment(60)));
    let mut counts: Vec<_> =
        futures::future::join_all(at_once).await.into_iter().map(|one| one.expect("counted")).collect();
    counts.sort_unstable();
    assert_eq!(counts, (4..=11).collect::<Vec<_>>(), "nobody is counted as another");
    store.uncount(&other).await.expect("given back");
    store.uncount(&other).await.expect("nothing is left to give back");
    store.uncount(&format!("{prefix}/never")).await.expect("nothing was counted");
    assert_eq!(store.count(&other, moment(60)).await.expect("counted"), 1);
    let day = format!("{prefix}2026-01-01");
    assert_eq!(store.key_of_day(&day, "first", moment(60)).await.expect("made"), "first");
    assert_eq!(store.key_of_day(&day, "second", moment(60)).await.expect("found"), "first");
}
