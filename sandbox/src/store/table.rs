use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::Deref;
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::record::{Changes, DamagedRecord, Records, decode};

/// A map that notes which of its entries were touched since they were last written.
///
/// It is read as the [`BTreeMap`] it is, and changed by its own methods only, so that no change escapes it. An entry
/// is one record, named by its key; what an entry keeps in tables of its own are records below that, which a key that
/// goes takes along.
pub(crate) struct Table<K, V> {
    entries: BTreeMap<K, V>,
    touched: BTreeMap<K, Touch>,
}

/// How an entry was touched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Touch {
    /// It may have changed.
    Changed,
    /// It came or went.
    Replaced,
}

impl<K, V> Deref for Table<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &BTreeMap<K, V> {
        &self.entries
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), touched: BTreeMap::new() }
    }
}

impl<K: fmt::Debug, V> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

impl<K: Ord + Clone, V> Table<K, V> {
    /// An entry that the caller may change.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let value = self.entries.get_mut(key)?;
        self.touched.entry(key.clone()).or_insert(Touch::Changed);
        Some(value)
    }

    /// Puts an entry in, in place of the one with this key.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.touched.insert(key.clone(), Touch::Replaced);
        self.entries.insert(key, value)
    }

    /// The entry with this key, which the caller may change; put in if it was not there.
    pub(crate) fn get_or_insert_with(&mut self, key: K, fresh: impl FnOnce() -> V) -> &mut V {
        if !self.entries.contains_key(&key) {
            self.touched.insert(key.clone(), Touch::Replaced);
        }
        self.touched.entry(key.clone()).or_insert(Touch::Changed);
        self.entries.entry(key).or_insert_with(fresh)
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let gone = self.entries.remove(key)?;
        self.touched.insert(key.clone(), Touch::Replaced);
        Some(gone)
    }

    /// Takes out what is not wanted.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&K, &V) -> bool) {
        let gone = self.entries.iter().filter(|(key, value)| !wanted(key, value)).map(|(key, _)| key.clone());
        for key in gone.collect::<Vec<_>>() {
            self.remove(&key);
        }
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        self.retain(|_, _| false);
    }
}

impl<K: Ord + Clone + Display + FromStr, V: Serialize + DeserializeOwned> Table<K, V> {
    /// The table in the records at this place.
    pub(crate) fn load(records: &Records, place: &str) -> Result<Self, DamagedRecord> {
        Self::load_with(records, place, |_, _| Ok(()))
    }

    /// The table in the records at this place, where entries have tables of their own: `inside` loads those, from the
    /// place it is given.
    pub(crate) fn load_with(
        records: &Records,
        place: &str,
        inside: impl Fn(&mut V, &str) -> Result<(), DamagedRecord>,
    ) -> Result<Self, DamagedRecord> {
        let below = format!("{place}/");
        let mut entries = BTreeMap::new();
        for (name, bytes) in records.range(below.clone()..) {
            let Some(key) = name.strip_prefix(&below) else { break };
            if key.contains('/') {
                continue;
            }
            let key = key.parse().map_err(|_| DamagedRecord { name: name.clone() })?;
            let mut value = decode(name, bytes)?;
            inside(&mut value, name)?;
            entries.insert(key, value);
        }
        Ok(Self { entries, touched: BTreeMap::new() })
    }

    /// Collects the entries that were touched since it was called last.
    pub(crate) fn collect(&mut self, place: &str, changes: &mut Changes) {
        self.collect_with(place, changes, |_, _, _| {});
    }

    /// Collects the touched entries, where entries have tables of their own: `inside` collects from those.
    pub(crate) fn collect_with(
        &mut self,
        place: &str,
        changes: &mut Changes,
        inside: impl Fn(&mut V, &str, &mut Changes),
    ) {
        let mut touched = std::mem::take(&mut self.touched);
        if changes.wants_all() {
            // Somebody looks; what is still to be written stays so.
            self.touched = touched;
            touched = self.entries.keys().map(|key| (key.clone(), Touch::Changed)).collect();
        } else if !touched.is_empty() {
            changes.note_touched();
        }
        for (key, touch) in touched {
            let name = format!("{place}/{key}");
            if touch == Touch::Replaced {
                changes.remove(&name);
            }
            if let Some(value) = self.entries.get_mut(&key) {
                changes.put(&name, value);
                inside(value, &name, changes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is to be written, in order: `+` for a record, `-` for one that goes.
    fn collected(table: &mut Table<u32, String>) -> Vec<String> {
        use super::super::record::Change;
        let mut changes = Changes::of_touched();
        table.collect("t", &mut changes);
        let collected = changes.into_list().into_iter().map(|change| match change {
            Change::Put(name, _) => format!("+{name}"),
            Change::Remove(name) => format!("-{name}"),
        });
        collected.collect()
    }

    #[test]
    fn what_is_touched_is_collected_once() {
        let mut table = Table::default();
        table.insert(1, "one".to_owned());
        table.insert(2, "two".to_owned());
        assert_eq!(collected(&mut table), ["-t/1", "+t/1", "-t/2", "+t/2"]);
        assert!(collected(&mut table).is_empty());
        assert!(table.get(&1).is_some() && table.get_mut(&3).is_none());
        assert!(collected(&mut table).is_empty(), "reading touches nothing");
        table.get_mut(&1).expect("it is there").push('!');
        assert_eq!(collected(&mut table), ["+t/1"]);
        table.get_or_insert_with(3, String::new).push('3');
        table.retain(|key, _| *key != 2);
        table.remove(&2);
        assert_eq!(collected(&mut table), ["-t/2", "-t/3", "+t/3"]);
        table.clear();
        assert_eq!(collected(&mut table), ["-t/1", "-t/3"]);
    }

    #[test]
    fn a_look_at_everything_takes_nothing_from_the_disk() {
        let mut table = Table::default();
        table.insert(1, "one".to_owned());
        collected(&mut table);
        table.insert(2, "two".to_owned());
        let mut all = Changes::of_all();
        table.collect("t", &mut all);
        let records = all.into_records();
        assert_eq!(records.keys().collect::<Vec<_>>(), ["t/1", "t/2"]);
        assert_eq!(collected(&mut table), ["-t/2", "+t/2"]);
        let read = Table::<u32, String>::load(&records, "t").expect("sound records");
        assert_eq!(*read, *table);
    }

    #[test]
    fn a_damaged_record_is_noticed() {
        let mut table = Table::default();
        table.insert(1, "one".to_owned());
        let mut all = Changes::of_all();
        table.collect("t", &mut all);
        let records = all.into_records();
        for place in 0..records["t/1"].len() {
            let mut spoilt = records.clone();
            spoilt.get_mut("t/1").expect("it is there")[place] ^= 1;
            assert!(Table::<u32, String>::load(&spoilt, "t").is_err());
        }
        let elsewhere = Records::from([("t/2".to_owned(), records["t/1"].clone())]);
        assert!(Table::<u32, String>::load(&elsewhere, "t").is_err(), "a record under another name");
        let unnamed = Records::from([("t/x".to_owned(), records["t/1"].clone())]);
        assert_eq!(Table::<u32, String>::load(&unnamed, "t").expect_err("no number").name, "t/x");
    }
}
