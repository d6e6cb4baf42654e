//! The vault's own channel against the sandbox's data centres.

mod addresses;
mod clock;
mod conformance;
mod exchange;
mod faults;
mod hostile;
mod login;
mod proxy;
mod saved;
mod signed_out;
mod trouble;
mod upload;

use std::sync::LazyLock;
use std::time::Duration;

use telegram_passport::login::{Application, Device, LoginSteps as _, Step};
use telegram_passport::mtproto::{Cloud, Login, Network, TimeOuts};
use telegram_passport::passport::{Passport as _, Vaulted};
use telegram_passport_sandbox::dc::{DataCentres, ServerIdentity};
use telegram_passport_sandbox::state::State;

use crate::conformance::PASSWORD;
use crate::conformance::stage::Stage;

/// Made once: a key takes a while.
static IDENTITY: LazyLock<ServerIdentity> = LazyLock::new(ServerIdentity::generate);

/// As long as no case waits, however busy the machine is.
const FOR_EVER: TimeOuts = TimeOuts {
    connect: Duration::from_secs(600),
    ask_after: Duration::from_secs(600),
    answer: Duration::from_secs(600),
    flood_wait: Duration::from_secs(2),
};

/// What became of a query is asked soon.
const CURIOUS: TimeOuts = TimeOuts { ask_after: Duration::from_millis(400), ..FOR_EVER };

/// Not Telegram's: a sandbox takes any.
fn application() -> Application {
    Application::new(7, "0123456789abcdef0123456789abcdef").on(Device::named("telegram-passport vault"))
}

/// On it nothing takes too long.
fn network(centres: &DataCentres) -> Network {
    Network::sandbox(centres.addresses(), &IDENTITY.public_key()).unwrap().with_time_outs(FOR_EVER)
}

async fn centres(state: &State) -> DataCentres {
    DataCentres::start(state.clone(), &IDENTITY).await.unwrap()
}

/// Signs in by code, and by the password if there is one.
async fn sign_in(centres: &DataCentres, stage: &Stage, time_outs: TimeOuts) -> Cloud {
    sign_in_by(network(centres).with_time_outs(time_outs), stage).await
}

async fn sign_in_by(network: Network, stage: &Stage) -> Cloud {
    let (login, _) = Login::begin(network, application());
    login.set_phone_number(Stage::PHONE).await.unwrap();
    let step = login.check_code(&stage.state.last_login_code(Stage::PHONE).unwrap()).await.unwrap();
    if let (Step::Password { .. }, Some(password)) = (&step, stage.password()) {
        login.check_password(&password.into()).await.unwrap();
    }
    login.finish().await.map_err(|(why, _)| why).expect("signed in, with the password if one was set")
}

/// An engine over a channel of its own, unlocked and ready to store.
async fn ready(stage: &Stage, time_outs: TimeOuts) -> (DataCentres, Vaulted<Cloud>) {
    let other_device = Vaulted::new(stage.cloud());
    other_device.set_password(None, &PASSWORD.into(), "").await.unwrap();
    other_device.create_secret(&PASSWORD.into()).await.unwrap();
    stage.remember_password(PASSWORD);
    let centres = centres(&stage.state).await;
    let passport = Vaulted::new(sign_in(&centres, stage, time_outs).await);
    passport.unlock(&PASSWORD.into()).await.unwrap();
    (centres, passport)
}
