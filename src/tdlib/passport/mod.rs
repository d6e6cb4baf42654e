//! [`Engine`]: a person's Passport over TDLib, and safer than TDLib alone.
//!
//! TDLib seals and opens by itself and takes the password with every call. Where its ways could hurt a person, this
//! engine stands in between:
//!
//! - TDLib replaces a passport secret that it cannot open, and with it everything stored is lost. So it is let at the
//!   secret only while nothing is stored, while it still holds the one it loaded under this engine's eyes, or after
//!   the vault's own channel has opened it ([`Engine::beside`]); else [`unlock`](Passport::unlock) refuses, unless the
//!   caller takes the risk ([`RiskAccepted`]).
//! - It takes any password as long as it remembers the secret. Here [`unlock`](Passport::unlock) proves the password
//!   first, by a call that changes nothing; when the secret's hour is over, it must be proved again.
//! - It uploads from the disk. New files are laid out for it in a private folder of the account's
//!   directory, which is removed after.
//! - It writes opened scans into its folder. Here they are handed over in memory and removed from there.
//! - It sends a form as it is told. Here only a [`Selection`] is sent, of a form that shows what is stored now.
//! - It alters texts, drops repeated files and unknown fields without a word. Here that is an error, before TDLib is
//!   asked. With the channel, an element with unknown fields is read and saved through that; without it, [`Sight`] says
//!   of what is read that they are not seen, and of what was saved that they are dropped.
//! - Of two saves of one kind at once it drops the first, and it goes on with a save that nobody waits for. Here they
//!   take turns, and one that is given up says what came of it: that it is not stored, only if TDLib said that it is over
//!   before it could be sent. The next save of its kind, or a deletion, begins when TDLib is done with it.
//! - It sends what it has in memory, which every call that reads or saves replaces. So between the last look at a form
//!   and its sending no other call of this crate's engines over the same client comes in, nor what TDLib is still at
//!   although nobody waits for it.
//! - It repeats a save for ever when the passport secret was replaced elsewhere. Here that ends in
//!   [`SaveError::SecretStale`].
//! - It leaves out elements that it cannot open. Here they are listed as [`Unreadable::Hidden`], as far as TDLib's
//!   answers tell; an element with flaws that only TDLib minds cannot be told from one that is not there. With the
//!   channel they are listed as the vault reads them, with their flaws, and their files can be had.
//!
//! [`Sight`]: crate::passport::Sight
//! [`Unreadable::Hidden`]: crate::passport::Unreadable::Hidden

mod account;
mod answer;
mod channel;
mod door;
mod download;
mod functions;
mod handed;
mod input;
mod kind;
mod layout;
mod moment;
mod read;
mod recovery;
mod repeating;
mod save;
mod saved;
mod share;
mod transfer;
mod turns;
mod verify;

#[cfg(test)]
pub(super) use functions::SIGNATURES;
pub(super) use turns::Turns;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::channel::Channel;
use self::door::Door;
use self::read::KnownFiles;
use self::verify::Flows;
use super::client::Client;
use crate::cloud::SecureCloud;
use crate::element::{Element, ElementType, EmailAddress, PhoneNumber};
use crate::passport::{
    AccountDefaults, DeleteError, DownloadError, FileSource, Form, FormError, ListError, Passport,
    PasswordError, PasswordState, Progress, SaveError, SaveOptions, SavedElement, SavedFile, SecretState,
    SeenObjections, SendError, SentEmailCode, SentPhoneCode, Vaulted, VerificationError, in_time, in_turn,
};
use crate::request::{PassportRequest, Selection};
use crate::vault::{FileContents, Password, Vault};

/// The caller's word that TDLib may be let at the passport secret although it might replace it: right on a sandbox, or
/// when the person has an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskAccepted;

/// A Passport over a signed-in client of TDLib.
///
/// Uses tokio's clock, tasks and blocking threads: call it from within a tokio runtime. All engines over one client take
/// turns: saves and deletions of one kind go one after the other, and a share has what TDLib has in memory to itself. A
/// turn lasts until TDLib has answered, or the client is closed, also when the caller's future was dropped or its time
/// was over; whoever waits for it ends as `Busy` after [`TURN_TIME_OUT`], [`list`](Passport::list) and
/// [`get`](Passport::get) after [`LIST_TIME_OUT`]. Dropping the future of a save gives it up without a word of what came
/// of it; [`SaveOptions::cancel`] brings that word.
///
/// [`TURN_TIME_OUT`]: crate::passport::TURN_TIME_OUT
/// [`LIST_TIME_OUT`]: crate::passport::LIST_TIME_OUT
pub struct Engine {
    client: Client,
    door: Door,
    risk: Option<RiskAccepted>,
    channel: Option<Channel>,
    files: KnownFiles,
    flows: Flows,
    downloads: download::Turns,
    objections: SeenObjections,
}

impl Engine {
    /// An engine over this client, locked; once unlocked, it locks itself after the vault's default idle time.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self::with_idle_time(client, Some(Vault::DEFAULT_IDLE_TIME))
    }

    /// The same with another idle time; `None` for never. After 50 minutes it locks itself in any case.
    #[must_use]
    pub fn with_idle_time(client: Client, idle_time: Option<Duration>) -> Self {
        let door = Door::new(idle_time);
        let (files, flows, downloads, objections) = Default::default();
        Self { client, door, risk: None, channel: None, files, flows, downloads, objections }
    }

    /// The same, letting TDLib at the secret of an account that has elements stored.
    #[must_use]
    pub fn accepting_risk(self, risk: RiskAccepted) -> Self {
        Self { risk: Some(risk), ..self }
    }

    /// The same with the vault's own channel beside it, which must be signed in to the same account: it looks at the
    /// passport secret before TDLib may load it, and shows what TDLib hides.
    ///
    /// It is locked and unlocked together with this engine.
    #[must_use]
    pub fn beside<C: SecureCloud + 'static>(self, vault: Arc<Vaulted<C>>) -> Self {
        Self { channel: Some(Channel::of(vault)), ..self }
    }

    /// The client beneath.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether [`unlock`](Passport::unlock) must come before anything sealed can be read.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.door.unlocked().is_err()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("door", &self.door).field("risk", &self.risk).finish_non_exhaustive()
    }
}

impl Passport for Engine {
    async fn password_state(&self) -> Result<PasswordState, PasswordError> {
        self.read_password_state().await
    }

    /// # Errors
    ///
    /// [`PasswordError::SecretUnproven`] if elements are stored, no channel says that their secret can be opened, and
    /// the risk was not accepted. [`PasswordError::SecretUnreadable`] if the channel says that it cannot.
    async fn unlock(&self, password: Password) -> Result<SecretState, PasswordError> {
        self.prove_and_open(password.into()).await
    }

    fn lock(&self) {
        self.door.lock();
        if let Some(channel) = &self.channel {
            channel.lock();
        }
    }

    async fn create_secret(&self, password: Password) -> Result<(), PasswordError> {
        self.have_secret_created(password.into()).await
    }

    async fn set_password(
        &self,
        current: Option<Password>,
        new: Password,
        hint: &str,
    ) -> Result<(), PasswordError> {
        self.change_password(current, new.into(), hint).await
    }

    async fn defaults(&self, password: Password) -> Result<AccountDefaults, PasswordError> {
        self.read_defaults(&password).await
    }

    async fn list(&self) -> Result<Vec<SavedElement>, ListError> {
        in_time(async { self.read_all(&self.shared().await).await }).await
    }

    async fn get(&self, kind: ElementType) -> Result<Option<SavedElement>, ListError> {
        in_time(async { self.read_one(kind, &self.shared().await).await }).await
    }

    async fn save(
        &self,
        element: Element<FileSource>,
        options: &SaveOptions,
    ) -> Result<SavedElement, SaveError> {
        self.save_element(element, options).await
    }

    async fn delete(&self, kinds: &[ElementType]) -> Result<(), DeleteError> {
        self.delete_elements(kinds).await
    }

    async fn download(&self, file: &SavedFile, progress: &Progress) -> Result<FileContents, DownloadError> {
        self.download_file(file, progress).await
    }

    async fn send_phone_code(&self, phone_number: &PhoneNumber) -> Result<SentPhoneCode, VerificationError> {
        self.send_code_to_phone(phone_number).await
    }

    async fn resend_phone_code(&self, sent: &SentPhoneCode) -> Result<SentPhoneCode, VerificationError> {
        self.resend_code_to_phone(sent).await
    }

    async fn check_phone_code(&self, sent: &SentPhoneCode, code: &str) -> Result<(), VerificationError> {
        self.check_code_of_phone(sent, code).await
    }

    async fn send_email_code(&self, email: &EmailAddress) -> Result<SentEmailCode, VerificationError> {
        self.send_code_to_email(email).await
    }

    async fn resend_email_code(&self, sent: &SentEmailCode) -> Result<SentEmailCode, VerificationError> {
        self.resend_code_to_email(sent).await
    }

    async fn check_email_code(&self, sent: &SentEmailCode, code: &str) -> Result<(), VerificationError> {
        self.check_code_of_email(sent, code).await
    }

    async fn form(&self, request: &PassportRequest) -> Result<Form, FormError> {
        self.read_form(request, &in_turn(self.shared()).await?).await
    }

    async fn send(&self, form: &Form, selection: &Selection) -> Result<(), SendError> {
        self.share(form, selection).await
    }
}
