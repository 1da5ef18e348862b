//! What the functions log, caught in the form in which it is shipped.

use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Once};

use platform::entropy::SystemClock;
use platform::figures::Figures;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

thread_local! {
    /// What this thread has logged since it began to catch it.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Puts what is logged where the thread that logs it can read it.
struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.as_mut().map_or(Ok(bytes.len()), |log| log.write(bytes)))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Catches every line that this thread logs from now on. The subscriber is the whole process's, and other threads are
/// shut out by its filter: whether a line of code logs is remembered for all threads, so a test beside this one that had no
/// subscriber could switch it off here.
pub(crate) fn catch() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let is_caught = dynamic_filter_fn(|_, _| LOG.with_borrow(Option::is_some));
        let lines = platform::telemetry::lines(|| Log).with_filter(is_caught);
        let figures = Figures::new(|| Log, "go1-xero", Arc::new(SystemClock));
        let is_caught = dynamic_filter_fn(|_, _| LOG.with_borrow(Option::is_some));
        let subscriber = tracing_subscriber::registry().with(lines).with(figures.with_filter(is_caught));
        tracing::subscriber::set_global_default(subscriber).expect("the only one of this process");
    });
    LOG.set(Some(Vec::new()));
}

/// What was caught.
pub(crate) fn caught() -> String {
    String::from_utf8(LOG.take().expect("it was caught")).expect("text")
}
