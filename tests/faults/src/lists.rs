//! How far GO1's lists and searches are behind its writes.

use jiff::SignedDuration;
use stand_ins::World;

/// Lets the lists and searches of all portals be behind by so many seconds.
pub(crate) fn set_behind(world: &World, seconds: u8) {
    for portal in world.go1().portals() {
        world.go1().set_lists_behind(&portal.id, SignedDuration::from_secs(seconds.into()));
    }
}
