//! Lambda: finishes what a crash left half done.
