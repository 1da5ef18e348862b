//! The script of faults of one fake, to which a test or the control API adds.

use crate::faults::Fault;
use crate::interceptor::Interceptor;
use crate::world::World;

/// The scripted faults of one fake.
pub struct Faults(pub(crate) World, pub(crate) fn(&World) -> &Interceptor);

impl Faults {
    /// Adds a fault behind those that there are. Where several match a call, the first one applies, and delays add up.
    pub fn add(&self, fault: Fault) {
        (self.1)(&self.0).with_faults(|faults| faults.push(fault));
    }

    pub fn clear(&self) {
        (self.1)(&self.0).with_faults(Vec::clear);
    }

    /// The faults that have not done all of their work yet.
    pub fn remaining(&self) -> Vec<Fault> {
        (self.1)(&self.0).with_faults(|faults| faults.clone())
    }
}
