use std::sync::Mutex;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::Vaulted;
use crate::cloud::{CloudError, InputSecureFile, SecureCloud};
use crate::element::Part;
use crate::passport::{Progress, Transferred};
use crate::vault::{SealedFile, upload_checksum};

/// The largest file that `upload.saveFilePart` takes; larger ones go by `upload.saveBigFilePart`.
const LARGEST_SMALL_FILE: usize = 10 * 1024 * 1024;

/// A part has 32 to 512 KiB: a size that divides 512 KiB, and no more of them than this where possible.
const SMALLEST_PART: usize = 32 * 1024;
const LARGEST_PART: usize = 512 * 1024;
const PARTS: usize = 32;

/// How many parts are on their way at once, over all files of an element.
const AT_ONCE: usize = 6;

/// A sealed file on its way into an element.
pub(super) struct Upload {
    pub(super) part: Part,
    pub(super) sealed: SealedFile,
    /// The number under which its parts are gathered, chosen at random.
    file_id: i64,
    md5_checksum: String,
}

impl Upload {
    /// Slow for large files: run it on a blocking thread.
    pub(super) fn new(part: Part, sealed: SealedFile, file_id: i64) -> Self {
        let md5_checksum = upload_checksum(&sealed.ciphertext);
        Self { part, sealed, file_id, md5_checksum }
    }

    /// What the element refers to the uploaded file by.
    pub(super) fn input(&self) -> InputSecureFile {
        InputSecureFile::Uploaded {
            id: self.file_id,
            parts: self.part_count(),
            md5_checksum: self.md5_checksum.clone(),
            file_hash: self.sealed.hash.0.to_vec(),
            secret: self.sealed.secret.0.to_vec(),
        }
    }

    fn size(&self) -> usize {
        self.sealed.ciphertext.len()
    }

    fn part_count(&self) -> u32 {
        let count = self.size().div_ceil(part_size(self.size()));
        u32::try_from(count).expect("a file in memory has fewer parts")
    }

    fn piece(&self, index: u32) -> Vec<u8> {
        let size = part_size(self.size());
        let start = index as usize * size;
        self.sealed.ciphertext[start..self.size().min(start + size)].to_vec()
    }
}

fn part_size(size: usize) -> usize {
    let mut part = SMALLEST_PART;
    while part < LARGEST_PART && size > part * PARTS {
        part *= 2;
    }
    part
}

impl<C: SecureCloud> Vaulted<C> {
    /// Uploads all parts of all files, several at once.
    pub(super) async fn upload_all(&self, uploads: &[Upload], progress: &Progress) -> Result<(), CloudError> {
        let done = &Mutex::new(vec![0; uploads.len()]);
        let total = Some(uploads.iter().map(|upload| upload.size() as u64).sum());
        let mut parts = Vec::new();
        for (file, upload) in uploads.iter().enumerate() {
            parts.extend((0..upload.part_count()).map(|index| (file, index)));
        }
        stream::iter(parts)
            .map(|(file, index)| async move {
                let upload = &uploads[file];
                let sent = self.upload_part(upload, index).await?;
                let (part_done, all_done) = {
                    let mut done = done.lock().expect("nobody panics while counting");
                    done[file] += sent;
                    (done[file], done.iter().sum())
                };
                progress.report(Transferred {
                    part: Some(upload.part),
                    part_done,
                    part_total: Some(upload.size() as u64),
                    done: all_done,
                    total,
                });
                Ok(())
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Uploads the part with this number again, of every file that has one: the server does not say of which it
    /// is missing (`FILE_PART_n_MISSING`).
    pub(super) async fn upload_again(&self, uploads: &[Upload], index: u32) -> Result<(), CloudError> {
        for upload in uploads.iter().filter(|upload| index < upload.part_count()) {
            self.upload_part(upload, index).await?;
        }
        Ok(())
    }

    async fn upload_part(&self, upload: &Upload, index: u32) -> Result<u64, CloudError> {
        let bytes = upload.piece(index);
        let sent = bytes.len() as u64;
        if upload.size() > LARGEST_SMALL_FILE {
            self.cloud.save_big_file_part(upload.file_id, index, upload.part_count(), bytes).await?;
        } else {
            self.cloud.save_file_part(upload.file_id, index, bytes).await?;
        }
        Ok(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_sizes_follow_telegrams_rules() {
        for size in [64, 32 << 10, (32 << 10) + 16, 1 << 20, 10 << 20, (10 << 20) + 48, 100 << 20] {
            let part = part_size(size);
            assert!(part.is_multiple_of(1024) && (512 * 1024_usize).is_multiple_of(part));
            assert!((SMALLEST_PART..=LARGEST_PART).contains(&part));
            assert!(size <= part * PARTS || part == LARGEST_PART, "{size} in parts of {part}");
        }
    }
}
