//! Whether what the server stored is what was saved.

use crate::cloud::{InputSecureFile, InputSecureValue, SecureFile, SecurePlainData, SecureValue};
use crate::element::{Part, PartKind};
use crate::passport::TamperedAnswer;

/// Compares the server's answer with what was sent: kind, data, plain text, every file at its place.
///
/// Nothing in it is secret: both sides are what the server has seen.
pub(super) fn check_saved(
    sent: &InputSecureValue,
    kept: &[(Part, SecureFile)],
    answer: &SecureValue,
) -> Result<(), TamperedAnswer> {
    let kind = sent.kind;
    if answer.kind != kind {
        return Err(TamperedAnswer::OtherElement { asked: kind, returned: answer.kind });
    }
    // Some servers may send the empty data that TDLib sends for elements without data.
    if answer.data.as_ref().filter(|data| !data.is_empty()) != sent.data.as_ref() {
        return Err(TamperedAnswer::OtherPart { kind, part: PartKind::Data });
    }
    if !is_same_text(sent.plain_data.as_ref(), answer.plain_data.as_ref()) {
        return Err(TamperedAnswer::OtherPart { kind, part: PartKind::Plain });
    }
    check_counts(sent, answer)?;
    for (part, file) in answer.parts.iter() {
        let sent = sent.parts.get(part).ok_or(TamperedAnswer::OtherFile { kind, part })?;
        if !is_same(part, sent, kept, file) {
            return Err(TamperedAnswer::OtherFile { kind, part });
        }
    }
    Ok(())
}

/// A server may write a number or an address its own way: other capitals, no plus sign.
fn is_same_text(sent: Option<&SecurePlainData>, answer: Option<&SecurePlainData>) -> bool {
    match (sent, answer) {
        (Some(SecurePlainData::Phone(sent)), Some(SecurePlainData::Phone(answer))) => {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            digits(&sent.0) == digits(&answer.0)
        }
        (Some(SecurePlainData::Email(sent)), Some(SecurePlainData::Email(answer))) => {
            sent.0.eq_ignore_ascii_case(&answer.0)
        }
        (sent, answer) => sent == answer,
    }
}

fn check_counts(sent: &InputSecureValue, answer: &SecureValue) -> Result<(), TamperedAnswer> {
    let differs = |part: &PartKind| sent.parts.of(*part).len() != answer.parts.of(*part).len();
    match PartKind::FILES.into_iter().find(differs) {
        Some(part) => Err(TamperedAnswer::OtherPart { kind: sent.kind, part }),
        None => Ok(()),
    }
}

fn is_same(part: Part, sent: &InputSecureFile, kept: &[(Part, SecureFile)], answer: &SecureFile) -> bool {
    let (hash, secret) = match sent {
        InputSecureFile::Uploaded { file_hash, secret, .. } => (file_hash, secret),
        InputSecureFile::Stored { .. } => match kept.iter().find(|(place, _)| *place == part) {
            Some((_, file)) => (&file.file_hash, &file.secret),
            None => return false,
        },
    };
    *hash == answer.file_hash && *secret == answer.secret
}
