//! Lambda: the landing page, the sign-up form, and the door to Xero consent.
