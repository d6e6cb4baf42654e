//! Every case of the conformance suite over TDLib and the data centre.

use std::sync::Arc;

use telegram_passport::login::{LoginSteps as _, Step};
use telegram_passport::passport::{Passport, Vaulted};
use telegram_passport::tdlib::{Engine as TdlibEngine, Login, RiskAccepted};
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport_sandbox::Description;
use telegram_passport_sandbox::dc::DataCentres;

use crate::cases::{Case, block_on};
use crate::conformance::stage::Stage;
use crate::conformance::{self, Engine, Opening};
use crate::stage;

pub(crate) struct OverTdlib;

impl Engine for OverTdlib {
    fn sees_an_unused_secret(&self) -> bool {
        false
    }

    fn session<'a>(&'a self, stage: &'a Stage) -> Opening<'a> {
        Box::pin(async move {
            // The sandbox is this process's own.
            Arc::new(cautious(stage).await.accepting_risk(RiskAccepted)) as Arc<dyn Passport>
        })
    }
}

/// The same with the vault's own channel beside it, and no risk taken.
pub(crate) struct BesideTheVault;

impl Engine for BesideTheVault {
    fn sees_an_unused_secret(&self) -> bool {
        true
    }

    fn session<'a>(&'a self, stage: &'a Stage) -> Opening<'a> {
        Box::pin(async move {
            Arc::new(cautious(stage).await.beside(Arc::new(Vaulted::new(stage.cloud())))) as Arc<dyn Passport>
        })
    }
}

/// An engine as it is on Telegram.
pub(crate) async fn cautious(stage: &Stage) -> TdlibEngine {
    let data_centres = match stage.owned::<DataCentres>().pop() {
        Some(data_centres) => data_centres,
        None => stage.own(DataCentres::start(stage.state.clone(), stage::identity()).await.unwrap()),
    };
    let directory = stage.own(tempfile::tempdir().unwrap());
    let sandbox = Description::in_process(&data_centres, stage::identity());
    let options = sandbox.session_options(&directory.path().join("account"), StorageKey::generate()).unwrap();
    let (login, _) = Login::begin(crate::library(), &options).await.unwrap();
    login.set_phone_number(Stage::PHONE).await.unwrap();
    let mut step = login.check_code(&stage.state.last_login_code(Stage::PHONE).unwrap()).await.unwrap();
    if let Some(password) = stage.password() {
        step = login.check_password(&password.as_str().into()).await.unwrap();
    }
    assert_eq!(step, Step::Ready);
    let session = login.finish().await.map_err(|(why, _)| why).unwrap();
    TdlibEngine::new(session.client().clone())
}

/// TDLib's engine itself, for an account that is ready to store elements.
pub(crate) async fn ready(stage: &Stage) -> TdlibEngine {
    let engine = cautious(stage).await.accepting_risk(RiskAccepted);
    conformance::prepare(&engine, stage).await;
    engine
}

macro_rules! cases {
    ($($case:ident,)*) => {
        vec![$(
            Case {
                name: concat!("over_tdlib::", stringify!($case)),
                needs: &[],
                run: || block_on(conformance::$case(&OverTdlib)),
            },
            Case {
                name: concat!("beside_the_vault::", stringify!($case)),
                needs: &[],
                run: || block_on(conformance::$case(&BesideTheVault)),
            },
        )*]
    };
}

pub(crate) fn cases() -> Vec<Case> {
    conformance::every_case!(cases)
}
