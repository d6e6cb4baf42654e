//! The engines that a command may work with, each held as a [`Passport`].

use std::sync::Arc;

use telegram_passport::mtproto;
use telegram_passport::passport::{Passport, Vaulted};
use telegram_passport::tdlib::{Engine, RiskAccepted, Session};

/// TDLib's engine over a session.
pub(crate) fn over_tdlib(session: &Session, risk_accepted: bool) -> Arc<dyn Passport> {
    let engine = Engine::new(session.client().clone());
    Arc::new(if risk_accepted { engine.accepting_risk(RiskAccepted) } else { engine })
}

/// TDLib's engine with the vault's own session beside it.
pub(crate) fn beside(session: &Session, vault: Arc<Vaulted<mtproto::Cloud>>) -> Arc<dyn Passport> {
    Arc::new(Engine::new(session.client().clone()).beside(vault))
}
