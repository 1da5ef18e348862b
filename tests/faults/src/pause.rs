//! A process that is paused for a while, as AWS Lambda freezes one or as a long garbage collection stops one.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// Polls a future so many times, then not at all for `length`, and then as ever.
pub(crate) struct Paused<F> {
    inner: Pin<Box<F>>,
    polls_before: usize,
    length: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

impl<F> Paused<F> {
    pub(crate) fn new(inner: F, polls_before: usize, length: Duration) -> Self {
        Self { inner: Box::pin(inner), polls_before, length, pause: None }
    }
}

impl<F: Future> Future for Paused<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.polls_before == 0 {
            let length = self.length;
            let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(length)));
            match pause.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) => self.polls_before = usize::MAX,
            }
        }
        self.polls_before = self.polls_before.saturating_sub(1);
        self.inner.as_mut().poll(context)
    }
}
