use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::channel::Channel;
use super::code_flows::CodeFlows;
use super::file_locks::FileLocks;
use super::known_files::KnownFiles;
use super::lock_state::LockState;
use crate::cloud::SecureCloud;
use crate::passport::{SeenObjections, Vaulted};
use crate::tdlib::client::Client;
use crate::vault::Vault;

/// The caller's word that TDLib may be let at the passport secret although it might replace it: right on a sandbox, or
/// when the person has an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RiskAccepted;

/// A Passport over a signed-in client of TDLib.
///
/// Uses tokio's clock, tasks and blocking threads: call it from within a tokio runtime. All engines over one client take
/// turns: saves and deletions of one kind go one after the other, and a share has what TDLib has in memory to itself. A
/// turn lasts until TDLib has answered, or the client is closed, also when the caller's future was dropped or its time
/// was over; whoever waits for it ends as `Busy` after [`TURN_TIME_OUT`], [`list`](crate::passport::Passport::list) and
/// [`get`](crate::passport::Passport::get) after [`LIST_TIME_OUT`]. Dropping the future of a save gives it up without a word of what came
/// of it; [`SaveOptions::cancel`](crate::passport::SaveOptions::cancel) brings that word.
///
/// [`TURN_TIME_OUT`]: crate::passport::TURN_TIME_OUT
/// [`LIST_TIME_OUT`]: crate::passport::LIST_TIME_OUT
pub struct Engine {
    pub(super) client: Client,
    pub(super) lock_state: LockState,
    pub(super) risk: Option<RiskAccepted>,
    pub(super) channel: Option<Channel>,
    pub(super) files: KnownFiles,
    pub(super) flows: CodeFlows,
    pub(super) downloads: FileLocks,
    pub(super) objections: SeenObjections,
}

impl Engine {
    /// An engine over this client, locked; once unlocked, it locks itself after the vault's default idle time.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self::with_idle_time(client, Some(Vault::DEFAULT_IDLE_TIME))
    }

    /// An engine over this client, locked, that locks itself after this idle time; `None` for never. After 50 minutes it locks itself in any case.
    #[must_use]
    pub fn with_idle_time(client: Client, idle_time: Option<Duration>) -> Self {
        let lock_state = LockState::new(idle_time);
        let (files, flows, downloads, objections) = Default::default();
        Self { client, lock_state, risk: None, channel: None, files, flows, downloads, objections }
    }

    /// Lets TDLib at the secret of an account that has elements stored, although nothing has shown that it opens.
    #[must_use]
    pub fn accepting_risk(self, risk: RiskAccepted) -> Self {
        Self { risk: Some(risk), ..self }
    }

    /// Puts the vault's own channel beside it, which must be signed in to the same account: it looks at the
    /// passport secret before TDLib may load it, and shows what TDLib hides.
    ///
    /// It is locked and unlocked together with this engine.
    #[must_use]
    pub fn beside<C: SecureCloud + 'static>(self, vault: Arc<Vaulted<C>>) -> Self {
        Self { channel: Some(Channel(vault)), ..self }
    }

    /// The client beneath.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("lock_state", &self.lock_state)
            .field("risk", &self.risk)
            .finish_non_exhaustive()
    }
}
