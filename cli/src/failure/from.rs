//! How a command ends with what an operation ended with: the one place where an error becomes a sentence, an exit code and
//! what would help.

use std::error::Error;

use telegram_passport::archive::{ArchiveError, ExportError, ImportFailure, PlanError};
use telegram_passport::cloud::CloudError;
use telegram_passport::keychain::KeychainError;
use telegram_passport::login::LoginError;
use telegram_passport::passport::{
    DeleteError, DownloadError, FormError, ListError, OperationError, PasswordError, Refusal, SaveError,
    SendError, VerificationError,
};
use telegram_passport::tdlib::{OpenError, VaultChannelError};
use telegram_passport_sandbox::StoreError;
use telegram_passport_sandbox::dc::StartError;

use super::{Failure, sentence, signed_out};
use crate::deed::Deed;

/// For a reason that is none of the operation's own.
fn refused(error: &impl OperationError) -> Failure {
    if let Some(failure) = signed_out(error) {
        return failure;
    }
    let text = sentence(error);
    match error.refusal() {
        Some(Refusal::Wait(_)) => Failure::denied(text),
        Some(Refusal::Tampered(_)) => Failure::refused(text),
        _ => Failure::failed(text),
    }
}

/// Declares how each of these errors ends a command, and that whoever has one by value need not lend it.
macro_rules! failures {
    ($($error:ident($name:ident) => $failure:expr;)+) => {
        $(impl From<&$error> for Failure {
            fn from($name: &$error) -> Self {
                $failure
            }
        }

        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::from(&error)
            }
        })+
    };
}

failures! {
    PasswordError(error) => password(error);
    ListError(error) => refused(error);
    SaveError(error) => save(error);
    DeleteError(error) => refused(error);
    DownloadError(error) => match error {
        DownloadError::Unreadable(_) | DownloadError::Description(_) => Failure::refused(sentence(error)),
        _ => refused(error),
    };
    VerificationError(error) => match error {
        VerificationError::Refused(_) => refused(error),
        _ => Failure::denied(sentence(error)),
    };
    FormError(error) => match error {
        FormError::Service(_) => Failure::denied(sentence(error)),
        FormError::Altered | FormError::UnknownService => Failure::refused(sentence(error)),
        _ => refused(error),
    };
    SendError(error) => match error {
        SendError::Service(_) => Failure::denied(sentence(error)),
        SendError::ElementChanged { .. } => {
            Failure::refused(sentence(error)).remedy("Nothing was sent. Look at the request again.")
        }
        SendError::Unreadable { .. } | SendError::Description { .. } => Failure::refused(sentence(error)),
        SendError::Refetch(_) => or_signed_out(error, Failure::failed),
        _ => refused(error),
    };
    ArchiveError(error) => match error {
        ArchiveError::WrongPassphrase => Failure::denied(sentence(error)),
        ArchiveError::Read(_) | ArchiveError::NotAnArchive | ArchiveError::Version { .. } => {
            Failure::failed(sentence(error))
        }
        // Changed or cut off: nothing of it is handed out.
        _ => Failure::refused(sentence(error)),
    };
    PlanError(error) => match error {
        PlanError::Archive(_) => Failure::refused(sentence(error)),
        PlanError::Download { .. } => or_signed_out(error, Failure::failed),
        _ => refused(error),
    };
    ExportError(error) => export(error);
    ImportFailure(error) => match error {
        ImportFailure::Archive(_) => Failure::refused(sentence(error)),
        ImportFailure::Save(error) => save(error),
        _ => or_signed_out(error, Failure::failed),
    };
    CloudError(error) => match error {
        CloudError::Transport(_) => Failure::failed(sentence(error)),
        CloudError::OutcomeUnknown(_) => Deed::vault_session().unknown(error),
        _ => or_signed_out(error, Failure::denied),
    };
    LoginError(error) => login(error);
    OpenError(error) => open(error);
    VaultChannelError(error) => channel(error);
    KeychainError(error) => match error {
        // Like a wrong password: what is asked to open says no.
        KeychainError::WrongPassphrase { .. } => Failure::denied(sentence(error)),
        KeychainError::NoKeyring => Failure::failed(sentence(error))
            .remedy("`tgpassport login --keyring file` keeps the key in a file that a passphrase opens."),
        KeychainError::Locked => Failure::failed(sentence(error)).remedy("Unlock it, and try again."),
        _ => Failure::failed(sentence(error)),
    };
    StoreError(error) => match error {
        StoreError::InUse { .. } => {
            Failure::failed(sentence(error)).remedy("Stop that one, or name another directory with --state.")
        }
        StoreError::Damaged { .. } | StoreError::Record(_) | StoreError::Format { .. } => {
            Failure::failed(sentence(error))
                .remedy("Nothing there was changed. Name another directory with --state.")
        }
        _ => Failure::failed(sentence(error)),
    };
    StartError(error) => match error {
        StartError::Store(error) => error.into(),
        StartError::Bind { .. } => Failure::failed(sentence(error))
            .remedy("Clients look for it there. Free the port, or name another directory with --state."),
        _ => Failure::failed(sentence(error)),
    };
}

/// That the session is signed in no more, wherever in the error that stands; any other failure by its sentence.
fn or_signed_out(error: &(dyn Error + 'static), otherwise: impl FnOnce(String) -> Failure) -> Failure {
    signed_out(error).unwrap_or_else(|| otherwise(sentence(error)))
}

/// Why Passport stays locked, or the password as it is, and what would help.
fn password(error: &PasswordError) -> Failure {
    let text = sentence(error);
    match error {
        PasswordError::PasswordRequired => {
            Failure::failed(text).remedy("`tgpassport password set` sets one.")
        }
        PasswordError::WrongPassword
        | PasswordError::Unacceptable
        | PasswordError::WrongCode
        | PasswordError::CodeExpired
        | PasswordError::NoRecoveryEmail
        | PasswordError::NothingPending => Failure::denied(text),
        PasswordError::SecretUnproven => Failure::refused(text).remedy(
            "Nothing was touched. --accept-risk goes on all the same: right on a sandbox, or when losing \
             everything stored would not matter.",
        ),
        PasswordError::SecretUnreadable => Failure::refused(text).remedy(
            "Nothing was touched. The password was changed by an app that left Passport behind, or the secret \
             is damaged: what is stored opens with the password before, or not at all. `tgpassport secret reset` \
             gives it up and begins anew.",
        ),
        PasswordError::Refused(Refusal::OutcomeUnknown(_)) | PasswordError::InPart { .. } => {
            signed_out(error).unwrap_or_else(|| Deed::secret().unknown(error))
        }
        PasswordError::PasswordAltered(_) => Failure::refused(text).remedy(
            "--engine vault proves it as it is: `tgpassport password change --engine vault` sets another one. To sign in, \
             which TDLib does, change it in another app first.",
        ),
        PasswordError::NewPasswordAltered(_) => {
            Failure::refused(text).remedy("Nothing was changed. Choose one without it.")
        }
        PasswordError::HintAltered(_) | PasswordError::HintIsPassword => {
            Failure::refused(text).remedy("Nothing was changed. Choose another hint, or none.")
        }
        PasswordError::NotAnAddress => Failure::usage(text)
            .remedy("`tgpassport password email --remove` has no recovery address any more."),
        PasswordError::SecretOpens => Failure::refused(text)
            .remedy("`tgpassport delete --all` deletes what is stored, `password remove` everything."),
        PasswordError::ChangedMeanwhile => Failure::failed(text).remedy("Try again."),
        PasswordError::SecretExists => Failure::refused(text),
        _ => refused(error),
    }
}

fn save(error: &SaveError) -> Failure {
    let text = sentence(error);
    match error {
        SaveError::Flawed { problems, .. } => {
            Failure::flawed(problems.iter().map(ToString::to_string).collect())
        }
        SaveError::Unacceptable { .. } | SaveError::VerificationNeeded { .. } => Failure::denied(text),
        SaveError::CannotKeep { .. } => {
            Failure::refused(text).remedy("Name the picture again, or say --replace.")
        }
        SaveError::Reload(_) => or_signed_out(error, Failure::failed),
        SaveError::ElementChanged { kind, .. } => Failure::refused(text)
            .remedy(format!("Look at it with `tgpassport show {kind}`, and decide again.")),
        SaveError::NotLookedAt(error) => error.into(),
        SaveError::Cancelled => Failure::declined("interrupted; nothing of it is stored"),
        _ => refused(error),
    }
}

fn export(error: &ExportError) -> Failure {
    let text = sentence(error);
    match error {
        ExportError::Refused(_) => refused(error),
        ExportError::Incomplete { omitted, lost } => {
            let flaws = lost.iter().flat_map(|(kind, flaws)| {
                flaws.iter().map(|flaw| format!("{}: {flaw}", kind.title())).collect::<Vec<_>>()
            });
            let missing = omitted.iter().map(ToString::to_string).chain(flaws);
            Failure::refused(text).problems(missing.collect()).remedy(
                "--partial writes what can be read. Delete nothing for the sake of such a file: it does not have \
                 everything.",
            )
        }
        ExportError::Exists { .. } => Failure::refused(text)
            .remedy("It may be the only copy of what it holds: name another file, or remove it yourself."),
        ExportError::MayNotStay { .. } => Failure::unknown(text).remedy(
            "Copy it elsewhere, and look at it with `tgpassport unpack`, before anything is deleted.",
        ),
        _ => or_signed_out(error, Failure::failed),
    }
}

/// Why a session does not open, and what would help.
fn open(error: &OpenError) -> Failure {
    let text = sentence(error);
    match error {
        OpenError::WrongServer { .. } => {
            Failure::refused(text).remedy("Use another account name for another server: --account.")
        }
        OpenError::InUse => {
            Failure::failed(text).remedy("Another program is at it; wait until it has ended.")
        }
        OpenError::DatabaseKeyInvalid => Failure::failed(text)
            .remedy("`tgpassport logout --only-here` forgets the account; then sign in anew."),
        OpenError::Refused(refusal) if !matches!(refusal, Refusal::Offline(_)) => {
            or_signed_out(error, Failure::denied)
        }
        _ => or_signed_out(error, Failure::failed),
    }
}

/// Why a login does not go on, and what would help.
fn login(error: &LoginError) -> Failure {
    let text = sentence(error);
    match error {
        LoginError::Unfit(error) => error.into(),
        LoginError::NotReady => Failure::failed("the session changed while it was being signed in")
            .remedy("`tgpassport login` goes on from where it is."),
        LoginError::PhoneNumberInvalid
        | LoginError::PhoneNumberBanned
        | LoginError::EmailInvalid
        | LoginError::NameInvalid
        | LoginError::CodeInvalid
        | LoginError::CodeExpired
        | LoginError::PasswordInvalid
        | LoginError::NoRecoveryEmail
        | LoginError::BotTokenInvalid
        | LoginError::LinkInvalid
        | LoginError::LinkExpired
        | LoginError::TooEarly
        | LoginError::ApplicationUnknown => Failure::denied(text),
        LoginError::Refused(Refusal::OutcomeUnknown(_)) => {
            signed_out(error).unwrap_or_else(|| Deed::sign_in().unknown(error))
        }
        LoginError::Refused(refusal) if !matches!(refusal, Refusal::Offline(_)) => {
            or_signed_out(error, Failure::denied)
        }
        _ => or_signed_out(error, Failure::failed),
    }
}

/// Why the vault has no session of its own, and what would help.
fn channel(error: &VaultChannelError) -> Failure {
    let text = sentence(error);
    match error {
        VaultChannelError::PasswordInvalid => Failure::denied(text),
        VaultChannelError::OtherAccount | VaultChannelError::OtherServer => Failure::refused(text),
        VaultChannelError::Unreadable { path, .. } => Failure::failed(text)
            .remedy(format!("Remove {}; another session is signed in then.", path.display())),
        VaultChannelError::Unanswered => Failure::failed(text).remedy("Try again."),
        VaultChannelError::Left { reason, unended } => Deed::vault_session().left(&format!(
            "{}; it is not ended: {}",
            sentence(&**reason),
            sentence(&**unended)
        )),
        VaultChannelError::Refused(Refusal::OutcomeUnknown(_)) => {
            signed_out(error).unwrap_or_else(|| Deed::vault_session().unknown(error))
        }
        VaultChannelError::Refused(refusal)
            if !matches!(refusal, Refusal::Offline(_) | Refusal::UpdateRequired) =>
        {
            or_signed_out(error, Failure::denied)
        }
        _ => or_signed_out(error, Failure::failed),
    }
}
