use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use zeroize::{Zeroize, Zeroizing};

use super::StorageKey;
use crate::vault::primitives::{self, ChunkCipher, STREAM_NONCE, TAG};

/// Contents of a chunk, in bytes; only the last one may have fewer.
const CHUNK: usize = 64 * 1024;
const SEALED_CHUNK: u64 = (CHUNK + TAG) as u64;

/// Seals contents of any size as they come, in constant memory.
///
/// `nonce (19) | chunk | chunk | …`: each chunk is 65 536 bytes of contents, the last one 0 to 65 536 (0 only if
/// nothing precedes it), as XChaCha20-Poly1305 ciphertext and tag (16). A chunk's nonce is the 19 bytes, its number as
/// 4 bytes in big endian counted from 0, and a byte which is 1 for the last chunk, else 0: the STREAM construction of
/// Hoang, Reyhanitabar, Rogaway and Vizár. `associated` is authenticated with every chunk, and not written.
pub struct SealedWriter<W> {
    cipher: ChunkCipher,
    associated: Vec<u8>,
    target: W,
    /// What will be the next chunk, or the last.
    chunk: Zeroizing<Vec<u8>>,
    number: u32,
}

impl<W: Write> SealedWriter<W> {
    /// Begins, with a nonce from the operating system's randomness.
    ///
    /// # Errors
    ///
    /// If the target cannot be written to.
    pub fn new(key: &StorageKey, associated: &[u8], mut target: W) -> io::Result<Self> {
        let mut nonce = [0; STREAM_NONCE];
        primitives::fill_random(&mut nonce);
        target.write_all(&nonce)?;
        Ok(Self {
            cipher: ChunkCipher::new(key.as_bytes(), &nonce),
            associated: associated.to_vec(),
            target,
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)),
            number: 0,
        })
    }

    /// Takes the next piece of the contents.
    ///
    /// # Errors
    ///
    /// If the target cannot be written to; what was written until then is useless.
    pub fn write(&mut self, mut contents: &[u8]) -> io::Result<()> {
        while !contents.is_empty() {
            if self.chunk.len() == CHUNK {
                self.write_chunk(false)?;
            }
            let (now, rest) = contents.split_at(contents.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            contents = rest;
        }
        Ok(())
    }

    /// Writes the last chunk and answers the target. Without this, nothing that was written can be opened.
    ///
    /// # Errors
    ///
    /// If the target cannot be written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_chunk(true)?;
        self.target.flush()?;
        Ok(self.target)
    }

    fn write_chunk(&mut self, last: bool) -> io::Result<()> {
        self.cipher.seal(self.number, last, &self.associated, &mut self.chunk);
        self.number = self.number.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
        self.target.write_all(&self.chunk)?;
        self.chunk.clear();
        Ok(())
    }
}

impl<W> fmt::Debug for SealedWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedWriter").field("chunk", &self.number).finish_non_exhaustive()
    }
}

/// Why a sealed stream was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The source could not be read.
    #[error("the sealed contents could not be read")]
    Read(#[source] io::Error),
    /// A length that no sealed stream has: something was cut off.
    #[error("the sealed contents are incomplete: no such stream has {length} bytes")]
    Length {
        /// The length in bytes, nonce and tags included.
        length: u64,
    },
    /// A chunk was changed or moved, comes from elsewhere, or is the last of what was cut off.
    #[error("the sealed contents were changed or cut off, in the chunk at byte {offset}")]
    NotAuthentic {
        /// Where the chunk begins among the contents.
        offset: u64,
    },
    /// More was asked for than there is.
    #[error("the contents end after {length} bytes")]
    Ended {
        /// Their length in bytes.
        length: u64,
    },
}

/// What a [`SealedWriter`] sealed, authenticated from the first byte to the last; then read from anywhere.
///
/// Memory is constant: what is read is opened again, and each chunk authenticated again, so that a source which
/// changes meanwhile is noticed.
pub struct SealedReader<R> {
    cipher: ChunkCipher,
    associated: Vec<u8>,
    source: R,
    /// Where the first chunk begins in the source.
    start: u64,
    chunks: Chunks,
    chunk: Zeroizing<Vec<u8>>,
    /// Which one that is.
    number: Option<u32>,
}

/// How contents of some length lie in their chunks.
#[derive(Clone, Copy)]
struct Chunks {
    last: u32,
    last_length: usize,
}

impl Chunks {
    /// From the length of everything behind the nonce.
    fn of(sealed: u64) -> Option<Self> {
        let before = sealed.checked_sub(1)? / SEALED_CHUNK;
        let last_length = usize::try_from(sealed - before * SEALED_CHUNK).ok()?.checked_sub(TAG)?;
        let last = u32::try_from(before).ok().filter(|last| *last < u32::MAX)?;
        (last_length > 0 || last == 0).then_some(Self { last, last_length })
    }

    fn contents(self) -> u64 {
        u64::from(self.last) * CHUNK as u64 + self.last_length as u64
    }
}

impl<R: Read + Seek> SealedReader<R> {
    /// Reads and authenticates everything from the source's position to its end.
    ///
    /// # Errors
    ///
    /// See [`StreamError`].
    pub fn new(key: &StorageKey, associated: &[u8], mut source: R) -> Result<Self, StreamError> {
        let begin = source.stream_position().map_err(StreamError::Read)?;
        let length = source.seek(SeekFrom::End(0)).map_err(StreamError::Read)?.saturating_sub(begin);
        let chunks = length.checked_sub(STREAM_NONCE as u64).and_then(Chunks::of);
        let chunks = chunks.ok_or(StreamError::Length { length })?;

        let mut nonce = [0; STREAM_NONCE];
        source.seek(SeekFrom::Start(begin)).map_err(StreamError::Read)?;
        source.read_exact(&mut nonce).map_err(StreamError::Read)?;
        let mut reader = Self {
            cipher: ChunkCipher::new(key.as_bytes(), &nonce),
            associated: associated.to_vec(),
            source,
            start: begin + STREAM_NONCE as u64,
            chunks,
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)),
            number: None,
        };
        (0..=chunks.last).try_for_each(|number| reader.load(number))?;
        Ok(reader)
    }

    /// The length of the contents, in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.chunks.contents()
    }

    /// Fills the buffer with the contents that begin at `offset`.
    ///
    /// # Errors
    ///
    /// See [`StreamError`]; the buffer is wiped then.
    pub fn read_exact_at(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), StreamError> {
        let result = self.fill(offset, buffer);
        if result.is_err() {
            buffer.zeroize();
        }
        result
    }

    fn fill(&mut self, mut offset: u64, mut buffer: &mut [u8]) -> Result<(), StreamError> {
        let length = self.length();
        if offset.checked_add(buffer.len() as u64).is_none_or(|end| end > length) {
            return Err(StreamError::Ended { length });
        }
        while !buffer.is_empty() {
            let number = u32::try_from(offset / CHUNK as u64).expect("below the number of chunks");
            if self.number != Some(number) {
                self.load(number)?;
            }
            let within = usize::try_from(offset % CHUNK as u64).expect("below 65 536");
            let count = buffer.len().min(self.chunk.len() - within);
            let (now, rest) = buffer.split_at_mut(count);
            now.copy_from_slice(&self.chunk[within..within + count]);
            buffer = rest;
            offset += count as u64;
        }
        Ok(())
    }

    /// Reads and opens one chunk.
    fn load(&mut self, number: u32) -> Result<(), StreamError> {
        self.number = None;
        let last = number == self.chunks.last;
        let at = self.start + u64::from(number) * SEALED_CHUNK;
        self.source.seek(SeekFrom::Start(at)).map_err(StreamError::Read)?;
        self.chunk.resize(if last { self.chunks.last_length + TAG } else { CHUNK + TAG }, 0);
        self.source.read_exact(&mut self.chunk).map_err(StreamError::Read)?;
        if !self.cipher.open(number, last, &self.associated, &mut self.chunk) {
            return Err(StreamError::NotAuthentic { offset: u64::from(number) * CHUNK as u64 });
        }
        self.number = Some(number);
        Ok(())
    }
}

impl<R> fmt::Debug for SealedReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedReader").field("length", &self.chunks.contents()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn key() -> StorageKey {
        StorageKey::try_from(&[3; 32][..]).unwrap()
    }

    fn contents(length: usize) -> Vec<u8> {
        (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    fn seal(contents: &[u8], piece: usize) -> Vec<u8> {
        let mut writer = SealedWriter::new(&key(), b"head", Vec::new()).unwrap();
        for piece in contents.chunks(piece) {
            writer.write(piece).unwrap();
        }
        writer.finish().unwrap()
    }

    fn open(sealed: &[u8]) -> Result<Vec<u8>, StreamError> {
        let mut reader = SealedReader::new(&key(), b"head", Cursor::new(sealed))?;
        let mut contents = vec![0; usize::try_from(reader.length()).unwrap()];
        reader.read_exact_at(0, &mut contents)?;
        Ok(contents)
    }

    #[test]
    fn equal_contents_under_one_key_are_sealed_differently() {
        let plain = contents(100);
        let sealed: Vec<_> = (0..8).map(|_| seal(&plain, 100)).collect();
        for (index, one) in sealed.iter().enumerate() {
            for other in &sealed[..index] {
                assert_ne!(one[..STREAM_NONCE], other[..STREAM_NONCE]);
                assert_ne!(one[STREAM_NONCE..], other[STREAM_NONCE..]);
            }
        }
    }

    #[test]
    fn opens_what_was_sealed_at_every_border() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 1, 3 * CHUNK, 3 * CHUNK + 1] {
            let plain = contents(length);
            for piece in [1000, CHUNK, 4 * CHUNK] {
                let sealed = seal(&plain, piece);
                assert_eq!(sealed.len(), STREAM_NONCE + length + TAG * length.div_ceil(CHUNK).max(1));
                assert_eq!(open(&sealed).unwrap(), plain);
            }
        }
    }

    #[test]
    fn reads_from_anywhere_and_no_further() {
        let plain = contents(2 * CHUNK + 100);
        let mut reader = SealedReader::new(&key(), b"head", Cursor::new(seal(&plain, 7777))).unwrap();
        for (offset, length) in [(0, 1), (CHUNK - 1, 2), (2 * CHUNK, 100), (5, CHUNK), (0, plain.len())] {
            let mut buffer = vec![0; length];
            reader.read_exact_at(offset as u64, &mut buffer).unwrap();
            assert_eq!(buffer, plain[offset..offset + length]);
        }
        for (offset, length) in [(plain.len() as u64, 1), (0, plain.len() + 1), (u64::MAX, 1), (u64::MAX, 0)]
        {
            let mut buffer = vec![1; length];
            let refused = reader.read_exact_at(offset, &mut buffer);
            assert!(matches!(refused, Err(StreamError::Ended { .. })), "{offset}");
            assert!(buffer.iter().all(|byte| *byte == 0));
        }
    }

    #[test]
    fn cut_off_anywhere_it_is_refused() {
        let sealed = seal(&contents(2 * CHUNK + 50), CHUNK);
        let ends = (0..100).chain((1..=2).flat_map(|chunk| {
            let border = STREAM_NONCE + chunk * (CHUNK + TAG);
            border - 20..border + 20
        }));
        for end in ends.chain(sealed.len() - 70..sealed.len()) {
            assert!(open(&sealed[..end]).is_err(), "{end}");
        }
        assert!(open(&[&sealed[..], b"x"].concat()).is_err());
        assert!(open(&[&sealed[..], &[0; CHUNK + TAG]].concat()).is_err());
    }

    #[test]
    fn chunks_stay_in_their_places() {
        let sealed = seal(&contents(3 * CHUNK), CHUNK);
        let (nonce, chunks) = sealed.split_at(STREAM_NONCE);
        let [a, b, c] = [0, 1, 2].map(|at| &chunks[at * (CHUNK + TAG)..][..CHUNK + TAG]);
        assert!(open(&[nonce, a, b, c].concat()).is_ok());
        for order in [&[b, a, c][..], &[a, c, b], &[a, c], &[a, b], &[c], &[a, b, c, c], &[a, a, b, c]] {
            assert!(open(&[&[nonce], order].concat().concat()).is_err());
        }
        // An empty last chunk behind full ones would be a second way to write the same.
        let cipher = ChunkCipher::new(key().as_bytes(), nonce.try_into().unwrap());
        let [mut full, mut empty] = [contents(CHUNK), vec![]];
        cipher.seal(0, false, b"head", &mut full);
        cipher.seal(1, true, b"head", &mut empty);
        assert!(open(&[nonce, &full, &empty].concat()).is_err());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let sealed = seal(&contents(300), 300);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&changed).is_err(), "{bit}");
        }
    }

    #[test]
    fn it_belongs_to_its_key_and_its_head() {
        let sealed = seal(b"contents", 8);
        for (key, head) in [(StorageKey::generate(), &b"head"[..]), (key(), b"Head"), (key(), b"")] {
            let opened = SealedReader::new(&key, head, Cursor::new(&sealed));
            assert!(matches!(opened, Err(StreamError::NotAuthentic { offset: 0 })));
        }
    }

    #[test]
    fn a_source_that_changes_later_is_noticed_later() {
        let plain = contents(2 * CHUNK);
        let mut reader = SealedReader::new(&key(), b"head", Cursor::new(seal(&plain, CHUNK))).unwrap();
        reader.source.get_mut()[STREAM_NONCE] ^= 1;
        let mut buffer = [0; 10];
        let refused = reader.read_exact_at(0, &mut buffer);
        assert!(matches!(refused, Err(StreamError::NotAuthentic { offset: 0 })));
        assert_eq!(buffer, [0; 10]);
        reader.read_exact_at(CHUNK as u64, &mut buffer).unwrap();
        assert_eq!(buffer, plain[CHUNK..CHUNK + 10]);
    }
}
