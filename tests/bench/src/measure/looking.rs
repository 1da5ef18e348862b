//! A look at the people of an organisation: how long until its page is there whole, how large it is, how often Xero was read.

use std::time::Duration;

use stand_ins::xero::endpoint;

use crate::cloud::Cloud;
use crate::customers::before_look;
use crate::failure::Failure;

/// What one look came to.
pub(crate) struct Look {
    pub(crate) took: Duration,
    /// Reads of the people, the page of none that ends a list included.
    pub(crate) reads: usize,
    /// Every call to Xero from the press on.
    pub(crate) calls: usize,
    /// The page, in bytes as it comes from the function.
    pub(crate) page: usize,
}

/// Looks at new organisations of so many people.
pub(crate) async fn looks(cloud: &Cloud, times: usize, people: u32) -> Result<Vec<Look>, Failure> {
    let mut looks = Vec::new();
    for customer in before_look(cloud, times, people.try_into()?).await? {
        let xero = cloud.world.xero();
        let (reads, calls) = (xero.calls(endpoint::EMPLOYEES), xero.call_log().len());
        let (took, page, _) = customer.look(people).await?;
        looks.push(Look {
            took,
            reads: xero.calls(endpoint::EMPLOYEES) - reads,
            calls: xero.call_log().len() - calls,
            page: page.text.len(),
        });
    }
    Ok(looks)
}
