//! Tokens: sealing, and refresh that is safe under racing.
