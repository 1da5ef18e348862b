//! The rules: people, emails, plans, imports, sign-ups, consents. No I/O.
