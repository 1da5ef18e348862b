//! Stand-ins for Xero and GO1: stateful, browsable, strict.
