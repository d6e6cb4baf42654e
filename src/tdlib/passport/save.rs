//! Saving an element: judged first, then handed to TDLib, and compared with what came back.

use std::io;
use std::pin::pin;

use tdlib_rs::enums::{self, InputFile};
use tdlib_rs::types;
use tokio::time::timeout;

use super::answer::fact;
use super::channel::Channel;
use super::engine::Engine;
use super::functions::{DeletePassportElement, SetPassportElement};
use super::handed::{Ended, Handed, never, was_displaced};
use super::input::{input, is_kept};
use super::kind;
use super::lock_state::Locked;
use super::saved::TdlibFile;
use super::turns::Turn;
use super::upload_folder::UploadFolder;
use super::uploads::Uploads;
use crate::element::{Element, ElementType, Field, Part, PartKind};
use crate::passport::cancel::LAST_WORD;
use crate::passport::changes::in_turn;
use crate::passport::refusal::refused;
use crate::passport::saving::save_problems;
use crate::passport::{
    Cancel, DeleteError, FileSource, ListError, Refusal, SaveError, SaveOptions, SaveProblem, SavedElement,
    Sight, TamperedAnswer,
};
use crate::tdlib::client::RequestError;
use crate::tdlib::function::Function as _;
use crate::tdlib::passport_locks::KindLock;

refused!(SaveError: Locked);

/// A file of an element that is ready to be saved.
enum Ready {
    Upload(FileSource),
    Keep(TdlibFile),
}

/// An element whose files lie where TDLib finds them.
struct LaidOut {
    element: Element<Part>,
    inputs: Vec<(Part, enums::InputFile)>,
    kept: Vec<(Part, TdlibFile)>,
    /// New files: where they lie, and of how many bytes they are.
    uploads: Vec<(Part, String, u64)>,
    /// Holds the new files as long as TDLib needs them.
    layout: Option<UploadFolder>,
}

/// A save before TDLib is handed it.
struct Prepared {
    element: Element<Part>,
    kept: Vec<(Part, TdlibFile)>,
    /// What was stored before it, if that was looked at.
    before: Option<Result<Option<SavedElement>, ListError>>,
    turn: Turn,
    handed: Handed,
}

pub(super) async fn save(
    engine: &Engine,
    element: Element<FileSource>,
    options: &SaveOptions,
) -> Result<SavedElement, SaveError> {
    let cancel = options.cancel.as_ref();
    if let Some(channel) = &engine.channel
        && (keeps_what_tdlib_hides(&element) || has_what_tdlib_drops(&element))
    {
        let preparing = async {
            let place = engine.client.passport_locks().to_save(element.kind()).await?;
            Ok::<_, SaveError>((engine.with_the_vaults_files(element, channel).await?, place))
        };
        let (element, _place) = Cancel::unless(cancel, preparing).await.ok_or(SaveError::Cancelled)??;
        return channel.0.save(element, options).await;
    }
    let element = judge(element)?;
    if !engine.lock_state.unlocked()?.has_secret {
        return Err(SaveError::Refused(Refusal::NoSecret));
    }
    // Until it is handed over, it is certainly not stored.
    let preparing = engine.prepare(element, options);
    let prepared = Cancel::unless(cancel, preparing).await.ok_or(SaveError::Cancelled)??;
    if cancel.is_some_and(Cancel::is_cancelled) {
        return Err(SaveError::Cancelled);
    }
    let Prepared { element, kept, before, turn, handed } = prepared;
    let given_up = handed.given_up.clone();
    let following = tokio::spawn(handed.run());
    let _given_up_by_leaving = GiveUp(given_up.clone());
    let mut following = pin!(following);
    let ended = match Cancel::unless(cancel, &mut following).await {
        Some(ended) => ended,
        None => {
            given_up.cancel();
            following.await
        }
    };
    let answer = match ended {
        Ok(Ended::Answered(answer)) => *answer,
        Ok(Ended::Repeated) => return Err(engine.is_stale()),
        Ok(Ended::GivenUp { may_be_sent: false }) => return Err(SaveError::Cancelled),
        Ok(Ended::GivenUp { may_be_sent: true }) => {
            return engine.after_giving_up(&element, &kept, before, &turn).await;
        }
        // The runtime ends, and with it the task.
        Err(_) => return Err(unknown()),
    };
    let answer = match answer {
        Err(error) if cannot_send_again(&error) => return Err(engine.is_stale()),
        // Somebody else saves through the same client: what was sent by then, nobody knows.
        Err(error) if was_displaced(&error) => return Err(unknown()),
        answer => answer.map_err(fact)?,
    };
    let mut saved = engine.files.learn(answer);
    check(element, &kept, &saved)?;
    if engine.channel.is_some() {
        // What TDLib saves has no other fields than those it shows.
        saved.sight = Sight::Whole;
    }
    Ok(saved)
}

impl Engine {
    /// Waits for its turn and lays everything out.
    async fn prepare(&self, element: Element<Ready>, options: &SaveOptions) -> Result<Prepared, SaveError> {
        let kind = element.kind();
        let KindLock { line, element: place } = self.client.passport_locks().to_save(kind).await?;
        let turn = in_turn(self.shared()).await?;
        let unlocked = self.lock_state.unlocked()?;
        // What is stored tells afterwards whether a save that was given up has come through.
        let before = match options.cancel {
            Some(_) => Some(self.look(kind, &turn).await),
            None => None,
        };
        let LaidOut { element, inputs, kept, uploads, layout } = self.lay_out(element, &turn).await?;
        let at = |part: Part| inputs.iter().position(|(place, _)| *place == part);
        let with = |file: &dyn Fn(usize) -> InputFile| {
            let filled = element.clone().try_map_files(|part, _| at(part).map(file).ok_or(part));
            // What a valid element has, TDLib can be given.
            filled.ok().and_then(input).ok_or(SaveError::Flawed { kind, problems: Vec::new() })
        };
        let handed = Handed {
            client: self.client.clone(),
            in_its_place: if layout.is_some() { Some(with(&never)?) } else { None },
            element: with(&|at| inputs[at].1.clone())?,
            password: unlocked.password,
            has_files: !inputs.is_empty(),
            uploads: Uploads::new(uploads, options.progress.clone()),
            layout,
            given_up: Cancel::new(),
            turn: turn.clone().and(place),
            line,
        };
        Ok(Prepared { element, kept, before, turn, handed })
    }

    /// The element of this kind as Telegram has it now.
    async fn look(&self, kind: ElementType, turn: &Turn) -> Result<Option<SavedElement>, ListError> {
        Ok(self.read_all(turn).await?.into_iter().find(|saved| saved.kind == kind))
    }

    /// What came of a save that was given up and may have been sent, by what is stored now.
    async fn after_giving_up(
        &self,
        sent: &Element<Part>,
        kept: &[(Part, TdlibFile)],
        before: Option<Result<Option<SavedElement>, ListError>>,
        turn: &Turn,
    ) -> Result<SavedElement, SaveError> {
        let Ok(Ok(now)) = timeout(LAST_WORD, self.look(sent.kind(), turn)).await else {
            return Err(unknown());
        };
        match (before, now) {
            (Some(Ok(before)), Some(now)) if before.as_ref() != Some(&now) => {
                check(sent.clone(), kept, &now).map(|()| now).map_err(|_| unknown())
            }
            _ => Err(unknown()),
        }
    }

    /// The element with the vault's handles in place of TDLib's for the files that stay.
    async fn with_the_vaults_files(
        &self,
        element: Element<FileSource>,
        channel: &Channel,
    ) -> Result<Element<FileSource>, SaveError> {
        let kind = element.kind();
        let tdlibs =
            |file: &FileSource| matches!(file, FileSource::Keep(file) if TdlibFile::of(file).is_some());
        if !element.files().any(|(_, file)| tdlibs(file)) {
            return Ok(element);
        }
        let unlocked = self.lock_state.unlocked()?;
        let turn = in_turn(self.shared()).await?;
        let shown = self.ask_for(kind, &unlocked, &turn).await.map_err(unlisted)?;
        let stored = channel.whole(kind, None).await.map_err(unlisted)?;
        let (shown, stored) =
            (shown.as_ref().and_then(SavedElement::element), stored.as_ref().and_then(SavedElement::element));
        element.try_map_files(|part, source| match source {
            FileSource::Keep(file) if TdlibFile::of(&file).is_some() => {
                // The same place in the same element, uploaded at the same time.
                let at = shown.and_then(|shown| shown.files().find(|(_, other)| **other == file));
                let same = at.and_then(|(at, _)| stored?.file(at)).filter(|same| same.date() == file.date());
                same.cloned().map(FileSource::Keep).ok_or(SaveError::CannotKeep { part })
            }
            other => Ok(other),
        })
    }

    /// TDLib remembers a secret that Telegram no longer takes. New files go away with their layout, and with them what
    /// TDLib repeats; without files it goes on until the client is closed.
    fn is_stale(&self) -> SaveError {
        self.lock_state.secret_gone();
        SaveError::SecretStale
    }

    pub(super) async fn delete_elements(&self, kinds: &[ElementType]) -> Result<(), DeleteError> {
        for (index, kind) in kinds.iter().enumerate() {
            if let Err(reason) = self.delete_one(*kind).await {
                if index == 0 {
                    return Err(reason);
                }
                return Err(DeleteError::InPart {
                    deleted: kinds[..index].to_vec(),
                    reason: Box::new(reason),
                });
            }
        }
        Ok(())
    }

    async fn delete_one(&self, kind: ElementType) -> Result<(), DeleteError> {
        // Not while a save could bring it back.
        let KindLock { line: _line, element } = self.client.passport_locks().to_delete(kind).await?;
        let turn = in_turn(self.shared()).await?.and(element);
        let delete = DeletePassportElement { r#type: kind::to_tdlib(kind) };
        turn.call(&delete).await.map_err(fact)?;
        Ok(())
    }

    async fn lay_out(&self, element: Element<Ready>, turn: &Turn) -> Result<LaidOut, SaveError> {
        let (mut inputs, mut kept, mut uploads) = (Vec::new(), Vec::new(), Vec::new());
        let mut layout = None;
        for (part, file) in element.files() {
            let input = match file {
                Ready::Upload(source) => {
                    let scan = source.to_upload().unwrap_or_default();
                    let path = self
                        .lay_out_scan(&mut layout, scan)
                        .map_err(|reason| SaveError::LayOut { part, reason })?;
                    let size = scan.len() as u64;
                    uploads.push((part, path.clone(), size));
                    enums::InputFile::Local(types::InputFileLocal { path })
                }
                Ready::Keep(file) => {
                    let id = self.file_number(file, turn).await.map_err(unlisted)?;
                    kept.push((part, file.clone()));
                    enums::InputFile::Id(types::InputFileId { id: id.ok_or(SaveError::CannotKeep { part })? })
                }
            };
            inputs.push((part, input));
        }
        Ok(LaidOut { element: element.map_files(|part, _| part), inputs, kept, uploads, layout })
    }

    fn lay_out_scan(&self, layout: &mut Option<UploadFolder>, scan: &[u8]) -> io::Result<String> {
        match layout {
            Some(layout) => layout.add(scan),
            None => layout.insert(UploadFolder::new(self.client.plain_folder()?)).add(scan),
        }
    }
}

/// Gives a save up when nobody waits for it any more.
struct GiveUp(Cancel);

impl Drop for GiveUp {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// TDLib was handed a save, and says nothing of it.
fn unknown() -> SaveError {
    let function = SetPassportElement::NAME;
    let why = Box::new(RequestError::Closed { function });
    fact(RequestError::OutcomeUnknown { function, why }).into()
}

/// Whether files are to stay that the vault has listed, since TDLib does not show them.
fn keeps_what_tdlib_hides(element: &Element<FileSource>) -> bool {
    element.files().any(|(_, file)| matches!(file, FileSource::Keep(file) if TdlibFile::of(file).is_none()))
}

/// Whether it has fields that TDLib does not store.
fn has_what_tdlib_drops(element: &Element<FileSource>) -> bool {
    element.unknown_fields().is_some_and(|unknown| !unknown.is_empty())
}

/// TDLib sends files again only after `SECURE_SECRET_INVALID`, and cannot where it kept none of them.
fn cannot_send_again(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused { message, .. } if message.starts_with("Need full local"))
}

/// Judges an element whole before TDLib is asked.
fn judge(element: Element<FileSource>) -> Result<Element<Ready>, SaveError> {
    let kind = element.kind();
    let mut problems = save_problems(&element);
    let altered = texts(&element).into_iter().filter(|(_, text)| !is_kept(text));
    problems.extend(altered.map(|(field, _)| SaveProblem::Altered { field }));
    if has_what_tdlib_drops(&element) {
        problems.push(SaveProblem::UnknownFields);
    }
    if !problems.is_empty() {
        return Err(SaveError::Flawed { kind, problems });
    }
    element.try_map_files(|part, source| match source {
        FileSource::Keep(file) => {
            TdlibFile::of(&file).cloned().map(Ready::Keep).ok_or(SaveError::OtherEngine { part })
        }
        source => Ok(Ready::Upload(source)),
    })
}

/// The texts of an element, which TDLib could alter.
fn texts<F>(element: &Element<F>) -> Vec<(Field, &str)> {
    match element {
        Element::PersonalDetails(details) => vec![
            (Field::FirstName, &details.first_name),
            (Field::MiddleName, &details.middle_name),
            (Field::LastName, &details.last_name),
            (Field::FirstNameNative, &details.first_name_native),
            (Field::MiddleNameNative, &details.middle_name_native),
            (Field::LastNameNative, &details.last_name_native),
        ],
        Element::Address(address) => vec![
            (Field::StreetLine1, &address.street_line1),
            (Field::StreetLine2, &address.street_line2),
            (Field::City, &address.city),
            (Field::State, &address.state),
            (Field::PostCode, &address.post_code),
        ],
        Element::PhoneNumber(number) => vec![(Field::PhoneNumber, &number.0)],
        Element::Email(email) => vec![(Field::Email, &email.0)],
        element => {
            let document = element.identity_document();
            document.map(|document| (Field::DocumentNo, document.document_no.as_str())).into_iter().collect()
        }
    }
}

/// Whether what TDLib says is stored is what was saved.
fn check(
    sent: Element<Part>,
    kept: &[(Part, TdlibFile)],
    saved: &SavedElement,
) -> Result<(), TamperedAnswer> {
    let kind = sent.kind();
    if saved.kind != kind {
        return Err(TamperedAnswer::OtherElement { asked: kind, returned: saved.kind });
    }
    let part = if sent.plain().is_some() { PartKind::Plain } else { PartKind::Data };
    let stored = saved.element().ok_or(TamperedAnswer::OtherPart { kind, part })?;
    for (part, file) in kept {
        if stored.file(*part).and_then(TdlibFile::of) != Some(file) {
            return Err(TamperedAnswer::OtherFile { kind, part: *part });
        }
    }
    // Telegram may write a number or an address its own way: other capitals, no plus sign.
    let same = match (&sent, stored) {
        (Element::PhoneNumber(sent), Element::PhoneNumber(stored)) => {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            digits(&sent.0) == digits(&stored.0)
        }
        (Element::Email(sent), Element::Email(stored)) => sent.0.eq_ignore_ascii_case(&stored.0),
        _ => sent == stored.clone().map_files(|part, _| part),
    };
    if same { Ok(()) } else { Err(TamperedAnswer::OtherPart { kind, part }) }
}

fn unlisted(error: ListError) -> SaveError {
    SaveError::Refused(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passport::RestoredFile;
    use crate::scan::MAX_JPEG_BYTES;
    use crate::vault::FileContents;

    #[test]
    fn everything_wrong_is_said_at_once_and_before_tdlib_is_asked() {
        let mut card = Element::empty(ElementType::IdentityCard);
        let document = card.identity_document_mut().unwrap();
        document.document_no = "A\u{30A}".to_owned().into();
        let large = FileContents::from(vec![0; MAX_JPEG_BYTES + 1]);
        document.parts.front_side = Some(FileSource::Restored(RestoredFile::of_archive(large)));
        let Err(SaveError::Flawed { problems, .. }) = judge(card) else { panic!("it is flawed") };
        assert!(problems.contains(&SaveProblem::Altered { field: Field::DocumentNo }));
        let large = |problem: &SaveProblem| {
            matches!(problem, SaveProblem::FileTooLarge { part: Part::FrontSide, .. })
        };
        assert!(problems.iter().any(large), "{problems:?}");
        assert_eq!(problems.len(), 3, "{problems:?}");
    }
}
