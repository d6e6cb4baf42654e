//! Every case of the conformance suite over TDLib and the data centre.

use std::sync::Arc;

use telegram_passport::passport::Vaulted;
use telegram_passport::tdlib::{
    DatabaseKey, Engine as TdlibEngine, Login, Proxy, RiskAccepted, SessionOptions, Step,
};
use telegram_passport_sandbox::dc::DataCentres;

use crate::cases::{Case, block_on};
use crate::conformance::stage::Stage;
use crate::conformance::{self, Engine};
use crate::stage;

pub(crate) struct OverTdlib;

impl Engine for OverTdlib {
    type Passport = TdlibEngine;
    const SEES_AN_UNUSED_SECRET: bool = false;

    async fn session(stage: &Stage) -> Self::Passport {
        // The sandbox is this process's own.
        cautious(stage).await.accepting_risk(RiskAccepted)
    }
}

/// The same with the vault's own channel beside it, and no risk taken.
pub(crate) struct BesideTheVault;

impl Engine for BesideTheVault {
    type Passport = TdlibEngine;
    const SEES_AN_UNUSED_SECRET: bool = true;

    async fn session(stage: &Stage) -> Self::Passport {
        cautious(stage).await.beside(Arc::new(Vaulted::new(stage.cloud())))
    }
}

/// An engine as it is on Telegram.
pub(crate) async fn cautious(stage: &Stage) -> TdlibEngine {
    let data_centres = match stage.kept::<DataCentres>().pop() {
        Some(data_centres) => data_centres,
        None => stage.keep(DataCentres::start(stage.state.clone(), stage::identity()).await.unwrap()),
    };
    let directory = stage.keep(tempfile::tempdir().unwrap());
    let address = data_centres.address();
    let options =
        SessionOptions::new(&directory.path().join("account"), stage::api(), DatabaseKey::new(&[7; 32]))
            .proxy(Proxy::socks5(address.ip().to_string(), address.port()));
    let (login, _) = Login::begin(crate::library(), &options).await.unwrap();
    login.set_phone_number(Stage::PHONE).await.unwrap();
    let mut step = login.check_code(&stage.state.last_login_code(Stage::PHONE).unwrap()).await.unwrap();
    if let Some(password) = stage.password() {
        step = login.check_password(&password).await.unwrap();
    }
    assert_eq!(step, Step::Ready);
    let session = login.finish().await.map_err(|(why, _)| why).unwrap();
    TdlibEngine::new(session.client().clone())
}

macro_rules! cases {
    ($($case:ident,)*) => {
        vec![$(
            Case {
                name: concat!("over_tdlib::", stringify!($case)),
                needs: &[],
                run: || block_on(conformance::$case::<OverTdlib>()),
            },
            Case {
                name: concat!("beside_the_vault::", stringify!($case)),
                needs: &[],
                run: || block_on(conformance::$case::<BesideTheVault>()),
            },
        )*]
    };
}

pub(crate) fn cases() -> Vec<Case> {
    conformance::every_case!(cases)
}
