//! The vault's own channel against the sandbox's data centres.

mod addresses;
mod clock;
mod conformance;
mod exchange;
mod faults;
mod hostile;
mod proxy;
mod saved;
mod sign_in;
mod signed_out;
mod trouble;
mod upload;

use std::sync::LazyLock;
use std::time::Duration;

use telegram_passport::mtproto::{Application, Cloud, Network, SignIn, Step, TimeOuts};
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

/// Not Telegram's: a sandbox takes any. For it nothing takes too long.
fn application() -> Application {
    with(FOR_EVER)
}

/// One that asks soon what became of a query.
fn curious() -> Application {
    with(TimeOuts { ask_after: Duration::from_millis(400), ..FOR_EVER })
}

fn with(time_outs: TimeOuts) -> Application {
    Application { time_outs, ..Application::new(7, "0123456789abcdef0123456789abcdef") }
}

fn network(centres: &DataCentres) -> Network {
    Network::sandbox(centres.addresses(), &IDENTITY.public_key()).unwrap()
}

async fn centres(state: &State) -> DataCentres {
    DataCentres::start(state.clone(), &IDENTITY).await.unwrap()
}

/// Signs in by code, and by the password if there is one.
async fn sign_in(centres: &DataCentres, stage: &Stage, application: Application) -> Cloud {
    sign_in_by(network(centres), stage, application).await
}

async fn sign_in_by(network: Network, stage: &Stage, application: Application) -> Cloud {
    let mut sign_in = SignIn::begin(network, application);
    sign_in.send_code(Stage::PHONE).await.unwrap();
    let mut step = sign_in.check_code(&stage.state.last_login_code(Stage::PHONE).unwrap()).await.unwrap();
    if let (Step::Password { .. }, Some(password)) = (&step, stage.password()) {
        step = sign_in.check_password(&password.into()).await.unwrap();
    }
    match step {
        Step::Ready(cloud) => cloud,
        Step::Password { .. } => panic!("a password is wanted, and none was set"),
    }
}

/// An engine over a channel of its own, unlocked and ready to store.
async fn ready(stage: &Stage, application: Application) -> (DataCentres, Vaulted<Cloud>) {
    let other_device = Vaulted::new(stage.cloud());
    other_device.set_password(None, &PASSWORD.into(), "").await.unwrap();
    other_device.create_secret(&PASSWORD.into()).await.unwrap();
    stage.remember_password(PASSWORD);
    let centres = centres(&stage.state).await;
    let passport = Vaulted::new(sign_in(&centres, stage, application).await);
    passport.unlock(&PASSWORD.into()).await.unwrap();
    (centres, passport)
}
