//! What a case needs: a world of its own, reached by TDLib.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use telegram_passport::cloud::PasswordKdfAlgo;
use telegram_passport::element::{Country, ElementType, EmailAddress, PhoneNumber};
use telegram_passport::login::{Application, LoginSteps as _, Step};
use telegram_passport::tdlib::{Library, Login, Proxy, Session, SessionOptions};
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport::vault::{Password, PasswordAlgorithm, derive_verifier};
use telegram_passport_sandbox::dc::{DataCentres, ServerIdentity};
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::person::{GenerateOptions, Person};
use telegram_passport_sandbox::state::{Clock, RegisteredPassword, Registration};
use telegram_passport_sandbox::{Description, State};
use tempfile::TempDir;

/// The file names in the stage's directory.
pub(crate) const LIBRARY: &str = "tdlib";
pub(crate) const KEY: &str = "key.der";
pub(crate) const ORIGINAL: &str = "original";

/// The password of an account with a recovery e-mail address.
pub(crate) const RECOVERABLE_PASSWORD: &str = "old horse";

/// What the server keeps of it, derived once: that takes a while.
static VERIFIER: LazyLock<RegisteredPassword> = LazyLock::new(|| {
    // Whoever has an account is offered salts.
    let state = State::default();
    let somebody = Registration::new(PhoneNumber("380501112233".to_owned()), "Somebody");
    let offered_to = state.register_account(somebody).unwrap();
    let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
        state.account_password(offered_to).unwrap().new_algo
    else {
        panic!("the sandbox has another algorithm")
    };
    let password = Password::from(RECOVERABLE_PASSWORD);
    let new = derive_verifier(&password, &PasswordAlgorithm { salt1, salt2, g, p }).unwrap();
    let PasswordAlgorithm { salt1, salt2, g, p } = new.algorithm;
    RegisteredPassword {
        algorithm: PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p },
        verifier: new.verifier.to_vec(),
        hint: "a hint".to_owned(),
        recovery_email: None,
        secure_settings: None,
    }
});

static IDENTITY: OnceLock<ServerIdentity> = OnceLock::new();
static ORIGINAL_PATH: OnceLock<PathBuf> = OnceLock::new();

/// Loads the library and the key of this run.
pub(crate) fn open(directory: &Path) -> Result<(), Box<dyn Error>> {
    Library::load(&directory.join(LIBRARY))?;
    let identity = ServerIdentity::from_der(&fs::read(directory.join(KEY))?).ok_or("the key is damaged")?;
    IDENTITY.get_or_init(|| identity);
    let original = fs::read_to_string(directory.join(ORIGINAL))?;
    ORIGINAL_PATH.get_or_init(|| original.into());
    Ok(())
}

/// The key of this run.
pub(crate) fn identity() -> &'static ServerIdentity {
    IDENTITY.get().unwrap()
}

/// The library that the copy was made from.
pub(crate) fn original() -> &'static Path {
    ORIGINAL_PATH.get().unwrap()
}

/// A sandbox with data centres, and a directory for the accounts' sessions.
pub(crate) struct Stage {
    pub(crate) state: State,
    pub(crate) data_centres: DataCentres,
    pub(crate) directory: TempDir,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// A sandbox whose data centre 1 is at this address.
    pub(crate) async fn at(address: SocketAddr) -> Self {
        let state = State::new(Clock::system(), &countries_languages_json());
        let at = BTreeMap::from([(1, address)]);
        let data_centres = DataCentres::start_at(state.clone(), identity(), &at).await.unwrap();
        Self { state, data_centres, directory: tempfile::tempdir().unwrap() }
    }

    /// A person with an account, by number; gives their phone number.
    pub(crate) fn person(&self, seed: u64, password: Option<&str>) -> String {
        let kinds = vec![ElementType::PersonalDetails, ElementType::PhoneNumber];
        let options = GenerateOptions { kinds, ..GenerateOptions::default() };
        let person = Person::generate_with(Country::from_code("UA").unwrap(), seed, &options).unwrap();
        person.sign_up(&self.state, password.map(Password::from).as_ref()).unwrap();
        person.phone_number().unwrap().0.clone()
    }

    /// An account with the password [`RECOVERABLE_PASSWORD`], a hint and a recovery e-mail address; gives its id.
    pub(crate) fn recoverable(&self, phone: &str, email: &str) -> i64 {
        let mut registration = Registration::new(PhoneNumber(phone.to_owned()), "Somebody");
        let recovery_email = Some(EmailAddress(email.to_owned()));
        registration.password = Some(RegisteredPassword { recovery_email, ..VERIFIER.clone() });
        self.state.register_account(registration).unwrap()
    }

    pub(crate) fn proxy(&self) -> Proxy {
        self.description().proxy()
    }

    /// How an account's session is opened, by the account's name.
    pub(crate) fn options(&self, account: &str) -> SessionOptions {
        let directory = self.directory.path().join(account);
        // A session is opened again with the key that it was made with.
        let key = StorageKey::try_from(&[7; 32][..]).unwrap();
        let options = self.description().session_options(&directory, key).unwrap();
        SessionOptions { application: application(), ..options }
    }

    /// How clients reach the sandbox.
    pub(crate) fn description(&self) -> Description {
        Description::in_process(&self.data_centres, identity())
    }

    /// A login at its first step.
    pub(crate) async fn login(&self, account: &str) -> (Login, Step) {
        Login::begin(super::library(), &self.options(account)).await.unwrap()
    }

    /// An account without a password, signed in.
    pub(crate) async fn session(&self, account: &str, phone: &str) -> Session {
        let (login, step) = self.login(account).await;
        assert_eq!(step, Step::PhoneNumber);
        assert!(matches!(login.set_phone_number(phone).await.unwrap(), Step::Code(_)));
        let step = login.check_code(&self.state.last_login_code(phone).unwrap()).await.unwrap();
        assert_eq!(step, Step::Ready);
        login.finish().await.map_err(|(why, _)| why).unwrap()
    }
}

pub(crate) fn application() -> Application {
    Application::new(17_349, "344583e45741c457fe1862106095a5eb")
}
