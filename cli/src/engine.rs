//! The engines that a command may work with, which of them it chooses, and each held as a [`Passport`].

use std::sync::Arc;

use clap::ValueEnum;
use serde::Serialize;

use telegram_passport::mtproto;
use telegram_passport::passport::{Passport, Vaulted};
use telegram_passport::tdlib::{Engine, RiskAccepted, Session};

/// The engines of a Passport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EngineKind {
    /// TDLib, Telegram's own client library; fetched if it is not here yet.
    Tdlib,
    /// This program's own vault.
    Vault,
}

/// What an account's Passport is unlocked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unlocking {
    /// TDLib alone.
    Tdlib,
    /// TDLib, after the vault has looked at the passport secret.
    TdlibBesideVault,
    /// The vault alone.
    Vault,
}

impl EngineKind {
    /// Where elements are stored, or a session of the vault's is there already, TDLib is not let at the passport secret
    /// without the vault, unless the person accepts the risk.
    pub(crate) fn unlocking(self, accept_risk: bool, stored: bool, has_channel: bool) -> Unlocking {
        match self {
            Self::Vault => Unlocking::Vault,
            Self::Tdlib if !accept_risk && (stored || has_channel) => Unlocking::TdlibBesideVault,
            Self::Tdlib => Unlocking::Tdlib,
        }
    }

    /// What a story with synthetic people is played with: the engine that was asked for. If none was, TDLib; the vault
    /// where that is not to be had, and the reason.
    pub(crate) fn for_story<E>(
        asked: Option<Self>,
        obtain_tdlib: impl FnOnce() -> Result<Option<String>, E>,
    ) -> Result<(Self, Option<String>), E> {
        if let Some(engine) = asked {
            return Ok((engine, None));
        }
        let reason = obtain_tdlib()?;
        Ok((if reason.is_none() { Self::Tdlib } else { Self::Vault }, reason))
    }
}

/// TDLib's engine over a session.
pub(crate) fn over_tdlib(session: &Session, risk_accepted: bool) -> Arc<dyn Passport> {
    let engine = Engine::new(session.client().clone());
    Arc::new(if risk_accepted { engine.accepting_risk(RiskAccepted) } else { engine })
}

/// TDLib's engine with the vault's own session beside it.
pub(crate) fn beside(session: &Session, vault: Arc<Vaulted<mtproto::Cloud>>) -> Arc<dyn Passport> {
    Arc::new(Engine::new(session.client().clone()).beside(vault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tdlib_is_alone_with_a_secret_only_where_nothing_is_stored_or_the_risk_is_taken() {
        let with = |accept_risk, stored, channel| EngineKind::Tdlib.unlocking(accept_risk, stored, channel);
        assert_eq!(with(false, false, false), Unlocking::Tdlib);
        assert_eq!(with(false, true, false), Unlocking::TdlibBesideVault);
        assert_eq!(with(false, false, true), Unlocking::TdlibBesideVault);
        assert_eq!(with(true, true, true), Unlocking::Tdlib);
        assert_eq!(EngineKind::Vault.unlocking(true, true, true), Unlocking::Vault);
    }

    #[test]
    fn a_story_does_without_tdlib_only_where_nobody_asked_for_it() {
        let missing = || Ok::<_, ()>(Some("no pip".to_owned()));
        assert_eq!(EngineKind::for_story(None, missing), Ok((EngineKind::Vault, missing().unwrap())));
        assert_eq!(EngineKind::for_story(None, || Ok::<_, ()>(None)), Ok((EngineKind::Tdlib, None)));
        let tdlib = Some(EngineKind::Tdlib);
        assert_eq!(EngineKind::for_story(tdlib, missing), Ok((EngineKind::Tdlib, None)));
    }
}
