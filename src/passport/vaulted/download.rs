use std::ops::Range;
use std::sync::Mutex;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::task::spawn_blocking;

use super::Vaulted;
use super::session::{Locked, Unlocked};
use crate::cloud::{FileRange, SecureCloud, SecureFile};
use crate::passport::refusal::refused;
use crate::passport::{DownloadError, Progress, SavedFile, Transferred, convert};
use crate::vault::{FileContents, OpenError, SecretError};

/// Half of the aligned megabyte that one request may lie in.
const PIECE: u32 = 512 * 1024;

/// How many pieces are asked for at once.
const AT_ONCE: usize = 4;

/// Telegram takes files of 10 MB; what claims to be far larger is not downloaded into memory.
const LARGEST: u64 = 128 * 1024 * 1024;

refused!(DownloadError: Locked);

impl<C: SecureCloud> Vaulted<C> {
    pub(super) async fn download_file(
        &self,
        file: &SavedFile,
        progress: &Progress,
    ) -> Result<FileContents, DownloadError> {
        let stored: &SecureFile = file.handle().ok_or(DownloadError::OtherEngine)?;
        let Unlocked::Open(vault) = self.session.unlocked()? else {
            // Without a passport secret, no secret of a file is one.
            return Err(DownloadError::Unreadable(OpenError::Secret(SecretError::Checksum)));
        };
        let (hash, secret) = convert::file_keys(stored)?;
        if stored.size > LARGEST {
            return Err(DownloadError::TooLarge { size: stored.size, limit: LARGEST });
        }
        let ciphertext = if stored.size == 0 {
            self.download_to_the_end(stored, progress).await?
        } else {
            let done = Mutex::new(0);
            let pieces: Vec<Vec<u8>> = stream::iter(pieces(stored.size))
                .map(|piece| self.download_piece(stored, piece, progress, &done))
                .buffered(AT_ONCE)
                .try_collect()
                .await?;
            pieces.concat()
        };
        spawn_blocking(move || vault.open_file(&ciphertext, &hash, &secret))
            .await
            .expect("the vault does not panic")
            .map_err(DownloadError::from)
    }

    /// Reads a file whose size the server does not tell: piece by piece, until one is not full.
    async fn download_to_the_end(
        &self,
        file: &SecureFile,
        progress: &Progress,
    ) -> Result<Vec<u8>, DownloadError> {
        let mut ciphertext = Vec::new();
        loop {
            let offset = ciphertext.len() as u64;
            if offset >= LARGEST {
                return Err(DownloadError::TooLarge { size: offset, limit: LARGEST });
            }
            let range = FileRange { offset, limit: PIECE, precise: false };
            let bytes = self.cloud.file_part(file.location(), range).await?.bytes;
            let returned = bytes.len() as u64;
            let full = u64::from(PIECE);
            if returned > full {
                return Err(DownloadError::Piece { offset, expected: full, returned });
            }
            ciphertext.extend(bytes);
            let done = ciphertext.len() as u64;
            // How many there are is known when the last has come.
            let total = (returned < full).then_some(done);
            progress.report(Transferred { part: None, part_done: done, part_total: total, done, total });
            if total.is_some() {
                return Ok(ciphertext);
            }
        }
    }

    async fn download_piece(
        &self,
        file: &SecureFile,
        piece: Range<u64>,
        progress: &Progress,
        all_done: &Mutex<u64>,
    ) -> Result<Vec<u8>, DownloadError> {
        let range = FileRange { offset: piece.start, limit: PIECE, precise: false };
        let bytes = self.cloud.file_part(file.location(), range).await?.bytes;
        let expected = piece.end - piece.start;
        let returned = bytes.len() as u64;
        if returned != expected {
            return Err(DownloadError::Piece { offset: piece.start, expected, returned });
        }
        let total = Some(file.size);
        let done = {
            let mut all_done = all_done.lock().expect("nobody panics while counting");
            *all_done += returned;
            *all_done
        };
        progress.report(Transferred { part: None, part_done: done, part_total: total, done, total });
        Ok(bytes)
    }
}

/// The ranges that make up a ciphertext of this size.
fn pieces(size: u64) -> impl Iterator<Item = Range<u64>> {
    let piece = u64::from(PIECE);
    (0..size.div_ceil(piece)).map(move |index| index * piece..size.min((index + 1) * piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_aligned_and_complete() {
        let ends = |size| pieces(size).map(|piece| (piece.start, piece.end)).collect::<Vec<_>>();
        assert_eq!(ends(0), []);
        assert_eq!(ends(16), [(0, 16)]);
        assert_eq!(ends(524_288), [(0, 524_288)]);
        assert_eq!(ends(524_304), [(0, 524_288), (524_288, 524_304)]);
    }
}
