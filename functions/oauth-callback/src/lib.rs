//! Lambda: ends Xero consent and confirms the organisation.
