//! Settings, secrets, telemetry, AWS clients, clock and randomness.
