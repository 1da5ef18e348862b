//! Receipt handles: which receive of which message they are from.

/// What a receipt handle says. To a consumer it is only a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) sequence: u64,
    pub(crate) receive: u32,
    /// Drawn with each receive, so that no handle can be guessed from another.
    pub(crate) mark: u64,
}

impl Receipt {
    pub(crate) fn to_handle(self) -> String {
        format!("receipt-{}-{}-{:016x}", self.sequence, self.receive, self.mark)
    }

    pub(crate) fn parse(handle: &str) -> Option<Self> {
        let mut parts = handle.strip_prefix("receipt-")?.split('-');
        let receipt = Self {
            sequence: parts.next()?.parse().ok()?,
            receive: parts.next()?.parse().ok()?,
            mark: u64::from_str_radix(parts.next()?, 16).ok()?,
        };
        (receipt.to_handle() == handle).then_some(receipt)
    }
}
