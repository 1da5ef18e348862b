//! How full Xero's tier is.

use domain::counted_connection::is_nearly_full;

use crate::error::OpsError;
use crate::tool::{OpsState, Tool};

impl<S: OpsState + 'static> Tool<S> {
    /// How many connections count against a tier of `connections`, in a sentence.
    pub async fn tier(&self, connections: usize) -> Result<String, OpsError> {
        let counted = self.state.counted_connections().await?.len();
        let nearly = if is_nearly_full(counted, connections) { ", which is nearly full" } else { "" };
        Ok(format!("{counted} of {connections} connections{nearly}"))
    }
}
