//! What is read at its first use and may be exchanged while we run: a client's secret, sealing keys. It is read again when
//! it turns out to be no longer right, by whoever meets that, and at most once a minute for all.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long nobody reads it again after somebody did. A secret that is wrong for good, or a text that is sealed with a key
/// that nobody has, must not ask for it at every call.
const AT_MOST_EVERY: Duration = Duration::from_mins(1);

/// Reads it; `None` where that did not succeed, or what is there cannot be used. Why is told by whoever reads.
pub type Read<T> = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<T>> + Send>> + Send + Sync>;

/// An app's credentials at an upstream (RFC 6749, section 2.2 and 2.3.1).
#[derive(Clone, Debug, Deserialize)]
pub struct ClientCredentials {
    /// Names the app. Not secret.
    pub client_id: String,
    /// Its secret, which no debug output has.
    pub client_secret: SecretString,
}

/// It could not be read, or cannot be used. Whoever asks next reads it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret of ours could not be read")]
pub struct Unread;

/// A value that is read at its first use, and can be read again.
pub struct Reread<T> {
    value: RwLock<Option<Arc<T>>>,
    /// How it is read the first time. Held while it is read, so that of several who ask at once one reads for all.
    first: Mutex<Option<Read<T>>>,
    again: Option<Read<T>>,
    last: Mutex<Option<Instant>>,
}

impl<T> Reread<T> {
    /// One that is there, and stays as it is.
    pub fn fixed(value: impl Into<Arc<T>>) -> Self {
        Self { value: RwLock::new(Some(value.into())), first: Mutex::default(), again: None, last: Mutex::default() }
    }

    /// One that is read when it is first asked for, by `first`, and later by `again`.
    pub fn read_by(first: Read<T>, again: Read<T>) -> Self {
        let (value, first) = (RwLock::default(), Mutex::new(Some(first)));
        Self { value, first, again: Some(again), last: Mutex::default() }
    }

    /// It, as it was read last. It is read where nobody has asked before, or where that came to nothing.
    pub async fn get(&self) -> Result<Arc<T>, Unread> {
        if let Some(value) = self.known() {
            return Ok(value);
        }
        let mut first = self.first.lock().await;
        if let Some(value) = self.known() {
            return Ok(value);
        }
        let read = first.as_ref().ok_or(Unread)?;
        let value = Arc::new(read().await.ok_or(Unread)?);
        self.keep(value.clone());
        *first = None;
        Ok(value)
    }

    /// Reads it again, unless somebody did within the last minute. Of several at once one reads, and the others have what it
    /// has read. Where it cannot be read it stays as it is.
    pub async fn again(&self) {
        let Some(read) = &self.again else { return };
        let mut last = self.last.lock().await;
        if last.is_some_and(|last| last.elapsed() < AT_MOST_EVERY) {
            return;
        }
        *last = Some(Instant::now());
        if let Some(value) = read().await {
            self.keep(Arc::new(value));
        }
    }

    fn known(&self) -> Option<Arc<T>> {
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, value: Arc<T>) {
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }
}

impl Reread<ClientCredentials> {
    /// The credentials as they are now, where the secret is another than the one that the upstream has refused.
    pub async fn after(&self, refused: &ClientCredentials) -> Option<Arc<ClientCredentials>> {
        self.again().await;
        let is_another =
            |app: &Arc<ClientCredentials>| app.client_secret.expose_secret() != refused.client_secret.expose_secret();
        self.get().await.ok().filter(is_another)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Reads how often it was read, from 1, and nothing where it is told so.
    fn counting(reads: &Arc<AtomicU32>, failing: fn(u32) -> bool) -> Read<u32> {
        let reads = reads.clone();
        Arc::new(move || {
            let reads = reads.clone();
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                let read = reads.fetch_add(1, Ordering::SeqCst) + 1;
                (!failing(read)).then_some(read)
            })
        })
    }

    fn counted(failing: fn(u32) -> bool) -> (Reread<u32>, Arc<AtomicU32>) {
        let reads = Arc::default();
        (Reread::read_by(counting(&reads, failing), counting(&reads, failing)), reads)
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_read_when_it_is_first_asked_for_and_once_for_all_who_ask() {
        let (value, reads) = counted(|_| false);
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(reads.load(Ordering::SeqCst), 0);
        let got = tokio::join!(value.get(), value.get(), value.get());
        let got = [got.0, got.1, got.2].map(|got| got.map(|value| *value));
        assert_eq!((got, reads.load(Ordering::SeqCst)), ([Ok(1); 3], 1));
        assert_eq!((value.get().await.as_deref(), reads.load(Ordering::SeqCst)), (Ok(&1), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_read_is_read_anew_by_whoever_asks_next() {
        let (value, reads) = counted(|read| read < 3);
        assert_eq!(value.get().await, Err(Unread));
        assert_eq!(value.get().await, Err(Unread));
        assert_eq!(value.get().await.as_deref(), Ok(&3));
        assert_eq!(reads.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_read_again_once_a_minute_however_many_ask() {
        let (value, _) = counted(|_| false);
        assert_eq!(value.get().await.as_deref(), Ok(&1));
        tokio::join!(value.again(), value.again(), value.again());
        assert_eq!(value.get().await.as_deref(), Ok(&2), "one of them has read it for all");
        tokio::time::sleep(Duration::from_secs(59)).await;
        value.again().await;
        assert_eq!(value.get().await.as_deref(), Ok(&2));
        tokio::time::sleep(Duration::from_secs(1)).await;
        value.again().await;
        assert_eq!(value.get().await.as_deref(), Ok(&3));
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_read_again_stays_as_it_is() {
        let (value, _) = counted(|read| read > 1);
        assert_eq!(value.get().await.as_deref(), Ok(&1));
        value.again().await;
        assert_eq!(value.get().await.as_deref(), Ok(&1));
        let fixed = Reread::fixed(7);
        fixed.again().await;
        assert_eq!(fixed.get().await.as_deref(), Ok(&7));
    }
}
