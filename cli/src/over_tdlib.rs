//! The genuine TDLib, logged in to the Telegram that is played in this process.

use telegram_passport::element::PhoneNumber;
use telegram_passport::login::{LoginSteps as _, Step};
use telegram_passport::tdlib::{Login, Session};
use telegram_passport::vault::Password;
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport_sandbox::dc::{DataCentres, ServerIdentity};
use telegram_passport_sandbox::{Description, State};

use crate::account::{self};
use crate::failure::{Failure, sentence};
use crate::progress::Progress;

/// A session of TDLib, and the data centre it is on.
pub(crate) struct OverTdlib {
    session: Session,
    data_centres: DataCentres,
    /// Holds the copy of TDLib and the session as long as they are needed.
    directory: tempfile::TempDir,
}

impl OverTdlib {
    /// Starts a data centre, turns a copy of TDLib to it, and logs in as everybody does: number, code, password.
    pub(crate) async fn log_in(
        state: &State,
        phone_number: &PhoneNumber,
        password: &str,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        progress.step("making the data centre's key");
        let identity = beside(ServerIdentity::generate).await?;
        let data_centres = DataCentres::start(state.clone(), &identity).await.map_err(|error| {
            Failure::failed(format!("no data centre can be started on loopback: {error}"))
        })?;
        let directory = tempfile::Builder::new()
            .prefix("tgpassport-")
            .tempdir()
            .map_err(|error| Failure::failed(format!("no temporary directory can be made: {error}")))?;
        let sandbox = Description::in_process(&data_centres, &identity);
        let library = account::sandbox_library(&sandbox, directory.path(), progress)
            .map_err(|failure| failure.remedy("`tgpassport demo --engine vault` does without TDLib."))?;
        let options = sandbox
            .session_options(&directory.path().join("session"), StorageKey::generate())
            .map_err(|error| Failure::failed(sentence(&error)))?;
        progress.step("logging in");
        let (login, _) = Login::begin(library, &options).await?;
        let session = sign_in(login, state, phone_number, password).await?;
        Ok(Self { session, data_centres, directory })
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Closes the session, then the data centre.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        self.session.close().await?;
        drop(self.data_centres);
        self.directory
            .close()
            .map_err(|error| Failure::failed(format!("the temporary directory cannot be removed: {error}")))
    }
}

async fn sign_in(
    login: Login,
    state: &State,
    phone_number: &PhoneNumber,
    password: &str,
) -> Result<Session, Failure> {
    let failed = |error| Failure::from(error);
    login.set_phone_number(&phone_number.0).await.map_err(failed)?;
    let code = state.last_login_code(&phone_number.0).unwrap_or_default();
    let step = login.check_code(&code).await.map_err(failed)?;
    if matches!(step, Step::Password { .. }) {
        login.check_password(&Password::from(password)).await.map_err(failed)?;
    }
    login.finish().await.map_err(|(error, _)| error.into())
}

/// Something slow, while the data centre goes on.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::failed(sentence(&error)))
}
