//! `open UPDATE --key PEM [--files DIR] [--nonce N] [--out DIR]`.

use std::io;
use std::path::Path;

use telegram_passport::vault::bot::{
    Allow, BotPrivateKey, CredentialsSecretError, JsonError, PassportData, PassportDataError, PassportFile,
    ShareError, SharedPart,
};

use crate::answer::Answer;
use crate::arguments::{Allowance, Open};
use crate::failure::{Failure, sentence};
use crate::opened::{Nonce, Opened};
use crate::reading;

pub(crate) fn run(options: &Open) -> Result<Box<dyn Answer>, Failure> {
    let update = reading::text(&options.update, "the update")?;
    let key = reading::text(&options.key, "the bot's key")?;
    let key = BotPrivateKey::from_pem(&key).map_err(|error| Failure::failed(sentence(&error)))?;
    let allow: Vec<Allow> = options
        .allow
        .iter()
        .map(|allowance| match allowance {
            Allowance::MissingFileSize => Allow::MissingFileSize,
        })
        .collect();
    let data = PassportData::parse(&update, &allow).map_err(|error| malformed(&error))?;
    let share = match &options.files {
        Some(folder) => {
            refuse_paths(&data)?;
            data.open(&key, options.nonce.as_deref(), |file| ciphertext(folder, file))
        }
        None => data.open_data(&key, options.nonce.as_deref()),
    }
    .map_err(|error| refused(&error, options))?;
    let compared = if options.nonce.is_some() { Nonce::Compared } else { Nonce::Unknown };
    let opened = Opened::new(&data, share, options.files.is_some(), compared);
    Ok(Box::new(match &options.out {
        Some(folder) => opened.write(folder)?,
        None => opened,
    }))
}

/// A share's file as `getFile` served it.
fn ciphertext(folder: &Path, file: &PassportFile) -> io::Result<Vec<u8>> {
    reading::bytes(&folder.join(&file.file_id))
}

/// A `file_id` becomes the name of a file, so it must not be able to be more than that.
fn refuse_paths(data: &PassportData) -> Result<(), Failure> {
    for element in &data.elements {
        for (part, file) in element.parts.iter_by_name() {
            if !is_file_id(&file.file_id) {
                let place = SharedPart { kind: element.kind, file: Some(part) };
                return Err(Failure::refused(format!(
                    "{place}: its file_id has characters other than letters, digits, - and _, so it is not used as \
                     the name of a file"
                )));
            }
        }
    }
    Ok(())
}

fn is_file_id(id: &str) -> bool {
    (1..=255).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn malformed(error: &PassportDataError) -> Failure {
    match error {
        PassportDataError::Json(JsonError::Syntax { .. }) => Failure::failed(sentence(error)),
        PassportDataError::NotFound => Failure::failed(sentence(error))
            .remedy("An Update, a Message or a PassportData object is expected, as the Bot API sends it, or what getUpdates answers."),
        PassportDataError::Several { .. } => {
            Failure::failed(sentence(error)).remedy("Give each update by itself, with a request's --nonce.")
        }
        PassportDataError::Json(JsonError::Missing { at }) if at.ends_with("file_size") => {
            Failure::refused(sentence(error))
                .remedy("Telegram itself has left it out at times: --allow missing-file-size lets it pass.")
        }
        _ => Failure::refused(sentence(error)),
    }
}

fn refused(error: &ShareError, options: &Open) -> Failure {
    let failure = match error {
        ShareError::FileUnavailable { .. } => {
            let folder = options.files.as_deref().unwrap_or(Path::new("--files"));
            return Failure::failed(sentence(error)).remedy(format!(
                "Put what getFile serves into {}, under its file_id; or leave out --files to open the data alone.",
                folder.display()
            ));
        }
        _ => Failure::refused(sentence(error)),
    };
    match error {
        ShareError::OtherNonce { .. } => {
            failure.remedy("It answers another request, or is an old share sent again: do not accept it.")
        }
        // With the wrong padding or secret inside, the key was the right one.
        ShareError::CredentialsSecret(
            CredentialsSecretError::Length { .. } | CredentialsSecretError::Undecryptable,
        ) => failure.remedy("Is this the private key to the public key of the request?"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_file_ids() {
        for good in ["AgADBAADGTo4Gz8cZwABcE_x-T0", "a", "0", "_-"] {
            assert!(is_file_id(good), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "/etc/passwd", "a\\b", "a b", "é", "a\0", "a.jpg", &"x".repeat(256)]
        {
            assert!(!is_file_id(bad), "{bad:?}");
        }
    }
}
