//! Telling when TDLib saves the same element again and again: it does so for as long as Telegram answers
//! `SECURE_SECRET_INVALID`, always under the secret it remembers, and tells nobody.
//!
//! What can be seen of it from outside: files are told of as sent over and over, or, where there are none, bytes go
//! out without end.

use std::time::Duration;

use tdlib_rs::{enums, types};

use super::functions::GetNetworkStatistics;
use crate::tdlib::client::Client;

/// So often a file may be told of after all of it was sent. TDLib tells it two or three times.
const TOLD: u32 = 20;
/// So much may go out during a save without files, in bytes: a hundred times what one takes.
const SENT: i64 = 256 * 1024;
/// How often that is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Counts how often a file is told of after all of it was sent.
#[derive(Debug, Default)]
pub(super) struct ToldOf(u32);

impl ToldOf {
    /// Notes what TDLib tells of a file with so many bytes; true if it is sent again and again.
    pub(super) fn again_and_again(&mut self, file: &types::File, size: u64) -> bool {
        let whole = u64::try_from(file.remote.uploaded_size).is_ok_and(|sent| sent >= size);
        self.0 += u32::from(whole);
        self.0 > TOLD
    }
}

/// Returns when far more was sent, files aside, than a save takes.
pub(super) async fn sends_without_end(client: &Client) {
    // Whoever cannot be asked is not waited for either: the save itself ends then.
    let mut first = None;
    loop {
        if let Ok(statistics) = client.call(&GetNetworkStatistics { only_current: true }).await {
            let sent = statistics.entries.iter().filter_map(beside_files).sum::<i64>();
            if sent - *first.get_or_insert(sent) > SENT {
                return;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn beside_files(entry: &enums::NetworkStatisticsEntry) -> Option<i64> {
    match entry {
        enums::NetworkStatisticsEntry::File(entry) => {
            matches!(entry.file_type, None | Some(enums::FileType::None)).then_some(entry.sent_bytes)
        }
        enums::NetworkStatisticsEntry::Call(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(bytes: i64) -> types::File {
        let remote = types::RemoteFile { uploaded_size: bytes, ..Default::default() };
        types::File { remote, ..Default::default() }
    }

    #[test]
    fn a_file_on_its_way_is_not_a_file_sent_again() {
        let mut told = ToldOf::default();
        assert!((0..1000).all(|bytes| !told.again_and_again(&sent(bytes), 1000)));
        assert!((0..TOLD).all(|_| !told.again_and_again(&sent(1010), 1000)));
        assert!(told.again_and_again(&sent(1000), 1000));
    }
}
