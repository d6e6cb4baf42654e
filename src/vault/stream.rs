use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use zeroize::Zeroizing;

use super::open_error::OpenError;
use super::prefix::{check_prefix, random_prefix};
use super::primitives::{BLOCK, CbcDecryptor, CbcEncryptor, StreamingSha256};
use super::secret::{EncryptedSecret, ValueHash, ValueSecret};
use super::value::check_length;
use super::vault::{Vault, VaultError};
use crate::disk::Aside;

/// How much is worked on at a time, in bytes: a multiple of the block, and all the memory that a stream takes.
const CHUNK: usize = 64 * 1024;

/// What a file was sealed with, its ciphertext being written elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSeal {
    /// Length of the ciphertext in bytes.
    pub size: u64,
    /// `file_hash`
    pub hash: ValueHash,
    /// `secret`
    pub secret: EncryptedSecret,
}

/// Why a file was not sealed or opened as a stream.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The vault is locked.
    #[error(transparent)]
    Locked(#[from] VaultError),
    /// The source could not be read.
    #[error("the file could not be read")]
    Read(#[source] io::Error),
    /// The target could not be written.
    #[error("the file could not be written")]
    Write(#[source] io::Error),
    /// The source is read twice, and was not the same twice.
    #[error("the file changed while it was read")]
    SourceChanged,
    /// The contents did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl Vault {
    /// Seals a file of any size in constant memory, from the source's position to its end.
    ///
    /// Reads the source twice: the key depends on the hash of everything.
    ///
    /// # Errors
    ///
    /// See [`FileError`]. What was written until then is useless, and harmless.
    pub fn seal_file_stream(
        &self,
        source: &mut (impl Read + Seek),
        target: &mut impl Write,
    ) -> Result<FileSeal, FileError> {
        let start = source.stream_position().map_err(FileError::Read)?;
        let end = source.seek(SeekFrom::End(0)).map_err(FileError::Read)?;
        let contents = end.saturating_sub(start);
        let secret = ValueSecret::generate();
        let prefix = random_prefix(contents);
        let hash = hash_contents(source, start, contents, &prefix)?;
        let encrypted = self.seal_secret(&hash, &secret)?;
        let size = encrypt_stream(source, start, target, &prefix, &hash, &secret)?;
        Ok(FileSeal { size, hash, secret: encrypted })
    }

    /// Opens a file of any size in constant memory, from the source's position to its end; answers the length of the
    /// contents.
    ///
    /// Reads the source twice: once for the hash, and nothing is written; then again, hashed anew. If the source changes
    /// between the two, [`FileError::SourceChanged`] comes after unverified bytes have been written:
    /// [`open_file_to_path`](Self::open_file_to_path) keeps even those to itself.
    ///
    /// # Errors
    ///
    /// See [`FileError`].
    pub fn open_file_stream(
        &self,
        source: &mut (impl Read + Seek),
        hash: &ValueHash,
        secret: &EncryptedSecret,
        target: &mut impl Write,
    ) -> Result<u64, FileError> {
        let secret = self.open_secret(hash, secret)?;
        open_stream(source, hash, &secret, target)
    }

    /// Seals the file at `source` into a file at `target`, which appears at once and complete, or not at all.
    ///
    /// # Errors
    ///
    /// See [`FileError`].
    pub fn seal_file_to_path(&self, source: &Path, target: &Path) -> Result<FileSeal, FileError> {
        let mut source = File::open(source).map_err(FileError::Read)?;
        write_aside(target, |file| self.seal_file_stream(&mut source, file))
    }

    /// Opens the file at `source` into a file at `target`, which appears at once, verified and complete, or not at all;
    /// answers the length of the contents. Only the owner can read it (mode 0600).
    ///
    /// # Errors
    ///
    /// See [`FileError`].
    pub fn open_file_to_path(
        &self,
        source: &Path,
        hash: &ValueHash,
        secret: &EncryptedSecret,
        target: &Path,
    ) -> Result<u64, FileError> {
        let mut source = File::open(source).map_err(FileError::Read)?;
        write_aside(target, |file| self.open_file_stream(&mut source, hash, secret, file))
    }
}

/// Runs `work` on a temporary file (mode 0600) beside `target` and renames it on success.
fn write_aside<T>(
    target: &Path,
    work: impl FnOnce(&mut File) -> Result<T, FileError>,
) -> Result<T, FileError> {
    let mut aside = Aside::beside(target).map_err(FileError::Write)?;
    let result = work(aside.file())?;
    aside.put(target).map_err(|failed| FileError::Write(failed.error))?;
    Ok(result)
}

/// First pass of sealing.
fn hash_contents(
    source: &mut (impl Read + Seek),
    start: u64,
    contents: u64,
    prefix: &[u8],
) -> Result<ValueHash, FileError> {
    let mut hasher = StreamingSha256::new();
    hasher.update(prefix);
    let mut chunks = Chunks::new(source, start, CHUNK)?;
    while let Some(chunk) = chunks.next()? {
        hasher.update(chunk);
    }
    if chunks.read == contents { Ok(ValueHash(hasher.finish())) } else { Err(FileError::SourceChanged) }
}

/// Second pass of sealing: writes the ciphertext, whose length it answers.
pub(super) fn encrypt_stream(
    source: &mut (impl Read + Seek),
    start: u64,
    target: &mut impl Write,
    prefix: &[u8],
    hash: &ValueHash,
    secret: &ValueSecret,
) -> Result<u64, FileError> {
    let mut encryptor = CbcEncryptor::new(&secret.contents_key(hash));
    let mut hasher = StreamingSha256::new();
    hasher.update(prefix);

    // The prefix completes the last block, so the first chunk is shorter by as much as the prefix is long.
    let mut size = 0;
    let mut first = Zeroizing::new(Vec::with_capacity(CHUNK));
    first.extend_from_slice(prefix);
    let mut chunks = Chunks::new(source, start, CHUNK - prefix.len())?;
    if let Some(chunk) = chunks.next()? {
        hasher.update(chunk);
        first.extend_from_slice(chunk);
    }
    let mut write = |bytes: &mut [u8]| {
        if !bytes.len().is_multiple_of(BLOCK) {
            return Err(FileError::SourceChanged);
        }
        encryptor.encrypt(bytes);
        size += bytes.len() as u64;
        target.write_all(bytes).map_err(FileError::Write)
    };
    write(&mut first)?;
    chunks.limit = CHUNK;
    while let Some(chunk) = chunks.next()? {
        hasher.update(chunk);
        write(chunk)?;
    }
    if !hash.matches(&hasher.finish()) {
        return Err(FileError::SourceChanged);
    }
    target.flush().map_err(FileError::Write)?;
    Ok(size)
}

/// Both passes of opening.
pub(super) fn open_stream(
    source: &mut (impl Read + Seek),
    hash: &ValueHash,
    secret: &ValueSecret,
    target: &mut impl Write,
) -> Result<u64, FileError> {
    let start = source.stream_position().map_err(FileError::Read)?;
    let prefix = verify_stream(source, start, hash, secret)?;

    let mut decryptor = CbcDecryptor::new(&secret.contents_key(hash));
    let mut hasher = StreamingSha256::new();
    let mut to_skip = usize::from(prefix);
    let mut length = 0;
    let mut chunks = Chunks::new(source, start, CHUNK)?;
    while let Some(chunk) = chunks.next()? {
        if !chunk.len().is_multiple_of(BLOCK) {
            return Err(FileError::SourceChanged);
        }
        decryptor.decrypt(chunk);
        hasher.update(chunk);
        let contents = &chunk[to_skip.min(chunk.len())..];
        to_skip -= chunk.len() - contents.len();
        length += contents.len() as u64;
        target.write_all(contents).map_err(FileError::Write)?;
    }
    if !hash.matches(&hasher.finish()) {
        return Err(FileError::SourceChanged);
    }
    target.flush().map_err(FileError::Write)?;
    Ok(length)
}

/// First pass of opening: checks everything, releases nothing; answers the length of the prefix.
fn verify_stream(
    source: &mut (impl Read + Seek),
    start: u64,
    hash: &ValueHash,
    secret: &ValueSecret,
) -> Result<u8, FileError> {
    let mut decryptor = CbcDecryptor::new(&secret.contents_key(hash));
    let mut hasher = StreamingSha256::new();
    let mut first = None;
    let mut chunks = Chunks::new(source, start, CHUNK)?;
    while let Some(chunk) = chunks.next()? {
        let whole = chunk.len() - chunk.len() % BLOCK;
        let blocks = &mut chunk[..whole];
        decryptor.decrypt(blocks);
        hasher.update(blocks);
        first = first.or(blocks.first().copied());
    }
    let length = chunks.read;
    check_length(length)?;
    if !hash.matches(&hasher.finish()) {
        return Err(OpenError::HashMismatch.into());
    }
    Ok(check_prefix(first.expect("a length that passed has a first block"), length)?)
}

/// A source from some position on, in full chunks and a last shorter one, through one wiped buffer.
struct Chunks<'a, R> {
    source: &'a mut R,
    buffer: Zeroizing<Vec<u8>>,
    limit: usize,
    read: u64,
}

impl<'a, R: Read + Seek> Chunks<'a, R> {
    fn new(source: &'a mut R, start: u64, limit: usize) -> Result<Self, FileError> {
        source.seek(SeekFrom::Start(start)).map_err(FileError::Read)?;
        Ok(Self { source, buffer: Zeroizing::new(vec![0; CHUNK]), limit, read: 0 })
    }

    fn next(&mut self) -> Result<Option<&mut [u8]>, FileError> {
        let mut filled = 0;
        while filled < self.limit {
            match self.source.read(&mut self.buffer[filled..self.limit]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(FileError::Read(error)),
            }
        }
        self.read += filled as u64;
        Ok((filled > 0).then(|| &mut self.buffer[..filled]))
    }
}
