//! A sandbox with one account, and a bot whose private key stays with the test.

use std::any::Any;
use std::sync::{Arc, LazyLock, Mutex};

use telegram_passport::cloud::{
    InputCheckPassword, NewPassword, PasswordInputSettings, PasswordKdfAlgo, SecureCloud, SecureValueError,
};
use telegram_passport::element::{Element, ElementType, PhoneNumber};
use telegram_passport::request::ErrorSource;
use telegram_passport::scan::{PassportJpeg, accept};
use telegram_passport::vault::bot::{BotPrivateKey, OpenedElement, PassportData};
use telegram_passport::vault::{PasswordAlgorithm, derive_verifier};
use telegram_passport_sandbox::InProcessCloud;
use telegram_passport_sandbox::bot_api::{File, download, updates};
use telegram_passport_sandbox::dc::DataCentres;
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::state::{Bot, Clock, CodePurpose, Registration, State};

use super::plaintext::{Finding, Search, Wanted};
use super::{PASSWORD, person};

/// Made once: a key takes a while.
static BOT_KEY: LazyLock<BotPrivateKey> = LazyLock::new(|| BotPrivateKey::generate(2048).unwrap());

/// Everything of the cases' person that a server must not know, and their password.
static SEARCH: LazyLock<Search> = LazyLock::new(|| {
    let mut wanted = Wanted::default();
    wanted.person(&person());
    wanted.text("password", PASSWORD);
    wanted.search()
});

/// One account without a password, in a world of its own.
///
/// When it is dropped, at the end of its case, nothing that the sandbox holds is plaintext of the cases' person.
pub(crate) struct Stage {
    pub(crate) state: State,
    pub(crate) user_id: i64,
    /// What sessions log in with, which engines beyond this process have to.
    password: Mutex<Option<String>>,
    /// What such an engine needs as long as there is a stage: its data centre, its sessions' directories.
    owned: Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
}

impl Stage {
    pub(crate) const PHONE: &str = "12025550123";

    pub(crate) fn new() -> Self {
        Self::over(State::new(Clock::system(), &countries_languages_json()))
    }

    /// One account in a world that is still empty.
    pub(crate) fn over(state: State) -> Self {
        let phone = PhoneNumber(Self::PHONE.to_owned());
        let user_id = state.register_account(Registration::new(phone, "Olena")).unwrap();
        Self { state, user_id, password: Mutex::default(), owned: Mutex::default() }
    }

    /// The account's password is this from now on.
    pub(crate) fn remember_password(&self, password: &str) {
        *self.password.lock().unwrap() = Some(password.to_owned());
    }

    /// The account's password, if it has one.
    #[allow(dead_code)] // for engines beyond this process, which one of the binaries has
    pub(crate) fn password(&self) -> Option<String> {
        self.password.lock().unwrap().clone()
    }

    /// Keeps something alive as long as the stage.
    #[allow(dead_code)] // for engines beyond this process, which one of the binaries has
    pub(crate) fn own<T: Any + Send + Sync>(&self, thing: T) -> Arc<T> {
        let thing = Arc::new(thing);
        self.owned.lock().unwrap().push(Arc::clone(&thing) as _);
        thing
    }

    /// What it owns of this type.
    pub(crate) fn owned<T: Any + Send + Sync>(&self) -> Vec<Arc<T>> {
        self.owned.lock().unwrap().iter().filter_map(|thing| Arc::clone(thing).downcast().ok()).collect()
    }

    pub(crate) fn cloud(&self) -> InProcessCloud {
        InProcessCloud::signed_in(self.state.clone(), self.user_id)
    }

    /// Gives the account a first password that no engine here would set, as other clients do.
    #[allow(dead_code)] // one of the binaries has a client that alters it
    pub(crate) async fn plant_password(&self, password: &str) {
        let cloud = self.cloud();
        let PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } =
            cloud.account_password().await.unwrap().new_algo
        else {
            panic!("a known algorithm")
        };
        let algorithm = PasswordAlgorithm { salt1, salt2, g, p };
        let verifier = derive_verifier(&password.into(), &algorithm).unwrap();
        let PasswordAlgorithm { salt1, salt2, g, p } = verifier.algorithm;
        let new_password = NewPassword {
            new_algo: PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow {
                salt1,
                salt2,
                g,
                p,
            },
            new_password_hash: verifier.verifier,
            hint: String::new(),
        };
        let settings =
            PasswordInputSettings { new_password: Some(new_password), ..PasswordInputSettings::default() };
        cloud.update_password_settings(InputCheckPassword::Empty, settings).await.unwrap();
    }

    pub(crate) fn last_code(&self, purpose: CodePurpose) -> String {
        self.state.last_code(self.user_id, purpose).unwrap()
    }

    pub(crate) fn bot(&self) -> TestBot {
        TestBot::register(&self.state)
    }

    /// What the sandbox knows of the cases' person and should not.
    pub(crate) fn plaintext(&self) -> Vec<(String, Finding)> {
        let data_centres = self.owned::<DataCentres>();
        let beside = data_centres.iter().flat_map(|data_centres| data_centres.holdings());
        SEARCH.in_holdings(&self.state.holdings().into_iter().chain(beside).collect::<Vec<_>>())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.plaintext(), []);
        }
    }
}

/// A bot that opens what it is sent.
pub(crate) struct TestBot {
    state: State,
    pub(crate) public_key: String,
}

impl TestBot {
    pub(crate) const ID: i64 = 7_000_000_001;

    pub(crate) fn register(state: &State) -> Self {
        Self::register_as(state, |bot| bot)
    }

    /// The bot, with other marks than none.
    pub(crate) fn register_as(state: &State, marked: impl FnOnce(Bot) -> Bot) -> Self {
        let public_key = BOT_KEY.public_key().to_pem();
        state.register_bot(marked(Bot::new(Self::ID, "bank_bot", "A bank", &public_key))).unwrap();
        Self { state: state.clone(), public_key }
    }

    pub(crate) fn shares(&self) -> usize {
        self.state.inbox(Self::ID).len()
    }

    /// Objects to the front side of the document last shared (`setPassportDataErrors`).
    pub(crate) fn object_to_front_side(&self, user_id: i64, text: &str) {
        let kind = self.state.inbox(Self::ID).pop().unwrap().share.values[0].kind;
        self.object_to_front_side_of(user_id, kind, text);
    }

    /// Objects to the front side of one of several documents.
    pub(crate) fn object_to_front_side_of(&self, user_id: i64, kind: ElementType, text: &str) {
        let shared = self.state.inbox(Self::ID).pop().unwrap().share.values;
        let shared = shared.into_iter().find(|value| value.kind == kind).unwrap();
        let source = ErrorSource::FrontSide { file_hash: shared.parts.front_side.unwrap().file_hash };
        let error = SecureValueError { kind: shared.kind, source, text: text.to_owned() };
        self.state.set_secure_value_errors(Self::ID, user_id, vec![error]).unwrap();
    }

    /// Objects to the selfie and to one field of the document last shared.
    pub(crate) fn object_to_selfie_and(&self, user_id: i64, kind: ElementType, field: &str) {
        let shared = self.state.inbox(Self::ID).pop().unwrap().share.values;
        let shared = shared.into_iter().find(|value| value.kind == kind).unwrap();
        let data_hash = shared.data.unwrap().data_hash;
        let sources = [
            ErrorSource::Selfie { file_hash: shared.parts.selfie.unwrap().file_hash },
            ErrorSource::DataField { data_hash, field: field.to_owned() },
        ];
        let error = |source| SecureValueError { kind, source, text: "unclear".to_owned() };
        self.state.set_secure_value_errors(Self::ID, user_id, sources.map(error).to_vec()).unwrap();
    }

    /// Takes back all that it objected to.
    pub(crate) fn object_to_nothing(&self, user_id: i64) {
        self.state.set_secure_value_errors(Self::ID, user_id, Vec::new()).unwrap();
    }

    /// The elements last shared, opened strictly, from the Bot API's JSON and files, which are Passport scans.
    pub(crate) fn open_last_share(&self, nonce: &str) -> Vec<Element<PassportJpeg>> {
        let elements = self.open_last_share_whole(nonce).into_iter().map(|opened| opened.element);
        elements.map(|element| element.map_files(|_, file| accept(file.as_bytes()).unwrap())).collect()
    }

    /// All that the bot learns of the elements last shared.
    pub(crate) fn open_last_share_whole(&self, nonce: &str) -> Vec<OpenedElement> {
        let update = updates(&self.state, Self::ID).pop().unwrap();
        let data = PassportData::parse(&serde_json::to_string(&update).unwrap(), &[]).unwrap();
        let share = data.open(&BOT_KEY, Some(nonce), |file| {
            let file = File::by_id(&self.state, Self::ID, &file.file_id);
            let path = file.unwrap().file_path;
            Ok(download(&self.state, Self::ID, &path).unwrap().to_vec())
        });
        share.unwrap().elements
    }

    /// The kinds last shared that Telegram could read.
    pub(crate) fn shared_in_the_clear(&self) -> Vec<ElementType> {
        let shared = self.state.inbox(Self::ID).pop().unwrap().share.values.into_iter();
        shared.filter(|value| value.plain_data.is_some()).map(|value| value.kind).collect()
    }
}
