//! What was read once and may be exchanged while we run: a client's secret, sealing keys. It is read again when it turns
//! out to be no longer right, by whoever meets that, and at most once a minute for all.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long nobody reads it again after somebody did. A secret that is wrong for good, or a text that is sealed with a key
/// that nobody has, must not ask for it at every call.
const AT_MOST_EVERY: Duration = Duration::from_mins(1);

/// Reads it; `None` where that did not succeed, or what is there cannot be used.
pub type Read<T> = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<T>> + Send>> + Send + Sync>;

/// A value that can be read again.
pub struct Reread<T> {
    value: RwLock<Arc<T>>,
    read: Option<Read<T>>,
    last: Mutex<Option<Instant>>,
}

impl<T> Reread<T> {
    /// One that stays as it is.
    pub fn fixed(value: impl Into<Arc<T>>) -> Self {
        Self { value: RwLock::new(value.into()), read: None, last: Mutex::default() }
    }

    /// One that is read again in this way.
    pub fn read_by(value: impl Into<Arc<T>>, read: Read<T>) -> Self {
        Self { read: Some(read), ..Self::fixed(value) }
    }

    /// It, as it was read last.
    pub fn now(&self) -> Arc<T> {
        Arc::clone(&self.value.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads it again, unless somebody did within the last minute. Of several at once one reads, and the others have what it
    /// has read. Where it cannot be read it stays as it is.
    pub async fn again(&self) {
        let Some(read) = &self.read else { return };
        let mut last = self.last.lock().await;
        if last.is_some_and(|last| last.elapsed() < AT_MOST_EVERY) {
            return;
        }
        *last = Some(Instant::now());
        if let Some(value) = read().await {
            *self.value.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Counts how often it was read: from 1, the value that was read at the beginning.
    fn counted() -> Reread<u32> {
        let reads = Arc::new(AtomicU32::new(1));
        let read = move || -> Pin<Box<dyn Future<Output = Option<u32>> + Send>> {
            let reads = reads.clone();
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Some(reads.fetch_add(1, Ordering::SeqCst) + 1)
            })
        };
        Reread::read_by(1, Arc::new(read))
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_read_again_once_a_minute_however_many_ask() {
        let value = counted();
        assert_eq!(*value.now(), 1);
        tokio::join!(value.again(), value.again(), value.again());
        assert_eq!(*value.now(), 2, "one of them has read it for all");
        tokio::time::sleep(Duration::from_secs(59)).await;
        value.again().await;
        assert_eq!(*value.now(), 2);
        tokio::time::sleep(Duration::from_secs(1)).await;
        value.again().await;
        assert_eq!(*value.now(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_read_stays_as_it_is() {
        let unreadable: Read<u32> = Arc::new(|| Box::pin(async { None }));
        let value = Reread::read_by(1, unreadable);
        value.again().await;
        assert_eq!(*value.now(), 1);
        let fixed = Reread::fixed(7);
        fixed.again().await;
        assert_eq!(*fixed.now(), 7);
    }
}
