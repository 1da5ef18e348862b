//! What the tables hold: each item as it is, and as it was for as long as a read may be behind.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::counts::{Asked, Count, Counts};
use crate::errors::Error;
use crate::keys::{Key, KeyNames, SortKeys};
use crate::settings::Settings;
use crate::value::Item;

/// How long a transaction's token is remembered. (API reference, `TransactWriteItems`, `ClientRequestToken`: 10 minutes.)
const TOKENS_KEPT: SignedDuration = SignedDuration::from_mins(10);

/// All tables, what was counted, and the tokens of transactions.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) settings: Settings,
    pub(crate) tables: BTreeMap<String, Table>,
    pub(crate) counts: Counts,
    pub(crate) log: Vec<Asked>,
    tokens: BTreeMap<String, (Timestamp, Json)>,
}

/// One table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) names: KeyNames,
    /// In the order in which a query reads: by partition, then by the bytes of the sort key.
    entries: BTreeMap<Key, Vec<Version>>,
}

/// An item since a moment; `None` where it was deleted.
#[derive(Debug)]
struct Version {
    since: Timestamp,
    item: Option<Item>,
}

impl Table {
    pub(crate) fn new(names: KeyNames) -> Self {
        Self { names, entries: BTreeMap::new() }
    }

    pub(crate) fn find(&self, key: &Key) -> Option<&Item> {
        self.entries.get(key)?.last()?.item.as_ref()
    }

    /// The item as it was at this moment.
    pub(crate) fn find_at(&self, key: &Key, moment: Timestamp) -> Option<&Item> {
        let versions = self.entries.get(key)?;
        versions.iter().rev().find(|version| version.since <= moment)?.item.as_ref()
    }

    /// The keys of a partition that are meant, after this one, in the order of the sort keys or against it.
    pub(crate) fn keys<'a>(
        &'a self,
        (partition, sort): &(String, SortKeys),
        forward: bool,
        after: Option<&Key>,
    ) -> Vec<&'a Key> {
        let first = (partition.clone(), sort.first().to_owned());
        let range = self.entries.range(first..).map(|(key, _)| key);
        let is_after = |key: &&Key| after.is_none_or(|after| if forward { *key > after } else { *key < after });
        let mut keys: Vec<_> =
            range.take_while(|(pk, sk)| pk == partition && sort.reach(sk)).filter(is_after).collect();
        if !forward {
            keys.reverse();
        }
        keys
    }

    /// Every key after this one.
    pub(crate) fn all_keys(&self, after: Option<&Key>) -> Vec<&Key> {
        self.entries.keys().filter(|key| after.is_none_or(|after| *key > after)).collect()
    }

    /// Writes an item, or deletes it, and forgets what no read can see any more.
    pub(crate) fn write(&mut self, key: &Key, item: Option<Item>, now: Timestamp, behind: SignedDuration) {
        let versions = self.entries.entry(key.clone()).or_default();
        versions.push(Version { since: now, item });
        let seen_since = now - behind;
        let first = versions.iter().rposition(|version| version.since <= seen_since).unwrap_or(0);
        versions.drain(..first);
        if versions.len() == 1 && versions[0].item.is_none() {
            self.entries.remove(key);
        }
    }
}

impl Store {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings, tables: BTreeMap::new(), counts: Counts::new(), log: Vec::new(), tokens: BTreeMap::new() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.settings.clock)()
    }

    pub(crate) fn table(&self, name: &str) -> Result<&Table, Error> {
        self.tables.get(name).ok_or_else(|| Error::NoTable(name.to_owned()))
    }

    /// Writes what a write made of an item.
    pub(crate) fn write(&mut self, table: &str, key: &Key, item: Option<Item>) {
        let (now, behind) = (self.now(), self.settings.behind);
        if let Some(table) = self.tables.get_mut(table) {
            table.write(key, item, now, behind);
        }
    }

    pub(crate) fn count(&mut self, operation: &str) -> &mut Count {
        self.counts.entry(operation.to_owned()).or_default()
    }

    /// Whether a transaction with this token was done in the last ten minutes, with these writes.
    pub(crate) fn is_repeated(&mut self, token: &str, writes: &Json) -> Result<bool, Error> {
        let now = self.now();
        self.tokens.retain(|_, (since, _)| *since + TOKENS_KEPT > now);
        match self.tokens.get(token) {
            None => Ok(false),
            Some((_, before)) if before == writes => Ok(true),
            Some(_) => Err(Error::IdempotentParameterMismatch),
        }
    }

    pub(crate) fn remember(&mut self, token: String, writes: Json) {
        let now = self.now();
        self.tokens.insert(token, (now, writes));
    }
}
