//! The app against Telegram as the sandbox plays it, with the genuine TDLib.

use std::path::Path;
use std::sync::Mutex;

use telegram_passport::element::{Country, ElementType};
use telegram_passport::passport::Leaving;
use telegram_passport::request::{
    LinkForm, PassportRequest, RequiredElement, Scope, ScopeForm, SelectionError, SuitableElement,
};
use telegram_passport::vault::Password;
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport::vault::bot::{BotPrivateKey, PassportData};
use telegram_passport_app::{Answer, AnswerError, Person, Screen, open_session};
use telegram_passport_sandbox::bot_api::{File, download, updates};
use telegram_passport_sandbox::dc::{DataCentres, ServerIdentity};
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::person;
use telegram_passport_sandbox::state::{Bot, Clock};
use telegram_passport_sandbox::{Description, State};

const PASSWORD: &str = "correct horse";

/// Types a wrong code and a wrong password first, and says no to the first request.
struct Clumsy {
    state: State,
    phone_number: String,
    mistakes: Mutex<Vec<&'static str>>,
}

impl Clumsy {
    /// Whether this is the first time.
    fn errs(&self, at: &'static str) -> bool {
        let mut mistakes = self.mistakes.lock().unwrap();
        let first = !mistakes.contains(&at);
        mistakes.push(at);
        first
    }
}

impl Person for Clumsy {
    async fn phone_number(&self) -> String {
        self.phone_number.clone()
    }

    async fn code(&self) -> String {
        let code = self.state.last_login_code(&self.phone_number).unwrap();
        if self.errs("code") {
            code.chars().rev().map(|digit| if digit == '9' { '0' } else { '9' }).collect()
        } else {
            code
        }
    }

    async fn password(&self, _hint: &str) -> Password {
        if self.errs("password") { "wrong horse".into() } else { PASSWORD.into() }
    }

    async fn consents(&self, leaving: &Leaving) -> bool {
        assert_eq!(leaving.service.name, "A bank");
        assert_eq!(leaving.elements.len(), 1);
        assert_eq!(leaving.elements[0].files().count(), 2);
        !self.errs("consent")
    }
}

pub(crate) async fn a_person_answers_a_bot(library: &Path) {
    let directory = tempfile::tempdir().unwrap();

    // Telegram, a bot, and a person with an account.
    let identity = ServerIdentity::generate();
    let state = State::new(Clock::system(), &countries_languages_json());
    let data_centres = DataCentres::start(state.clone(), &identity).await.unwrap();
    let bot_key = BotPrivateKey::generate(2048).unwrap();
    let request = request(&bot_key);
    state.register_bot(Bot::new(request.bot_id(), "bank_bot", "A bank", request.public_key())).unwrap();
    let somebody = person::Person::generate(Country::from_code("GR").unwrap(), 5).unwrap();
    let user_id = somebody.sign_up(&state, Some(&Password::from(PASSWORD))).unwrap();

    // TDLib, in a copy that trusts this sandbox and knows no address but loopback ones.
    let sandbox = Description::in_process(&data_centres, &identity);
    let library = sandbox.library(library, directory.path()).unwrap();

    // The app.
    let account = directory.path().join("account");
    let options = sandbox.session_options(&account, StorageKey::generate()).unwrap();
    let clumsy = Clumsy {
        state: state.clone(),
        phone_number: somebody.phone_number().unwrap().0.clone(),
        mistakes: Mutex::default(),
    };
    let session = open_session(library, &options, &clumsy).await.unwrap();
    assert_eq!(session.me().await.unwrap().id, user_id);
    let screen = Screen::open(&session, &PASSWORD.into()).await.unwrap();

    let link = request.to_link(LinkForm::Resolve);
    let missing = screen.answer(&link, &clumsy).await;
    assert!(matches!(missing, Err(AnswerError::Incomplete(SelectionError::NotReady { .. }))), "{missing:?}");
    let passport = somebody.elements.iter().find(|element| element.kind() == ElementType::Passport).unwrap();
    screen.save(passport.clone()).await.unwrap();
    assert_eq!(screen.answer(&link, &clumsy).await.unwrap(), Answer::Declined);
    assert!(state.inbox(request.bot_id()).is_empty());
    assert_eq!(screen.answer(&link, &clumsy).await.unwrap(), Answer::Shared);

    // The bot, with its key.
    let update = serde_json::to_string(&updates(&state, request.bot_id()).pop().unwrap()).unwrap();
    let share = PassportData::parse(&update, &[])
        .unwrap()
        .open(&bot_key, Some(request.nonce()), |file| {
            let file = File::by_id(&state, request.bot_id(), &file.file_id).unwrap();
            Ok(download(&state, request.bot_id(), &file.file_path).unwrap().to_vec())
        })
        .unwrap();
    let [opened] = &share.elements[..] else { panic!("one element was asked for") };
    for (part, scan) in opened.element.files() {
        assert_eq!(passport.file(part).unwrap().as_bytes(), scan.as_bytes());
    }
    assert_eq!(opened.element.files().count(), 2, "the page, and the selfie that was asked for");

    // The session, and the vault's beside it.
    assert_eq!(data_centres.sessions(user_id), 2);
    session.log_out_with_channel().await.unwrap();
    assert_eq!(data_centres.sessions(user_id), 0);
}

/// A passport with a selfie.
fn request(key: &BotPrivateKey) -> PassportRequest {
    let passport = SuitableElement::new(ElementType::Passport).with_selfie();
    let scope = Scope::new(vec![RequiredElement::from(passport)], ScopeForm::Long).unwrap();
    PassportRequest::new(7_500_000_001, scope.as_str(), &key.public_key().to_pem(), "a nonce").unwrap()
}
