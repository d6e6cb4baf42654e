//! A save that TDLib was handed: followed to its end by a task of its own, whether anybody still waits for it or not.
//!
//! TDLib cannot be told to give a save up. But a second save of the same kind takes the place of the first one, which
//! ends with 406; so a save with new files is given up by another whose files never come: TDLib waits for the program to
//! make them, and is told that they cannot be made. Nothing of it is ever sent.
//!
//! What is told to the caller, and what lies on the disk for TDLib, does not wait for TDLib without end. Its turn does:
//! the next save of this kind, or a deletion, begins when TDLib has answered, or its client is closed.

use std::sync::Arc;

use tdlib_rs::enums::{self, InputFile};
use tdlib_rs::types;
use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::time::timeout;

use super::functions::{FinishFileGeneration, SetPassportElement};
use super::repeating;
use super::transfer::transfer;
use super::turns::Turn;
use super::upload_folder::UploadFolder;
use super::uploads::Uploads;
use crate::passport::Cancel;
use crate::passport::cancel::LAST_WORD;
use crate::tdlib::client::{Client, RequestError};
use crate::vault::Password;

/// By which TDLib's question for a file is known to be about one of these.
const CONVERSION: &str = "given-up";

/// A save as TDLib is handed it.
pub(super) struct Handed {
    pub(super) client: Client,
    pub(super) element: enums::InputPassportElement,
    /// What takes its place to give it up; `None` if it has no new files, and is sent at once.
    pub(super) in_its_place: Option<enums::InputPassportElement>,
    pub(super) password: Arc<Password>,
    pub(super) has_files: bool,
    pub(super) uploads: Uploads,
    pub(super) layout: Option<UploadFolder>,
    /// Somebody gives it up, or does not wait any more.
    pub(super) given_up: Cancel,
    /// Until TDLib has answered.
    pub(super) turn: Turn,
    /// Until it is told how it ended.
    pub(super) line: OwnedMutexGuard<()>,
}

type Answer = Result<enums::PassportElement, RequestError>;

/// How it ended.
pub(super) enum Ended {
    /// TDLib has answered.
    Answered(Box<Answer>),
    /// TDLib repeats it for ever.
    Repeated,
    /// It was given up.
    GivenUp {
        /// Unless TDLib said that it is over before all its files had arrived: it sends the element after the last of
        /// them.
        may_be_sent: bool,
    },
}

/// What was waited for first.
enum First {
    Answer(Answer),
    Repeated,
    /// With what TDLib said in the time that was left.
    GivenUp(Option<Answer>),
}

impl Handed {
    pub(super) async fn run(self) -> Ended {
        let Self {
            client,
            element,
            in_its_place,
            password,
            has_files,
            mut uploads,
            layout,
            given_up,
            turn,
            line,
        } = self;
        let repeating = Notify::new();
        let updates = client.updates();
        let sent = match turn.send(&SetPassportElement { element, password: password.as_str() }) {
            Ok(sent) => sent,
            Err(error) => return Ended::Answered(Box::new(Err(error))),
        };
        // Held from here on for as long as TDLib is at it, and no longer.
        drop(turn);
        let first = {
            let answering = transfer(sent, updates, |update| uploads.note(update, &repeating));
            let mut answering = std::pin::pin!(answering);
            tokio::select! {
                biased;
                answer = &mut answering => First::Answer(answer),
                () = repeating.notified() => First::Repeated,
                () = repeating::sends_without_end(&client), if !has_files => First::Repeated,
                () = given_up.cancelled() => {
                    let giving_up = async {
                        if let Some(element) = in_its_place {
                            take_its_place(&client, element, &password).await;
                        }
                    };
                    let mut giving_up = std::pin::pin!(giving_up);
                    let answer = timeout(LAST_WORD, async {
                        tokio::select! {
                            answer = &mut answering => answer,
                            () = &mut giving_up => answering.await,
                        }
                    });
                    First::GivenUp(answer.await.ok())
                }
            }
        };
        // What TDLib repeats, it cannot read again.
        drop(layout);
        let ended = match first {
            First::Answer(answer) => Ended::Answered(Box::new(answer)),
            First::Repeated => Ended::Repeated,
            First::GivenUp(answer) => after_giving_up(answer, &uploads),
        };
        if let Ended::Answered(answer) = &ended
            && answer.is_ok()
        {
            uploads.done();
        }
        drop(line);
        ended
    }
}

/// What may be said of a save that was given up: that it is not stored only if TDLib said that it is over, and is known
/// not to have had all its files. Where TDLib told nothing, nothing is known.
fn after_giving_up(answer: Option<Answer>, uploads: &Uploads) -> Ended {
    match answer {
        Some(answer) if !answer.as_ref().is_err_and(was_displaced) => Ended::Answered(Box::new(answer)),
        Some(_) => Ended::GivenUp { may_be_sent: uploads.may_be_done() },
        None => Ended::GivenUp { may_be_sent: true },
    }
}

/// TDLib's word for a save whose place another has taken.
pub(super) fn was_displaced(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused { code: 406, message, .. } if message == "Request canceled")
}

/// Has TDLib begin another save of the same kind, and not find its files.
async fn take_its_place(client: &Client, element: enums::InputPassportElement, password: &Password) {
    let mut updates = client.updates();
    let set = SetPassportElement { element, password: password.as_str() };
    // A closed client saves nothing any more.
    let Ok(sent) = client.send(&set) else { return };
    let failing = async {
        while let Some(update) = updates.next().await {
            if let Ok(update) = update
                && update.name() == "updateFileGenerationStart"
                && let Ok(wanted) = update.read::<types::UpdateFileGenerationStart>()
                && wanted.conversion.starts_with(CONVERSION)
            {
                let error = types::Error { code: 400, message: "given up".to_owned() };
                let finish = FinishFileGeneration { generation_id: wanted.generation_id.to_string(), error };
                // Not found is not made either.
                let _ = client.call(&finish).await;
            }
        }
    };
    tokio::select! {
        _ = sent.answer(LAST_WORD) => {}
        () = failing => {}
    }
}

/// A file that never comes.
pub(super) fn never(part: usize) -> InputFile {
    InputFile::Generated(types::InputFileGenerated {
        original_path: String::new(),
        conversion: format!("{CONVERSION}-{part}"),
        expected_size: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::Part;
    use crate::passport::Progress;
    use crate::tdlib::passport::transfer::FileUpdate;

    fn uploads() -> Uploads {
        Uploads::new(
            vec![(Part::FrontSide, "/a".to_owned(), 10), (Part::Selfie, "/b".to_owned(), 10)],
            Progress::none(),
        )
    }

    fn arrived(uploads: &mut Uploads, path: &str) {
        let local = types::LocalFile { path: path.to_owned(), ..Default::default() };
        let remote = types::RemoteFile { uploaded_size: 10, ..Default::default() };
        uploads.note(FileUpdate::File(&types::File { local, remote, ..Default::default() }), &Notify::new());
    }

    fn refused(code: i32, message: &str) -> Answer {
        Err(RequestError::Refused { function: "setPassportElement", code, message: message.to_owned() })
    }

    fn may_be_sent(answer: Option<Answer>, uploads: &Uploads) -> Option<bool> {
        match after_giving_up(answer, uploads) {
            Ended::GivenUp { may_be_sent } => Some(may_be_sent),
            _ => None,
        }
    }

    #[test]
    fn only_what_tdlib_said_is_over_before_its_files_arrived_is_not_stored() {
        let displaced = || Some(refused(406, "Request canceled"));
        let mut uploads = uploads();
        assert_eq!(may_be_sent(displaced(), &uploads), Some(false));
        assert_eq!(may_be_sent(None, &uploads), Some(true), "it did not answer in time, and goes on");
        arrived(&mut uploads, "/a");
        assert_eq!(may_be_sent(displaced(), &uploads), Some(false));
        arrived(&mut uploads, "/b");
        assert_eq!(may_be_sent(displaced(), &uploads), Some(true), "the element follows the last file");
        assert_eq!(may_be_sent(None, &uploads), Some(true));
    }

    #[test]
    fn who_missed_an_update_does_not_know_what_has_arrived() {
        let mut uploads = uploads();
        arrived(&mut uploads, "/a");
        uploads.note(FileUpdate::Missed, &Notify::new());
        assert_eq!(may_be_sent(Some(refused(406, "Request canceled")), &uploads), Some(true));
    }

    #[test]
    fn another_406_is_an_answer() {
        let told = after_giving_up(Some(refused(406, "AUTH_KEY_DUPLICATED")), &uploads());
        assert!(matches!(told, Ended::Answered(_)));
    }

    #[test]
    fn without_new_files_it_is_sent_at_once() {
        let none = Uploads::new(Vec::new(), Progress::none());
        assert_eq!(may_be_sent(Some(refused(406, "Request canceled")), &none), Some(true));
    }
}
