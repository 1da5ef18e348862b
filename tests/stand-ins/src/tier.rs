//! Xero's tiers: what an app may do, by what its makers pay (<https://developer.xero.com/faq/pricing-and-policy-updates>).

use clap::ValueEnum;

use crate::settings::WorldSettings;

/// A tier as of March 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum XeroTier {
    /// The app has 5 connections, and 1,000 calls a day for each organisation. Every other tier has 5,000 calls.
    Starter,
    /// The app has 50 connections.
    Core,
    /// The app has 1,000 connections, and may be in Xero's app store.
    Plus,
    /// The app has 10,000 connections, and one consent may connect several organisations.
    Advanced,
    /// The number of connections is not limited, and one consent may connect several organisations.
    Enterprise,
}

impl XeroTier {
    /// How many connections the app may have; `None` is no limit.
    pub const fn connections(self) -> Option<usize> {
        match self {
            Self::Starter => Some(5),
            Self::Core => Some(50),
            Self::Plus => Some(1_000),
            Self::Advanced => Some(10_000),
            Self::Enterprise => None,
        }
    }

    /// How many calls a day the app has for each organisation.
    pub const fn calls_a_day(self) -> u32 {
        match self {
            Self::Starter => 1_000,
            _ => 5_000,
        }
    }
}

impl WorldSettings {
    /// The same settings for an app on this tier.
    #[must_use]
    pub fn on_tier(mut self, tier: XeroTier) -> Self {
        self.xero_connection_limit = tier.connections();
        self.xero_limits.day = tier.calls_a_day();
        self.xero_bulk_connections = matches!(tier, XeroTier::Advanced | XeroTier::Enterprise);
        self
    }
}
