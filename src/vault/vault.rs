use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::kdf::{UnlockError, WrappedSecret, unwrap_secret, wrap_secret};
use super::password::Password;
use super::secret::{PassportSecret, SecretId};

/// A passport secret without the password that opens it.
#[derive(Clone, Debug)]
pub struct LockedVault {
    wrapped: WrappedSecret,
}

impl LockedVault {
    /// The account's wrapped secret (`account.passwordSettings.secure_settings`).
    #[must_use]
    pub fn new(wrapped: WrappedSecret) -> Self {
        Self { wrapped }
    }

    /// Opens it; `self` stays for another try. Slow on purpose; async callers use `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// See [`UnlockError`].
    pub fn unlock(&self, password: &Password) -> Result<Vault, UnlockError> {
        unwrap_secret(password, &self.wrapped).map(Vault::new)
    }

    /// Whether the secret is wrapped in the old way and [`upgrade_secret`](super::kdf::upgrade_secret) has work to do.
    #[must_use]
    pub fn is_legacy(&self) -> bool {
        self.wrapped.kdf.is_legacy()
    }
}

/// The open passport secret, and everything that is done with it.
///
/// It locks itself: once it has been idle for its [`idle_time`](Self::idle_time), any use wipes the secret and answers
/// [`VaultError::Locked`]. So that the secret does not linger when nobody uses the vault, whoever owns it calls
/// [`lock_if_idle`](Self::lock_if_idle) from a timer. All methods take `&self` and may be called from several threads.
pub struct Vault {
    id: SecretId,
    inner: Mutex<Inner>,
}

struct Inner {
    secret: Option<PassportSecret>,
    idle_time: Option<Duration>,
    last_use: Instant,
}

/// The vault did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// It was idle for too long and has wiped the secret; unlock it again with the password.
    #[error("the vault is locked")]
    Locked,
}

impl Vault {
    /// Half an hour, as long as Telegram Desktop keeps the secret.
    pub const DEFAULT_IDLE_TIME: Duration = Duration::from_secs(30 * 60);

    /// A vault for this secret, with the default idle time.
    #[must_use]
    pub fn new(secret: PassportSecret) -> Self {
        let id = secret.id();
        let inner = Inner {
            secret: Some(secret),
            idle_time: Some(Self::DEFAULT_IDLE_TIME),
            last_use: Instant::now(),
        };
        Self { id, inner: Mutex::new(inner) }
    }

    /// Which secret this is; known even when locked.
    #[must_use]
    pub fn secret_id(&self) -> SecretId {
        self.id
    }

    /// After how much idleness the vault locks itself; `None` for never.
    #[must_use]
    pub fn idle_time(&self) -> Option<Duration> {
        self.inner().idle_time
    }

    /// Sets the idle time; it counts from the last use.
    pub fn set_idle_time(&self, idle_time: Option<Duration>) {
        self.inner().idle_time = idle_time;
    }

    /// Wipes the secret if the idle time is over. Not a use.
    ///
    /// Answers how long from now the time will be over if nothing uses the vault, and `None` if it is locked or never
    /// locks itself: a timer sleeps for that long and asks again.
    pub fn lock_if_idle(&self) -> Option<Duration> {
        let mut inner = self.inner();
        inner.wipe_if_due(Instant::now());
        inner.secret.as_ref()?;
        Some(inner.idle_time?.saturating_sub(inner.last_use.elapsed()))
    }

    /// Whether the secret has been wiped, or would be by the next use.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.lock_if_idle();
        self.inner().secret.is_none()
    }

    /// Wipes the secret.
    pub fn lock(self) {
        drop(self);
    }

    /// Wraps the secret for the account under a (new) password; see [`wrap_secret`].
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn wrap_secret(&self, password: &Password, server_salt: &[u8]) -> Result<WrappedSecret, VaultError> {
        self.use_secret(|secret| wrap_secret(secret, password, server_salt))
    }

    /// Runs `work` on the secret and counts it as a use.
    pub(super) fn use_secret<T>(&self, work: impl FnOnce(&PassportSecret) -> T) -> Result<T, VaultError> {
        let mut inner = self.inner();
        inner.wipe_if_due(Instant::now());
        let result = work(inner.secret.as_ref().ok_or(VaultError::Locked)?);
        inner.last_use = Instant::now();
        Ok(result)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // The state is whole between any two statements, so a panic elsewhere cannot have broken it.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn wipe_if_due(&mut self, now: Instant) {
        if self.idle_time.is_some_and(|limit| now.saturating_duration_since(self.last_use) >= limit) {
            self.secret = None;
        }
    }
}

impl From<PassportSecret> for Vault {
    fn from(secret: PassportSecret) -> Self {
        Self::new(secret)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("id", &self.id).finish_non_exhaustive()
    }
}
