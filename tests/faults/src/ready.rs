//! Futures that never wait.

use futures::FutureExt as _;

/// The result of a future that never waits, such as one of the state in memory. It panics where the future does wait.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("this future never waits")
}
