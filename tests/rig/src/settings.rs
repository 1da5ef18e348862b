//! What can be chosen of a rig.

use std::time::Duration;

use stand_ins::WorldSettings;
use worker::PaceSettings;

/// What a rig is made from; [`RigSettings::of`] has the values of `infra/template.yaml`.
#[derive(Clone)]
pub struct RigSettings {
    /// Everything random follows from it.
    pub seed: u64,
    /// The fake world; its seed and its clock are the rig's.
    pub world: WorldSettings,
    /// How fast GO1 is called for one portal.
    pub pace: PaceSettings,
    /// Whether PKCE's challenge is sent.
    pub pkce: bool,
    /// Whether CloudFront stands before the functions.
    pub behind_an_edge: bool,
    /// Whether every step is taken on a table as well, where a function may do what its role allows.
    pub on_a_table: bool,
    /// How long one invocation of the worker may take before it is killed.
    pub invocation: Duration,
    /// The queue's visibility time-out.
    pub visibility: Duration,
    /// How often a message is received before it is a dead letter.
    pub most_receives: u32,
}

impl RigSettings {
    /// Those of production.
    pub fn of(seed: u64) -> Self {
        Self {
            seed,
            world: WorldSettings::default(),
            pace: PaceSettings { in_flight: 4, per_second: 5 },
            pkce: false,
            behind_an_edge: false,
            on_a_table: false,
            invocation: Duration::from_mins(1),
            visibility: Duration::from_mins(6),
            most_receives: 1_000,
        }
    }
}
