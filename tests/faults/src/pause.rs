//! A process that stands still.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// Runs a future, and after some of its steps does not run it for a while.
pub(crate) struct Freezing<F> {
    inner: Pin<Box<F>>,
    steps: usize,
    length: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

impl<F> Freezing<F> {
    pub(crate) fn new(inner: F, steps: usize, length: Duration) -> Self {
        Self { inner: Box::pin(inner), steps, length, pause: None }
    }
}

impl<F: Future> Future for Freezing<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.steps == 0 {
            let length = self.length;
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(length)));
            match pause.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) => self.steps = usize::MAX,
            }
        }
        self.steps = self.steps.saturating_sub(1);
        self.inner.as_mut().poll(context)
    }
}
