//! How far the new files of a save have come.

use tdlib_rs::types;
use tokio::sync::Notify;

use super::repeating::ToldOf;
use super::transfer::FileUpdate;
use crate::element::Part;
use crate::passport::{Progress, Transferred};

/// A new file on its way.
struct Upload {
    part: Part,
    path: String,
    size: u64,
    done: u64,
    told: ToldOf,
}

/// The new files of a save.
pub(super) struct Uploads {
    uploads: Vec<Upload>,
    progress: Progress,
    /// Whether something that TDLib told of them may not have been read.
    missed: bool,
}

impl Uploads {
    /// Files, by where they lie and of how many bytes they are, of which nothing has arrived.
    pub(super) fn new(files: Vec<(Part, String, u64)>, progress: Progress) -> Self {
        let upload = |(part, path, size)| Upload { part, path, size, done: 0, told: ToldOf::default() };
        Self { uploads: files.into_iter().map(upload).collect(), progress, missed: false }
    }

    /// Whether all may have arrived. TDLib tells of each that it has before it sends what refers to it.
    pub(super) fn may_be_done(&self) -> bool {
        self.missed || self.uploads.iter().all(|upload| upload.done == upload.size)
    }

    /// Takes note of a file that moved on, if it is one of these; and of one that is sent again and again.
    pub(super) fn note(&mut self, update: FileUpdate<'_>, repeating: &Notify) -> bool {
        match update {
            FileUpdate::File(file) => self.moved(file, repeating),
            FileUpdate::Missed => {
                self.missed = true;
                false
            }
        }
    }

    fn moved(&mut self, file: &types::File, repeating: &Notify) -> bool {
        let Some(index) = self.uploads.iter().position(|upload| upload.path == file.local.path) else {
            return false;
        };
        let done = u64::try_from(file.remote.uploaded_size).unwrap_or_default();
        let upload = &mut self.uploads[index];
        if upload.told.again_and_again(file, upload.size) {
            repeating.notify_one();
        }
        let moved = done.min(upload.size) > upload.done;
        if moved {
            upload.done = done.min(upload.size);
            self.report(index);
        }
        moved
    }

    /// Everything has arrived, whatever TDLib told of it.
    pub(super) fn done(&mut self) {
        for index in 0..self.uploads.len() {
            let upload = &mut self.uploads[index];
            if upload.done < upload.size {
                upload.done = upload.size;
                self.report(index);
            }
        }
    }

    fn report(&self, index: usize) {
        let Upload { part, size, done, .. } = self.uploads[index];
        self.progress.report(Transferred {
            part: Some(part),
            part_done: done,
            part_total: Some(size),
            done: self.uploads.iter().map(|upload| upload.done).sum(),
            total: Some(self.uploads.iter().map(|upload| upload.size).sum()),
        });
    }
}
