use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::holding::{Holding, gather};
use crate::primitives::sha256;

/// Bytes of a record's checksum.
const CHECKSUM: usize = 8;

/// Records by their names.
pub(crate) type Records = BTreeMap<String, Vec<u8>>;

/// A record that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record {name} of the sandbox's state is damaged")]
pub struct DamagedRecord {
    /// Its name: a place like `account/5000000001`.
    pub name: String,
}

/// What is to be written, and what is to go.
///
/// [`put`](Self::put) is the one way for a value into a record, and so into what the servers [hold](Holding).
#[derive(Default)]
pub(crate) struct Changes {
    scope: Scope,
    list: Vec<Change>,
    holdings: Vec<Holding>,
    touched: bool,
}

/// One of them.
pub(super) enum Change {
    /// This record is this now.
    Put(String, Vec<u8>),
    /// This record goes, and all below it.
    Remove(String),
}

/// Which records are asked for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Scope {
    /// None; but what was touched is forgotten.
    #[default]
    Nothing,
    /// Those that were touched.
    Touched,
    /// All.
    All,
    /// All, and of each the texts and strings of bytes in it, not the record itself.
    Holdings,
}

impl Changes {
    pub(super) fn of_nothing() -> Self {
        Self::default()
    }

    pub(super) fn of_touched() -> Self {
        Self { scope: Scope::Touched, ..Self::default() }
    }

    pub(super) fn of_all() -> Self {
        Self { scope: Scope::All, ..Self::default() }
    }

    pub(super) fn of_holdings() -> Self {
        Self { scope: Scope::Holdings, ..Self::default() }
    }

    /// Whether untouched records are asked for too.
    pub(super) fn wants_all(&self) -> bool {
        matches!(self.scope, Scope::All | Scope::Holdings)
    }

    /// Notes that something was touched.
    pub(super) fn note_touched(&mut self) {
        self.touched = true;
    }

    /// Whether anything was.
    pub(super) fn any_touched(&self) -> bool {
        self.touched
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// This record is this now.
    pub(crate) fn put(&mut self, name: &str, value: &impl Serialize) {
        match self.scope {
            Scope::Nothing => {}
            Scope::Touched | Scope::All => {
                self.list.push(Change::Put(name.to_owned(), encode(name, value)));
            }
            Scope::Holdings => gather(name, value, &mut self.holdings),
        }
    }

    /// This record goes, and all below it.
    pub(super) fn remove(&mut self, name: &str) {
        if self.scope == Scope::Touched {
            self.list.push(Change::Remove(name.to_owned()));
        }
    }

    pub(super) fn into_list(self) -> Vec<Change> {
        self.list
    }

    /// What would be written, by name.
    pub(super) fn into_records(self) -> Records {
        let put = |change| match change {
            Change::Put(name, bytes) => Some((name, bytes)),
            Change::Remove(_) => None,
        };
        self.list.into_iter().filter_map(put).collect()
    }

    pub(super) fn into_holdings(self) -> Vec<Holding> {
        self.holdings
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("records", &self.list.len()).finish_non_exhaustive()
    }
}

/// A value as a record's bytes, with a checksum over them and the name behind.
fn encode(name: &str, value: &impl Serialize) -> Vec<u8> {
    let mut bytes = postcard::to_stdvec(value).expect("what is kept here has lengths, and memory takes it");
    let checksum = sha256(&[name.as_bytes(), &bytes]);
    bytes.extend(&checksum[..CHECKSUM]);
    bytes
}

/// The value in a record.
pub(crate) fn decode<V: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<V, DamagedRecord> {
    let damaged = || DamagedRecord { name: name.to_owned() };
    let end = bytes.len().checked_sub(CHECKSUM).ok_or_else(damaged)?;
    let (value, checksum) = bytes.split_at(end);
    if sha256(&[name.as_bytes(), value])[..CHECKSUM] != *checksum {
        return Err(damaged());
    }
    postcard::from_bytes(value).map_err(|_| damaged())
}
