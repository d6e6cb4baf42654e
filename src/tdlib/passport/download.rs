//! Stored files, opened by TDLib and handed over in memory.

use std::fs;
use std::io;
use std::path::PathBuf;

use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::Engine;
use super::answer::fact;
use super::functions::{CancelDownloadFile, DeleteFile, DownloadFile};
use super::layout::wipe;
use super::transfer::transfer;
use crate::passport::{DownloadError, ListError, Progress, SavedFile, TdlibFile, Transferred};
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
        let file = match (file.tdlib(), &self.channel) {
            (Some(file), _) => file,
            (None, Some(channel)) => return channel.download(file, progress).await,
            (None, None) => return Err(DownloadError::OtherEngine),
        };
        match (self.download_over_tdlib(file, progress).await, &self.channel) {
            // It does not say whether the file came: the channel asks for the same one.
            (Err(DownloadError::GivenUp), Some(channel)) => {
                match channel.file_of(&file.unique_id).await.map_err(unfound)? {
                    Some(same) => channel.download(&same, progress).await,
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
        self.door.unlocked().map_err(|_| DownloadError::Locked)?;
        let file_id = self.file_number(file).await.map_err(unfound)?.ok_or(DownloadError::Gone)?;
        let opened = Opened { client: &self.client, file_id, told: false };
        let download = DownloadFile { file_id, priority: PRIORITY, offset: 0, limit: 0, synchronous: true };
        let downloaded = transfer(&self.client, &download, |file| {
            let is_this = file.id == file_id;
            if is_this {
                report(progress, file.local.downloaded_size, file.expected_size);
            }
            is_this
        })
        .await
        .map_err(failed)?;
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

/// Reads the opened file and leaves nothing of it behind.
fn take_over(path: &PathBuf) -> io::Result<FileContents> {
    let read = fs::read(path).map(Zeroizing::new);
    wipe(path)?;
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
        ListError::FloodWait { seconds } => DownloadError::FloodWait { seconds },
        ListError::SignedOut(reason) => DownloadError::SignedOut(reason),
        ListError::Cloud(error) => DownloadError::Cloud(error),
        ListError::SecretMissing | ListError::Tampered(_) => DownloadError::Gone,
        _ => DownloadError::Locked,
    }
}
