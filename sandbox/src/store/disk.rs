use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use redb::{Builder, Database, ReadableDatabase as _, TableDefinition, TableError, WriteTransaction};

use super::error::StoreError;
use super::record::{Change, Changes, Records};
use telegram_passport::disk::sync_names;

/// The records.
const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");

/// Facts about them: `format`.
const FACTS: TableDefinition<'_, &str, u32> = TableDefinition::new("facts");

/// What records look like; another number is another version's.
const FORMAT: u32 = 2;

/// Bytes of the file that are kept in memory: everything is there anyway.
const CACHE: usize = 16 * 1024 * 1024;

const LOCK: &str = "lock";
const DATABASE: &str = "state.redb";
const UNFINISHED: &str = "state.redb.new";

/// One directory, taken.
#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
    database: Database,
    /// Held for as long as this lives; a process that is killed holds nothing.
    _lock: File,
}

impl Disk {
    pub(super) fn open(directory: &Path) -> Result<Self, StoreError> {
        make_directory(directory).map_err(|source| io_error(directory, source))?;
        let lock = take_lock(directory)?;
        let path = directory.join(DATABASE);
        if !path.try_exists().map_err(|source| io_error(&path, source))? {
            create(directory)?;
        }
        let database = builder().open(&path).map_err(|error| unusable(&path, error.into()))?;
        let disk = Self { path, database, _lock: lock };
        match disk.format().map_err(|error| unusable(&disk.path, error))? {
            FORMAT => Ok(disk),
            format => Err(StoreError::Format { path: disk.path, format }),
        }
    }

    fn format(&self) -> Result<u32, redb::Error> {
        let reading = self.database.begin_read()?;
        match reading.open_table(FACTS) {
            Ok(facts) => Ok(facts.get("format")?.map_or(0, |format| format.value())),
            // Somebody else's database.
            Err(TableError::TableDoesNotExist(_)) => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn records(&self, place: &str) -> Result<Records, StoreError> {
        self.read(place).map_err(|error| unusable(&self.path, error))
    }

    fn read(&self, place: &str) -> Result<Records, redb::Error> {
        let table = self.database.begin_read()?.open_table(RECORDS)?;
        let (below, behind) = range_below(place);
        let mut records = Records::new();
        if let Some(own) = table.get(place)? {
            records.insert(place.to_owned(), own.value().to_vec());
        }
        for record in table.range(below.as_str()..behind.as_str())? {
            let (name, bytes) = record?;
            records.insert(name.value().to_owned(), bytes.value().to_vec());
        }
        Ok(records)
    }

    /// One transaction: on the disk when this returns.
    pub(super) fn commit(&self, changes: Changes) -> Result<(), StoreError> {
        self.write(changes)
            .map_err(|error| StoreError::NotWritten { path: self.path.clone(), source: Box::new(error) })
    }

    fn write(&self, changes: Changes) -> Result<(), redb::Error> {
        let writing = begin(&self.database)?;
        {
            let mut table = writing.open_table(RECORDS)?;
            for change in changes.into_list() {
                match change {
                    Change::Put(name, bytes) => {
                        table.insert(name.as_str(), bytes.as_slice())?;
                    }
                    Change::Remove(name) => {
                        table.remove(name.as_str())?;
                        let (below, behind) = range_below(&name);
                        table.retain_in(below.as_str()..behind.as_str(), |_, _| false)?;
                    }
                }
            }
        }
        writing.commit()?;
        Ok(())
    }
}

/// Names from the first below this one to the first behind those: `0` follows `/`.
fn range_below(name: &str) -> (String, String) {
    (format!("{name}/"), format!("{name}0"))
}

/// A transaction in two phases: a damaged file is then never taken for one whose last transaction was cut short, which
/// would be taken back without a word.
fn begin(database: &Database) -> Result<WriteTransaction, redb::Error> {
    let mut writing = database.begin_write()?;
    writing.set_two_phase_commit(true);
    Ok(writing)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    // Damage is an error now, not a panic later on.
    builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
    builder
}

/// Makes an empty store under another name, and gives it its own when it is whole: a process killed in between leaves
/// nothing that the next would take for a store.
fn create(directory: &Path) -> Result<(), StoreError> {
    let (path, unfinished) = (directory.join(DATABASE), directory.join(UNFINISHED));
    let made = || -> Result<(), redb::Error> {
        drop(open_own(&unfinished, true)?);
        let database = builder().create(&unfinished)?;
        let writing = begin(&database)?;
        writing.open_table(FACTS)?.insert("format", FORMAT)?;
        writing.open_table(RECORDS)?;
        writing.commit()?;
        Ok(())
    };
    made().map_err(|error| unusable(&unfinished, error))?;
    fs::rename(&unfinished, &path)
        .and_then(|()| sync_names(directory))
        .map_err(|source| io_error(&path, source))
}

fn take_lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join(LOCK);
    let lock = open_own(&path, false).map_err(|source| io_error(&path, source))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { directory: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io_error(&path, source)),
    }
}

/// A file for its owner only, made if it is not there.
fn open_own(path: &Path, empty: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(empty);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A directory for its owner only; one that is there stays as it is.
fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn io_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::Io { path: path.to_owned(), source }
}

fn unusable(path: &Path, error: redb::Error) -> StoreError {
    let damage = [io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof];
    match error {
        redb::Error::Io(source) if !damage.contains(&source.kind()) => io_error(path, source),
        error => StoreError::Damaged { path: path.to_owned(), source: Box::new(error) },
    }
}
