//! What a piece of work is done for: the reference of the request that a person made. It goes with the work onto the queue,
//! so that the worker's lines are found by what a page shows.

use std::future::Future;

tokio::task_local! {
    static CAUSE: String;
}

/// Does `work` for the request of this reference.
pub async fn caused_by<T>(reference: &str, work: impl Future<Output = T>) -> T {
    CAUSE.scope(reference.to_owned(), work).await
}

/// The reference of the request for which this is done; `None` where nobody asked for it, as in a sweep.
pub fn cause() -> Option<String> {
    CAUSE.try_with(String::clone).ok()
}
