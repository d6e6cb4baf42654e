//! Saving an element: judged first, its pictures made Passport scans, then handed to TDLib, and compared with what
//! came back.

use std::io;

use tdlib_rs::{enums, types};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::Engine;
use super::answer::fact;
use super::cleaner::is_kept;
use super::door::Locked;
use super::functions::{DeletePassportElement, SetPassportElement};
use super::input::input;
use super::kind;
use super::layout::Layout;
use super::repeating::{self, ToldOf};
use super::transfer::transfer;
use crate::element::{Element, ElementType, Field, Part, PartKind};
use crate::passport::{
    DeleteError, FileSource, ListError, Progress, SaveError, SaveOptions, SaveProblem, SavedElement,
    SavedFile, TamperedAnswer, TdlibFile, Transferred,
};
use crate::scan::{self, MAX_JPEG_BYTES, MAX_SIDE, ScanError};
use crate::tdlib::client::RequestError;
use crate::vault::FileContents;

impl From<Locked> for SaveError {
    fn from(_: Locked) -> Self {
        Self::Locked
    }
}

/// A file of an element that is ready to be saved.
enum Ready {
    New(FileContents),
    Keep(TdlibFile),
}

/// An element whose files lie where TDLib finds them.
struct LaidOut {
    element: Element<Part>,
    inputs: Vec<(Part, enums::InputFile)>,
    kept: Vec<(Part, TdlibFile)>,
    uploads: Vec<Upload>,
    /// Holds the new files as long as TDLib needs them.
    layout: Option<Layout>,
}

impl Engine {
    pub(super) async fn save_element(
        &self,
        element: Element<FileSource>,
        options: &SaveOptions,
    ) -> Result<SavedElement, SaveError> {
        if let Some(channel) = &self.channel
            && keeps_what_tdlib_hides(&element)
        {
            let kind = element.kind();
            let scanned = spawn_blocking(move || with_scans(element)).await;
            let (element, problems) = scanned.expect("preparing pictures does not panic");
            if !problems.is_empty() {
                return Err(SaveError::Flawed { kind, problems });
            }
            return channel.save(element, options).await;
        }
        let element = spawn_blocking(move || judge(element)).await.expect("judging does not panic")?;
        let unlocked = self.door.unlocked()?;
        if !unlocked.has_secret {
            return Err(SaveError::SecretMissing);
        }
        let LaidOut { element, mut inputs, kept, uploads, layout } = self.lay_out(element).await?;
        let kind = element.kind();
        let with_inputs = element.clone().try_map_files(|part, _| {
            let at = inputs.iter().position(|(place, _)| *place == part).ok_or(part)?;
            Ok::<_, Part>(inputs.swap_remove(at).1)
        });
        // What a valid element has, TDLib can be given.
        let Some(input) = with_inputs.ok().and_then(input) else {
            return Err(SaveError::Flawed { kind, problems: Vec::new() });
        };
        let set = SetPassportElement { element: input, password: unlocked.password.as_str() };
        let repeating = Notify::new();
        let has_files = element.files().next().is_some();
        let mut told = Uploads { uploads, progress: &options.progress, repeating: &repeating };
        let answer = tokio::select! {
            biased;
            answer = transfer(&self.client, &set, |file| told.moved(file)) => answer,
            () = repeating.notified() => return Err(self.is_stale()),
            () = repeating::sends_without_end(&self.client), if !has_files => return Err(self.is_stale()),
        };
        let answer = match answer {
            Err(error) if cannot_send_again(&error) => return Err(self.is_stale()),
            answer => answer.map_err(fact)?,
        };
        drop(layout);
        told.done();
        let saved = self.files.learn(answer);
        check(element, &kept, &saved)?;
        Ok(saved)
    }

    /// TDLib remembers a secret that Telegram no longer takes. New files go away with their layout, and with them what
    /// TDLib repeats; without files it goes on until the client is closed.
    fn is_stale(&self) -> SaveError {
        self.door.secret_gone();
        SaveError::SecretStale
    }

    pub(super) async fn delete_elements(&self, kinds: &[ElementType]) -> Result<(), DeleteError> {
        for kind in kinds {
            self.client.call(&DeletePassportElement { r#type: kind::to_tdlib(*kind) }).await.map_err(fact)?;
        }
        Ok(())
    }

    async fn lay_out(&self, element: Element<Ready>) -> Result<LaidOut, SaveError> {
        let (mut inputs, mut kept, mut uploads) = (Vec::new(), Vec::new(), Vec::new());
        let mut layout = None;
        for (part, file) in element.files() {
            let input = match file {
                Ready::New(scan) => {
                    let scan = scan.as_bytes();
                    let path = lay_out_scan(&mut layout, scan)
                        .map_err(|reason| SaveError::LayOut { part, reason })?;
                    let size = scan.len() as u64;
                    uploads.push(Upload { part, path: path.clone(), size, done: 0, told: ToldOf::default() });
                    enums::InputFile::Local(types::InputFileLocal { path })
                }
                Ready::Keep(file) => {
                    let id = self.file_number(file).await.map_err(unlisted)?;
                    kept.push((part, file.clone()));
                    enums::InputFile::Id(types::InputFileId { id: id.ok_or(SaveError::CannotKeep { part })? })
                }
            };
            inputs.push((part, input));
        }
        Ok(LaidOut { element: element.map_files(|part, _| part), inputs, kept, uploads, layout })
    }
}

/// Whether files are to stay that the vault has listed, since TDLib does not show them.
fn keeps_what_tdlib_hides(element: &Element<FileSource>) -> bool {
    element.files().any(|(_, file)| matches!(file, FileSource::Keep(file) if file.tdlib().is_none()))
}

/// TDLib sends files again only after `SECURE_SECRET_INVALID`, and cannot where it kept none of them.
fn cannot_send_again(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused { message, .. } if message.starts_with("Need full local"))
}

fn lay_out_scan(layout: &mut Option<Layout>, scan: &[u8]) -> io::Result<String> {
    match layout {
        Some(layout) => layout.add(scan),
        None => layout.insert(Layout::new()?).add(scan),
    }
}

/// Judges an element whole before TDLib is asked, and makes Passport scans of its new pictures.
fn judge(element: Element<FileSource>) -> Result<Element<Ready>, SaveError> {
    let kind = element.kind();
    let rules = element.validate().into_iter().chain(element.repeated_files()).map(SaveProblem::Rule);
    let mut problems: Vec<SaveProblem> = rules.collect();
    let altered = texts(&element).into_iter().filter(|(_, text)| !is_kept(text));
    problems.extend(altered.map(|(field, _)| SaveProblem::Altered { field }));
    if element.unknown_fields().is_some_and(|unknown| !unknown.is_empty()) {
        problems.push(SaveProblem::UnknownFields);
    }
    let (element, unsuitable) = with_scans(element);
    problems.extend(unsuitable);
    if !problems.is_empty() {
        return Err(SaveError::Flawed { kind, problems });
    }
    element.try_map_files(|part, source| match source {
        FileSource::New(scan) => Ok(Ready::New(scan)),
        FileSource::Keep(file) => {
            file.tdlib().cloned().map(Ready::Keep).ok_or(SaveError::OtherEngine { part })
        }
    })
}

/// The element with Passport scans in place of its new pictures, and what is wrong with those that cannot be any.
fn with_scans(element: Element<FileSource>) -> (Element<FileSource>, Vec<SaveProblem>) {
    let mut problems = Vec::new();
    let element = element.map_files(|part, source| match source {
        FileSource::New(contents) => FileSource::New(scan_of(contents).unwrap_or_else(|reason| {
            problems.push(SaveProblem::Scan { part, reason });
            FileContents::from(Vec::new())
        })),
        keep @ FileSource::Keep(_) => keep,
    });
    (element, problems)
}

/// A picture as a Passport scan. One that is a scan already stays as it is.
fn scan_of(contents: FileContents) -> Result<FileContents, ScanError> {
    let bytes = contents.as_bytes();
    if is_scan(bytes) {
        return Ok(contents);
    }
    Ok(FileContents::from(scan::prepare(bytes)?.as_bytes().to_vec()))
}

/// Whether [`scan::prepare`] could have made this: a JPEG within bounds that tells nothing beside its pixels.
fn is_scan(bytes: &[u8]) -> bool {
    // A plain JFIF header has no room for a thumbnail; a profile may name a camera.
    let plain = bytes.starts_with(&[0xFF, 0xD8, 0xFF, 0xE0, 0, 16]);
    let profile = bytes.windows(12).any(|window| window == b"ICC_PROFILE\0");
    plain
        && !profile
        && bytes.len() <= MAX_JPEG_BYTES
        && scan::inspect(bytes).is_ok_and(|inspection| {
            !inspection.metadata.is_any() && inspection.width.max(inspection.height) <= MAX_SIDE
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
        if stored.file(*part).and_then(SavedFile::tdlib) != Some(file) {
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

/// A new file on its way.
struct Upload {
    part: Part,
    path: String,
    size: u64,
    done: u64,
    told: ToldOf,
}

struct Uploads<'a> {
    uploads: Vec<Upload>,
    progress: &'a Progress,
    /// Told when a file is sent again and again.
    repeating: &'a Notify,
}

impl Uploads<'_> {
    /// Tells of a file that moved on, if it is one of these.
    fn moved(&mut self, file: &types::File) -> bool {
        let Some(index) = self.uploads.iter().position(|upload| upload.path == file.local.path) else {
            return false;
        };
        let done = u64::try_from(file.remote.uploaded_size).unwrap_or_default();
        let upload = &mut self.uploads[index];
        if upload.told.again_and_again(file, upload.size) {
            self.repeating.notify_one();
        }
        let moved = done.min(upload.size) > upload.done;
        if moved {
            upload.done = done.min(upload.size);
            self.report(index);
        }
        moved
    }

    /// Everything has arrived, whatever TDLib told of it.
    fn done(&mut self) {
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

fn unlisted(error: ListError) -> SaveError {
    match error {
        ListError::Locked => SaveError::Locked,
        ListError::SecretMissing => SaveError::SecretMissing,
        ListError::UpdateRequired => SaveError::UpdateRequired,
        ListError::Tampered(tampered) => SaveError::Tampered(tampered),
        ListError::FloodWait { seconds } => SaveError::FloodWait { seconds },
        ListError::Cloud(error) => SaveError::Cloud(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let picture = image::RgbImage::from_pixel(40, 30, image::Rgb([200, 180, 160]));
        let mut png = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let mut jpeg = scan::prepare(png.get_ref()).unwrap().as_bytes().to_vec();
        write(&mut jpeg);
        jpeg
    }

    #[test]
    fn a_scan_stays_and_everything_else_becomes_one() {
        let scan = picture(|_| {});
        assert!(is_scan(&scan));
        let comment = picture(|jpeg| {
            jpeg.splice(2..2, *b"\xFF\xFE\x00\x08camera");
        });
        let thumbnail = picture(|jpeg| {
            jpeg.splice(4..6, [0, 19]);
            jpeg.splice(18..20, [1, 1, 9, 9, 9]);
        });
        let profile = picture(|jpeg| {
            jpeg.splice(20..20, *b"\xFF\xE2\x00\x10ICC_PROFILE\0\x01\x01");
        });
        for picture in [comment, thumbnail, profile] {
            assert!(!is_scan(&picture));
            assert_eq!(scan_of(FileContents::from(picture)).unwrap(), FileContents::from(scan.clone()));
        }
        assert!(scan_of(FileContents::from(b"GIF89a".to_vec())).is_err());
    }

    #[test]
    fn everything_wrong_is_said_at_once_and_before_tdlib_is_asked() {
        let mut card = Element::empty(ElementType::IdentityCard);
        let document = card.identity_document_mut().unwrap();
        document.document_no = "A\u{30A}".to_owned().into();
        document.front_side = Some(FileSource::New(FileContents::from(b"no picture".to_vec())));
        let Err(SaveError::Flawed { problems, .. }) = judge(card) else { panic!("it is flawed") };
        assert!(problems.contains(&SaveProblem::Altered { field: Field::DocumentNo }));
        let scan = |problem: &SaveProblem| matches!(problem, SaveProblem::Scan { part: Part::FrontSide, .. });
        assert!(problems.iter().any(scan), "{problems:?}");
        assert_eq!(problems.len(), 3, "{problems:?}");
    }
}
