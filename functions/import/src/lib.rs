//! Lambda: confirm or skip, progress, report, and the way into the portal.
