//! Calls that move files: as long as something moves, they may take their time.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tdlib_rs::types;
use tokio::time::{Instant, sleep_until};

use crate::tdlib::client::{MissedUpdates, RequestError, Sent, TdlibUpdate, Updates, after_sending};
use crate::tdlib::function::Function;

/// How long nothing may move.
const QUIET: Duration = Duration::from_secs(60);
/// How long a transfer may take at all.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What TDLib tells of files while they move.
pub(super) enum FileUpdate<'a> {
    /// A file has changed.
    File(&'a types::File),
    /// One may have: what TDLib told was not read.
    Missed,
}

/// Waits for an answer and tells how files move on, by updates from before the call; `moved` says whether that is one of
/// the call's files and has moved.
pub(super) async fn transfer<F: Function>(
    sent: Sent<F>,
    updates: Updates,
    moved: impl FnMut(FileUpdate<'_>) -> bool,
) -> Result<F::Answer, RequestError> {
    let quiet = || Err(after_sending::<F>(RequestError::TimedOut { function: F::NAME, after: QUIET }));
    follow(sent.answer(LONGEST), updates, moved).await.unwrap_or_else(quiet)
}

/// Goes on until there is an answer; `None` if nothing moves any more. All that TDLib told before it answered is taken note of
/// before the answer counts.
async fn follow<T>(
    answer: impl Future<Output = T>,
    mut updates: Updates,
    mut moved: impl FnMut(FileUpdate<'_>) -> bool,
) -> Option<T> {
    let mut answer = pin!(answer);
    let mut quiet_time = pin!(sleep_until(Instant::now() + QUIET));
    loop {
        tokio::select! {
            biased;
            update = updates.next() => match update {
                Some(update) => {
                    if note(update, &mut moved) {
                        quiet_time.as_mut().reset(Instant::now() + QUIET);
                    }
                }
                None => return Some(answer.await),
            },
            answer = &mut answer => {
                // It may have come behind updates that were not there a moment ago.
                for update in updates.at_hand() {
                    note(update, &mut moved);
                }
                return Some(answer);
            }
            () = &mut quiet_time => return None,
        }
    }
}

fn note(update: Result<TdlibUpdate, MissedUpdates>, moved: &mut impl FnMut(FileUpdate<'_>) -> bool) -> bool {
    let Ok(update) = update else { return moved(FileUpdate::Missed) };
    if update.name() != "updateFile" {
        return false;
    }
    match update.read::<types::UpdateFile>() {
        Ok(update) => moved(FileUpdate::File(&update.file)),
        Err(_) => moved(FileUpdate::Missed),
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::sync::Arc;
    use std::task::Poll;

    use serde_json::{Value, json};
    use tokio::sync::{broadcast, watch};

    use super::*;
    use crate::tdlib::hub::Authorization;

    struct Told {
        updates: broadcast::Sender<Arc<Value>>,
        _authorization: watch::Sender<Authorization>,
    }

    fn told() -> (Told, Updates) {
        let (updates, _) = broadcast::channel(4);
        let (sender, authorization) = watch::channel(Authorization::default());
        let subscribed = Updates::of(&updates, authorization);
        (Told { updates, _authorization: sender }, subscribed)
    }

    impl Told {
        fn file(&self, id: i32) {
            let file = types::File { id, ..Default::default() };
            let mut file = serde_json::to_value(file).unwrap();
            file["@type"] = json!("file");
            self.updates.send(Arc::new(json!({ "@type": "updateFile", "file": file }))).unwrap();
        }
    }

    fn noting(notes: &mut Vec<Option<i32>>) -> impl FnMut(FileUpdate<'_>) -> bool {
        |update| {
            notes.push(match update {
                FileUpdate::File(file) => Some(file.id),
                FileUpdate::Missed => None,
            });
            true
        }
    }

    #[tokio::test]
    async fn what_tdlib_told_before_it_answered_is_heard_before_the_answer_counts() {
        let (told, updates) = told();
        (1..=2).for_each(|id| told.file(id));
        let mut notes = Vec::new();
        assert_eq!(follow(ready("answer"), updates, noting(&mut notes)).await, Some("answer"));
        assert_eq!(notes, [Some(1), Some(2)]);
    }

    /// The last updates come, and then the answer, between a look at the updates and one at the answer.
    #[tokio::test]
    async fn what_comes_right_before_the_answer_is_heard_too() {
        let (told, updates) = self::told();
        let answer = poll_fn(|_| {
            (1..=2).for_each(|id| told.file(id));
            Poll::Ready("answer")
        });
        let mut notes = Vec::new();
        assert_eq!(follow(answer, updates, noting(&mut notes)).await, Some("answer"));
        assert_eq!(notes, [Some(1), Some(2)]);
    }

    #[tokio::test]
    async fn updates_that_were_lost_or_cannot_be_read_are_told_as_missed() {
        let (told, updates) = told();
        (1..=6).for_each(|id| told.file(id));
        let mut notes = Vec::new();
        follow(ready(()), updates, noting(&mut notes)).await;
        assert_eq!(notes, [None, Some(3), Some(4), Some(5), Some(6)]);

        let (told, updates) = self::told();
        told.updates.send(Arc::new(json!({ "@type": "updateFile", "file": 1 }))).unwrap();
        let mut notes = Vec::new();
        follow(ready(()), updates, noting(&mut notes)).await;
        assert_eq!(notes, [None]);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_that_moves_is_ended_and_nothing_that_does_not_goes_on() {
        let (told, updates) = told();
        let begun = Instant::now();
        let moving = async {
            for id in 0..10 {
                tokio::time::sleep(QUIET / 2).await;
                told.file(id);
            }
            pending::<()>().await;
        };
        let mut notes = Vec::new();
        tokio::select! {
            ended = follow(pending::<()>(), updates, noting(&mut notes)) => assert_eq!(ended, None),
            () = moving => {}
        }
        assert_eq!(begun.elapsed(), 6 * QUIET);
        assert_eq!(notes.len(), 10);
    }
}
