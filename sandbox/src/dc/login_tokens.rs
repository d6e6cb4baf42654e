//! Tokens of QR logins: shown by a new session, approved by one that is signed in.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::session::SessionKey;
use crate::primitives;
use telegram_passport::cloud::CloudError;

/// For how many seconds a token may be approved, unless a tester sets another time.
const LIFETIME: i64 = 30;

/// The tokens of a sandbox. None outlives the process: who scans one that is gone is shown the next.
#[derive(Debug)]
pub(super) struct LoginTokens {
    tokens: Mutex<HashMap<[u8; 16], LoginToken>>,
    lifetime: AtomicI64,
}

impl Default for LoginTokens {
    fn default() -> Self {
        Self { tokens: Mutex::default(), lifetime: AtomicI64::new(LIFETIME) }
    }
}

#[derive(Clone, Copy, Debug)]
struct LoginToken {
    identity: i64,
    session: SessionKey,
    expires_at: i64,
    approved_by: Option<i64>,
    /// Who approved it where that is not known here yet.
    to_be_approved_by: Option<i64>,
}

/// What a session that exports a token gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exported {
    /// A token to show, and until when it holds.
    Token {
        /// The bytes behind `tg://login?token=`.
        token: [u8; 16],
        /// Unix time.
        expires_at: i64,
    },
    /// The token shown before was approved.
    Approved {
        /// The bytes, good for one login.
        token: [u8; 16],
        /// By whom.
        user_id: i64,
    },
}

impl LoginTokens {
    /// For how many seconds tokens may be approved that are shown from now on.
    pub(super) fn set_lifetime(&self, lifetime: Duration) {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        self.lifetime.store(seconds, Ordering::Relaxed);
    }

    /// `auth.exportLoginToken`: a token, or the approval of the one before.
    pub(super) fn export(&self, identity: i64, session: SessionKey, now: i64) -> Exported {
        let mut tokens = self.lock();
        // An approval that comes to be known after another token was asked for is for nothing.
        tokens.retain(|_, token| {
            token.expires_at > now && (token.identity != identity || token.to_be_approved_by.is_none())
        });
        let mine =
            tokens.iter().find(|(_, token)| token.identity == identity).map(|(key, token)| (*key, *token));
        if let Some((key, LoginToken { approved_by, expires_at, .. })) = mine {
            return match approved_by {
                Some(user_id) => Exported::Approved { token: key, user_id },
                None => Exported::Token { token: key, expires_at },
            };
        }
        let token = primitives::random();
        let expires_at = now + self.lifetime.load(Ordering::Relaxed);
        tokens.insert(
            token,
            LoginToken { identity, session, expires_at, approved_by: None, to_be_approved_by: None },
        );
        Exported::Token { token, expires_at }
    }

    /// Uses an approved token up; gives who approved it.
    pub(super) fn redeem(&self, token: &[u8], now: i64) -> Option<i64> {
        let mut tokens = self.lock();
        let key = <[u8; 16]>::try_from(token).ok()?;
        let user_id = tokens.get(&key).filter(|token| token.expires_at > now)?.approved_by?;
        tokens.remove(&key);
        Some(user_id)
    }

    /// `auth.acceptLoginToken`: approves a token, which [`publish`](Self::publish) makes known; gives its key's identity.
    ///
    /// # Errors
    /// `AUTH_TOKEN_INVALID`, `AUTH_TOKEN_EXPIRED`, `AUTH_TOKEN_ALREADY_ACCEPTED`.
    pub(super) fn accept(&self, token: &[u8], user_id: i64, now: i64) -> Result<i64, CloudError> {
        let mut tokens = self.lock();
        let found = <[u8; 16]>::try_from(token).ok().and_then(|key| tokens.get_mut(&key));
        let refused = |why: &str| Err(CloudError::from_rpc(400, why));
        match found {
            None => refused("AUTH_TOKEN_INVALID"),
            Some(token) if token.expires_at <= now => refused("AUTH_TOKEN_EXPIRED"),
            Some(token) if token.approved_by.or(token.to_be_approved_by).is_some() => {
                refused("AUTH_TOKEN_ALREADY_ACCEPTED")
            }
            Some(token) => {
                token.to_be_approved_by = Some(user_id);
                Ok(token.identity)
            }
        }
    }

    /// Makes an approval known; gives the session that shows the token, if it still does.
    pub(super) fn publish(&self, token: &[u8]) -> Option<SessionKey> {
        let mut tokens = self.lock();
        let token = tokens.get_mut(&<[u8; 16]>::try_from(token).ok()?)?;
        token.approved_by = Some(token.to_be_approved_by.take()?);
        Some(token.session)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 16], LoginToken>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_approved_once_and_in_time() {
        let tokens = LoginTokens::default();
        let session = SessionKey { auth_key_id: 1, session_id: 2 };
        let Exported::Token { token, expires_at } = tokens.export(1, session, 100) else {
            panic!("nobody approved")
        };
        assert_eq!(tokens.export(1, session, 101), Exported::Token { token, expires_at });
        assert!(tokens.accept(&[0; 16], 7, 101).is_err());
        assert!(tokens.accept(&token, 7, expires_at).is_err());
        assert_eq!(tokens.redeem(&token, 101), None);
        assert_eq!(tokens.accept(&token, 7, 101).unwrap(), 1);
        assert!(tokens.accept(&token, 7, 102).is_err());
        assert_eq!(tokens.redeem(&token, 102), None);
        assert_eq!(tokens.publish(&token), Some(session));
        assert!(tokens.accept(&token, 7, 102).is_err());
        assert_eq!(tokens.export(1, session, 102), Exported::Approved { token, user_id: 7 });
        assert_eq!(tokens.redeem(&token, 102), Some(7));
        assert_eq!(tokens.redeem(&token, 102), None);
        assert!(matches!(tokens.export(1, session, 103), Exported::Token { .. }));
    }

    #[test]
    fn an_approval_that_is_not_waited_for_is_for_nothing() {
        let tokens = LoginTokens::default();
        let session = SessionKey { auth_key_id: 1, session_id: 2 };
        let Exported::Token { token: shown, .. } = tokens.export(1, session, 100) else { panic!() };
        tokens.accept(&shown, 7, 101).unwrap();
        let Exported::Token { token: other, .. } = tokens.export(1, session, 102) else { panic!() };
        assert_ne!(other, shown);
        assert_eq!(tokens.publish(&shown), None);
        assert_eq!(tokens.export(1, session, 103), Exported::Token { token: other, expires_at: 132 });
    }
}
