//! Panics that the simulator injects, told apart from panics of the product, which are bugs.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

/// The payload of an injected panic. The panic hook knows it by this type.
struct InjectedPanic;

thread_local! {
    static UNEXPECTED: Cell<usize> = const { Cell::new(0) };
}

/// How many panics there were on this thread so far that nobody injected.
pub(crate) fn unexpected_panics() -> usize {
    UNEXPECTED.get()
}

/// Counts the panics that nobody injected, and prints no message for those that were injected: there are thousands.
pub(crate) fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<InjectedPanic>() {
                UNEXPECTED.set(UNEXPECTED.get() + 1);
                print(info);
            }
        }));
    });
}

pub(crate) fn inject_panic() -> ! {
    panic::panic_any(InjectedPanic)
}
