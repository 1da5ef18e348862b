//! The Xero client: consent, connections, organisation, people.
