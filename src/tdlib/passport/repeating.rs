//! Telling when TDLib saves the same element again and again: it does so for as long as Telegram answers
//! `SECURE_SECRET_INVALID`, always under the secret it remembers, and tells nobody.
//!
//! What can be seen of it from outside: files are told of as sent over and over, or, where there are none, bytes go
//! out without end. TDLib counts the bytes of all that a client does, so those are counted only that went out while
//! nobody else asked this client for anything, and beyond what came in: an app that is busy, or an account that is told
//! of much, is no save that repeats itself.
//!
//! A download is told of over and over, too, where Telegram refuses the file's reference each time.

use std::time::Duration;

use tdlib_rs::{enums, types};

use super::functions::GetNetworkStatistics;
use crate::tdlib::client::Client;

/// So often a file may be told of after all of it was sent. TDLib tells it two or three times.
const TOLD: u32 = 20;
/// So often a file may be told of during its download without having grown.
const TOLD_IN_VAIN: u32 = 200;
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

/// Counts how often a file is told of during its download without having grown.
#[derive(Debug, Default)]
pub(super) struct Downloading {
    most: i64,
    in_vain: u32,
}

/// What an update tells of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It has grown.
    More,
    /// It has not.
    Nothing,
    /// It has not, over and over.
    InVain,
}

impl Downloading {
    /// Notes that TDLib told of the file when it had so many bytes.
    pub(super) fn note(&mut self, bytes: i64) -> Told {
        if bytes > self.most {
            (self.most, self.in_vain) = (bytes, 0);
            return Told::More;
        }
        self.in_vain += 1;
        if self.in_vain > TOLD_IN_VAIN { Told::InVain } else { Told::Nothing }
    }
}

/// What was seen at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Bytes, files aside.
    sent: i64,
    received: i64,
    /// How often the client was asked for something.
    asked: u64,
    /// How much of that is still to be answered.
    waiting: usize,
}

/// The bytes that went out with nobody else there to send them for.
#[derive(Debug, Default)]
struct Alone {
    before: Option<Seen>,
    sent: i64,
}

impl Alone {
    /// Notes what is seen now; true if far more went out than a save takes.
    fn sends_without_end(&mut self, now: Seen) -> bool {
        if let Some(before) = self.before.replace(now) {
            // The save is waited for, and between two looks only the second one was asked for.
            let alone = before.waiting <= 1 && now.waiting <= 1 && now.asked == before.asked + 1;
            let beyond = (now.sent - before.sent) - (now.received - before.received);
            if alone {
                self.sent += beyond.max(0);
            }
        }
        self.sent > SENT
    }
}

/// Returns when far more was sent, files aside, than a save takes.
pub(super) async fn sends_without_end(client: &Client) {
    let mut alone = Alone::default();
    loop {
        // Whoever cannot be asked is not waited for either: the save itself ends then.
        if let Ok(statistics) = client.call(&GetNetworkStatistics { only_current: true }).await {
            let (sent, received) = statistics
                .entries
                .iter()
                .filter_map(beside_files)
                .fold((0, 0), |(sent, received), entry| (sent + entry.0, received + entry.1));
            let (asked, waiting) = client.asked();
            if alone.sends_without_end(Seen { sent, received, asked, waiting }) {
                return;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Bytes sent and received.
fn beside_files(entry: &enums::NetworkStatisticsEntry) -> Option<(i64, i64)> {
    match entry {
        enums::NetworkStatisticsEntry::File(entry) => {
            matches!(entry.file_type, None | Some(enums::FileType::None))
                .then_some((entry.sent_bytes, entry.received_bytes))
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
    fn a_busy_app_is_no_save_that_repeats_itself() {
        let seen = |second: i64, asked: u64, waiting| Seen {
            sent: second * 64 * 1024,
            received: second * 1024,
            asked,
            waiting,
        };
        // Nobody else asks for anything, and it goes out all the same.
        let mut alone = Alone::default();
        assert!((0..10).any(|second| alone.sends_without_end(seen(second, second as u64, 1))));
        // Somebody asks for something between any two looks, or still waits for it.
        let mut busy = Alone::default();
        assert!((0..60).all(|second| !busy.sends_without_end(seen(second, 2 * second as u64, 1))));
        let mut waiting = Alone::default();
        assert!((0..60).all(|second| !waiting.sends_without_end(seen(second, second as u64, 2))));
        // An account that is told much acknowledges much.
        let mut told_much = Alone::default();
        let much = |second: i64| Seen { received: second * 1024 * 1024, ..seen(second, second as u64, 1) };
        assert!((0..60).all(|second| !told_much.sends_without_end(much(second))));
    }

    #[test]
    fn a_download_that_grows_is_not_in_vain() {
        let mut told = Downloading::default();
        assert!((1..10_000).all(|bytes| told.note(bytes) == Told::More));
        assert!((0..TOLD_IN_VAIN).all(|_| told.note(9_999) == Told::Nothing));
        assert_eq!(told.note(0), Told::InVain);
        assert_eq!(told.note(10_000), Told::More);
        assert_eq!(told.note(10_000), Told::Nothing);
    }

    #[test]
    fn a_file_on_its_way_is_not_a_file_sent_again() {
        let mut told = ToldOf::default();
        assert!((0..1000).all(|bytes| !told.again_and_again(&sent(bytes), 1000)));
        assert!((0..TOLD).all(|_| !told.again_and_again(&sent(1010), 1000)));
        assert!(told.again_and_again(&sent(1000), 1000));
    }
}
