//! The seam below the upstream clients: one HTTP request in, one response out.
