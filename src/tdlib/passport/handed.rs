//! A save that TDLib was handed: followed to its end by a task of its own, whether anybody still waits for it or not.
//!
//! TDLib cannot be told to give a save up. But a second save of the same kind takes the place of the first one, which
//! ends with 406; so a save with new files is given up by another whose files never come: TDLib waits for the program to
//! make them, and is told that they cannot be made. Nothing of it is ever sent.
//!
//! What lies on the disk for TDLib stays until it has answered, and the next save of this kind begins after that.

use std::collections::BTreeMap;
use std::sync::Arc;

use tdlib_rs::enums::{self, InputFile};
use tdlib_rs::types;
use tokio::sync::{Mutex, Notify, OwnedMutexGuard};
use tokio::time::timeout;

use super::functions::{FinishFileGeneration, SetPassportElement};
use super::layout::Layout;
use super::repeating;
use super::save::Uploads;
use super::transfer::transfer;
use crate::element::ElementType;
use crate::passport::Cancel;
use crate::passport::cancel::LAST_WORD;
use crate::tdlib::client::{Client, RequestError};
use crate::vault::Password;

/// By which TDLib's question for a file is known to be about one of these.
const CONVERSION: &str = "given-up";

/// Saves of one kind go one after the other: of two at once TDLib drops the first.
pub(super) struct Turns(BTreeMap<ElementType, Arc<Mutex<()>>>);

impl Default for Turns {
    fn default() -> Self {
        Self(ElementType::ALL.into_iter().map(|kind| (kind, Arc::default())).collect())
    }
}

impl Turns {
    /// Waits for its turn.
    pub(super) async fn of(&self, kind: ElementType) -> OwnedMutexGuard<()> {
        let turn = self.0.get(&kind).cloned().unwrap_or_default();
        turn.lock_owned().await
    }
}

/// A save as TDLib is handed it.
pub(super) struct Handed {
    pub(super) client: Client,
    pub(super) element: enums::InputPassportElement,
    /// What takes its place to give it up; `None` if it has no new files, and is sent at once.
    pub(super) in_its_place: Option<enums::InputPassportElement>,
    pub(super) password: Arc<Password>,
    pub(super) has_files: bool,
    pub(super) uploads: Uploads,
    pub(super) layout: Option<Layout>,
    /// Somebody gives it up, or does not wait any more.
    pub(super) given_up: Cancel,
    pub(super) turn: OwnedMutexGuard<()>,
}

/// How it ended.
pub(super) enum Ended {
    /// TDLib has answered.
    Answered(Box<Result<enums::PassportElement, RequestError>>),
    /// TDLib repeats it for ever.
    Repeated,
    /// It was given up. If all its files had been sent, it may have been sent itself before.
    GivenUp { may_be_sent: bool },
}

impl Handed {
    pub(super) async fn run(self) -> Ended {
        let Self { client, element, in_its_place, password, has_files, mut uploads, layout, given_up, turn } =
            self;
        let repeating = Notify::new();
        let set = SetPassportElement { element, password: password.as_str() };
        let ended = {
            let answering = transfer(&client, &set, |file| uploads.moved(file, &repeating));
            let mut answering = std::pin::pin!(answering);
            tokio::select! {
                biased;
                answer = &mut answering => Ended::Answered(Box::new(answer)),
                () = repeating.notified() => Ended::Repeated,
                () = repeating::sends_without_end(&client), if !has_files => Ended::Repeated,
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
                    match answer.await {
                        Ok(answer) if !answer.as_ref().is_err_and(was_displaced) => Ended::Answered(Box::new(answer)),
                        _ => Ended::GivenUp { may_be_sent: true },
                    }
                }
            }
        };
        drop(layout);
        drop(turn);
        match ended {
            Ended::GivenUp { .. } => Ended::GivenUp { may_be_sent: uploads.are_done() },
            Ended::Answered(answer) => {
                if answer.is_ok() {
                    uploads.done();
                }
                Ended::Answered(answer)
            }
            Ended::Repeated => Ended::Repeated,
        }
    }
}

/// TDLib's word for a save whose place another has taken.
pub(super) fn was_displaced(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused { code: 406, .. })
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
