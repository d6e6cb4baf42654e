//! That a session is signed in no more, and why, as far as the server says.

/// Declares [`SignedOut`] and its RPC names from one table.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal $name:literal, $text:literal;)+) => {
        /// Why a session is signed in no more, or never was.
        ///
        /// Telegram has a family of names for it, and both engines answer with this one fact. All but `Ending` and
        /// [`KeyUnknown`](Self::KeyUnknown) came encrypted, from who has the session's key.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum SignedOut {
            $($(#[doc = $doc])+ #[error($text)] $variant,)+
            /// Any other 401 but `SESSION_PASSWORD_NEEDED`, which asks for the password in the middle of a login.
            #[error("the session is signed in no more ({name})")]
            Other {
                /// The RPC error's message, an upper-case identifier.
                name: String,
            },
            /// TDLib signed out by itself, and does not say what Telegram said (feature `tdlib`).
            #[cfg(feature = "tdlib")]
            #[error("the session was ended")]
            Untold,
            /// TDLib was told to end the session, and goes on with it: the server has not said yet that it has. Nothing is
            /// deleted for it (feature `tdlib`).
            #[cfg(feature = "tdlib")]
            #[error("the session is being ended, and the server has not said yet that it is")]
            Ending,
            /// The transport's −404: the server does not know the session's key. It stands unencrypted on the wire, so
            /// that anybody on the way can say it: nothing is deleted for it.
            #[error("the server does not know this session any more, or somebody on the way says so")]
            KeyUnknown,
        }

        impl SignedOut {
            /// The reason that an RPC error states, if it is one.
            #[must_use]
            pub fn from_rpc(code: i32, message: &str) -> Option<Self> {
                match (code, message) {
                    $(($code, $name) => Some(Self::$variant),)+
                    (401, "SESSION_PASSWORD_NEEDED") => None,
                    (401, name) => Some(Self::Other { name: name.to_owned() }),
                    _ => None,
                }
            }

            /// The RPC error that states this reason: its code and message. `None` for what is no RPC error.
            #[must_use]
            pub fn to_rpc(&self) -> Option<(i32, String)> {
                match self {
                    $(Self::$variant => Some(($code, $name.to_owned())),)+
                    Self::Other { name } => Some((401, name.clone())),
                    #[cfg(feature = "tdlib")]
                    Self::Untold | Self::Ending => None,
                    Self::KeyUnknown => None,
                }
            }

            /// Every reason that has a name of its own.
            pub const NAMED: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

reasons! {
    /// `AUTH_KEY_UNREGISTERED` (401): the session was ended, or never signed in.
    KeyUnregistered = 401 "AUTH_KEY_UNREGISTERED", "the session is not signed in";
    /// `AUTH_KEY_INVALID` (401)
    KeyInvalid = 401 "AUTH_KEY_INVALID", "Telegram takes the session's key no more";
    /// `AUTH_KEY_PERM_EMPTY` (401): no session that lasts stands behind the key.
    KeyNotPermanent = 401 "AUTH_KEY_PERM_EMPTY", "the session's key belongs to no session any more";
    /// `AUTH_KEY_DUPLICATED` (406): the key was used in two places at once, and Telegram ended the session for it.
    KeyDuplicated = 406 "AUTH_KEY_DUPLICATED", "the session was used in two places at once, and Telegram has ended it";
    /// `SESSION_REVOKED` (401): another session ended this one, or all others.
    Revoked = 401 "SESSION_REVOKED", "the session was ended from another device";
    /// `SESSION_EXPIRED` (401)
    Expired = 401 "SESSION_EXPIRED", "the session has expired";
    /// `USER_DEACTIVATED` (401)
    Deactivated = 401 "USER_DEACTIVATED", "the account was deleted";
    /// `USER_DEACTIVATED_BAN` (401)
    Banned = 401 "USER_DEACTIVATED_BAN", "Telegram has banned the account";
}

impl SignedOut {
    /// Whether this came from who has the session's key, so that what belongs to the session may be deleted.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        match self {
            Self::KeyUnregistered
            | Self::KeyInvalid
            | Self::KeyNotPermanent
            | Self::KeyDuplicated
            | Self::Revoked
            | Self::Expired
            | Self::Deactivated
            | Self::Banned
            | Self::Other { .. } => true,
            Self::KeyUnknown => false,
            #[cfg(feature = "tdlib")]
            Self::Untold => true,
            #[cfg(feature = "tdlib")]
            Self::Ending => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_401_but_the_request_for_a_password_is_signed_out() {
        for reason in SignedOut::NAMED {
            let (code, name) = reason.to_rpc().unwrap();
            assert_eq!(SignedOut::from_rpc(code, &name).as_ref(), Some(reason), "{name}");
            assert!(reason.is_certain());
        }
        let newer = SignedOut::from_rpc(401, "SESSION_MELTED").unwrap();
        assert_eq!(newer.to_rpc(), Some((401, "SESSION_MELTED".to_owned())));
        for (code, name) in
            [(401, "SESSION_PASSWORD_NEEDED"), (400, "SESSION_REVOKED"), (500, "USER_DEACTIVATED")]
        {
            assert_eq!(SignedOut::from_rpc(code, name), None, "{code} {name}");
        }
    }

    #[test]
    fn what_anybody_on_the_way_can_say_is_not_certain() {
        assert!(!SignedOut::KeyUnknown.is_certain());
        assert_eq!(SignedOut::KeyUnknown.to_rpc(), None);
        assert!(!SignedOut::Ending.is_certain(), "nor is what the server has not said");
    }
}
