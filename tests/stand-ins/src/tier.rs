//! What an app may do at Xero, by what its makers pay (<https://developer.xero.com/faq/pricing-and-policy-updates>).

use clap::ValueEnum;

use crate::world::WorldSettings;

/// A tier of Xero's, as of March 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum XeroTier {
    /// 5 connections, 1,000 calls a day for each organisation.
    Starter,
    /// 50 connections.
    Core,
    /// 1,000 connections; the first tier that may be in Xero's app store.
    Plus,
    /// 10,000 connections, and several in one consent.
    Advanced,
    /// As many connections as wanted, and several in one consent.
    Enterprise,
}

impl XeroTier {
    /// How many connections the app may hold; none: as many as wanted.
    pub const fn connections(self) -> Option<usize> {
        match self {
            Self::Starter => Some(5),
            Self::Core => Some(50),
            Self::Plus => Some(1_000),
            Self::Advanced => Some(10_000),
            Self::Enterprise => None,
        }
    }

    /// How many calls a day each organisation has.
    pub const fn calls_a_day(self) -> u32 {
        match self {
            Self::Starter => 1_000,
            _ => 5_000,
        }
    }
}

impl WorldSettings {
    /// The same settings, for an app on this tier.
    #[must_use]
    pub fn on_tier(mut self, tier: XeroTier) -> Self {
        self.xero_connection_limit = tier.connections();
        self.xero_limits.day = tier.calls_a_day();
        self.xero_bulk_connections = matches!(tier, XeroTier::Advanced | XeroTier::Enterprise);
        self
    }
}
