//! The vault's own channel against the sandbox's data centres.

mod conformance;
mod faults;
mod hostile;
mod proxy;
mod saved;
mod sign_in;
mod upload;

use std::sync::LazyLock;
use std::time::Duration;

use telegram_passport::mtproto::{Application, Cloud, Network, Patience, SignIn, Step};
use telegram_passport::passport::{Passport as _, Vaulted};
use telegram_passport::sandbox::dc::{DataCentres, ServerIdentity};
use telegram_passport::sandbox::state::State;

use crate::conformance::PASSWORD;
use crate::conformance::stage::Stage;

/// Made once: a key takes a while.
static IDENTITY: LazyLock<ServerIdentity> = LazyLock::new(ServerIdentity::generate);

/// Not Telegram's: a sandbox takes any.
fn application() -> Application {
    Application::new(7, "0123456789abcdef0123456789abcdef")
}

/// One that asks soon, and gives up soon.
fn impatient() -> Application {
    let patience = Patience {
        connect: Duration::from_secs(5),
        ask_after: Duration::from_millis(400),
        answer: Duration::from_secs(8),
        flood_wait: Duration::from_secs(2),
    };
    Application { patience, ..application() }
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
        step = sign_in.check_password(password.into()).await.unwrap();
    }
    match step {
        Step::Ready(cloud) => cloud,
        Step::Password { .. } => panic!("a password is wanted, and none was set"),
    }
}

/// An engine over a channel of its own, unlocked and ready to store.
async fn ready(stage: &Stage, application: Application) -> (DataCentres, Vaulted<Cloud>) {
    let other_device = Vaulted::new(stage.cloud());
    other_device.set_password(None, PASSWORD.into(), "").await.unwrap();
    other_device.create_secret(PASSWORD.into()).await.unwrap();
    stage.remember_password(PASSWORD);
    let centres = centres(&stage.state).await;
    let passport = Vaulted::new(sign_in(&centres, stage, application).await);
    passport.unlock(PASSWORD.into()).await.unwrap();
    (centres, passport)
}
