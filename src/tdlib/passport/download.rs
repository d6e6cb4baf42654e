//! Stored files, opened by TDLib and handed over in memory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::answer::fact;
use super::engine::Engine;
use super::functions::{CancelDownloadFile, DeleteFile, DownloadFile};
use super::repeating::{Downloading, Told};
use super::saved::TdlibFile;
use super::transfer::{FileUpdate, transfer};
use crate::passport::{DownloadError, ListError, Progress, Refusal, SavedFile, Transferred, in_time};
use crate::tdlib::client::{Client, RequestError};
use crate::vault::FileContents;

/// TDLib's highest.
const PRIORITY: i32 = 32;

impl Engine {
    pub(super) async fn download_file(
        &self,
        file: &SavedFile,
        progress: &Progress,
    ) -> Result<FileContents, DownloadError> {
        let file = match (TdlibFile::of(file), &self.channel) {
            (Some(file), _) => file,
            (None, Some(channel)) => return channel.0.download(file, progress).await,
            (None, None) => return Err(DownloadError::OtherEngine),
        };
        match (self.download_over_tdlib(file, progress).await, &self.channel) {
            // It does not say whether the file came: the channel asks for the same one.
            (Err(DownloadError::GivenUp), Some(channel)) => {
                match channel.file_of(&file.unique_id).await.map_err(unfound)? {
                    Some(same) => channel.0.download(&same, progress).await,
                    None => Err(DownloadError::GivenUp),
                }
            }
            (downloaded, _) => downloaded,
        }
    }

    async fn download_over_tdlib(
        &self,
        file: &TdlibFile,
        progress: &Progress,
    ) -> Result<FileContents, DownloadError> {
        self.lock_state.unlocked().map_err(|_| DownloadError::Refused(Refusal::Locked))?;
        let number = in_time(async { self.file_number(file, &self.shared().await).await });
        let number = number.await.map_err(unfound)?;
        let file_id = number.ok_or(DownloadError::Gone)?;
        // Whoever comes second would find the file gone.
        let turn = self.downloads.of(file_id);
        let _turn = turn.lock().await;
        let opened = Opened { client: &self.client, file_id, told: false };
        let download = DownloadFile { file_id, priority: PRIORITY, offset: 0, limit: 0, synchronous: true };
        let in_vain = Notify::new();
        let mut told = Downloading::default();
        let updates = self.client.updates();
        let sent = self.client.send(&download).map_err(failed)?;
        let downloading = transfer(sent, updates, |update| {
            let FileUpdate::File(file) = update else { return false };
            if file.id != file_id {
                return false;
            }
            match told.note(file.local.downloaded_size) {
                Told::More => {}
                Told::Nothing => return false,
                Told::InVain => {
                    in_vain.notify_one();
                    return false;
                }
            }
            report(progress, file.local.downloaded_size, file.expected_size);
            true
        });
        // To drop what was opened tells TDLib to stop.
        let downloaded = tokio::select! {
            biased;
            downloaded = downloading => downloaded.map_err(failed)?,
            () = in_vain.notified() => return Err(DownloadError::GivenUp),
        };
        let path = PathBuf::from(downloaded.local.path);
        let contents = spawn_blocking(move || take_over(&path)).await.expect("reading a file does not panic");
        opened.gone().await.map_err(fact)?;
        let contents = contents.map_err(DownloadError::TakeOver)?;
        let size = i64::try_from(contents.as_bytes().len()).unwrap_or(i64::MAX);
        report(progress, size, size);
        Ok(contents)
    }
}

/// An opened file that may lie in TDLib's folder until this is dropped, also when nobody waits for it any more.
struct Opened<'a> {
    client: &'a Client,
    file_id: i32,
    told: bool,
}

impl Opened<'_> {
    /// Tells TDLib, which would believe that the file is still there.
    async fn gone(mut self) -> Result<(), RequestError> {
        self.client.call(&DeleteFile { file_id: self.file_id }).await?;
        self.told = true;
        Ok(())
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        if self.told {
            return;
        }
        let file_id = self.file_id;
        // A closed client has nothing to be told.
        let _ = self.client.send(&CancelDownloadFile { file_id, only_if_pending: false });
        let _ = self.client.send(&DeleteFile { file_id });
    }
}

/// Reads the opened file and removes it. It is not overwritten: somebody else may be reading it.
fn take_over(path: &Path) -> io::Result<FileContents> {
    let read = fs::read(path).map(Zeroizing::new);
    fs::remove_file(path)?;
    read.map(FileContents::from)
}

fn report(progress: &Progress, done: i64, total: i64) {
    let done = u64::try_from(done).unwrap_or_default();
    // 0 while TDLib does not know.
    let total = u64::try_from(total).ok().filter(|total| *total > 0).map(|total| total.max(done));
    progress.report(Transferred { part: None, part_done: done, part_total: total, done, total });
}

/// TDLib has one sentence for a file that it could not get and for one that it could not open.
fn failed(error: RequestError) -> DownloadError {
    match &error {
        RequestError::Refused { message, .. } if message.starts_with("File download has failed") => {
            DownloadError::GivenUp
        }
        _ => fact(error).into(),
    }
}

fn unfound(error: ListError) -> DownloadError {
    match error {
        ListError::Refused(Refusal::NoSecret | Refusal::Tampered(_)) => DownloadError::Gone,
        ListError::Refused(refusal) => DownloadError::Refused(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_taken_over_is_gone_and_its_readers_see_it_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scan");
        fs::write(&path, b"a face").unwrap();
        let mut reader = fs::File::open(&path).unwrap();
        assert_eq!(take_over(&path).unwrap().as_bytes(), b"a face");
        assert!(!path.exists());
        let mut read = Vec::new();
        io::Read::read_to_end(&mut reader, &mut read).unwrap();
        assert_eq!(read, b"a face");
        assert!(take_over(&path).is_err(), "what is not there is no file of zeros");
    }
}
