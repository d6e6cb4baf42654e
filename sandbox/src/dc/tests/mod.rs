//! The data centre as a client meets it on the socket, when all is well and when it is not.

mod client;
mod contents;
mod homes;
mod layers;
mod network;

mod restart;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;

use grammers_tl_types::{enums, functions, types};

use self::client::Client;
use super::authorisations::Authorisation;
use super::{DataCentres, ServerIdentity, StartError};
use crate::primitives::{GENERATOR, PRIME, Residue};
use crate::state::{RegisteredPassword, Registration, State};
use telegram_passport::cloud::{
    InputSecureValue, PasswordKdfAlgo, SecureData, SecurePasswordKdfAlgo, SecureSecretSettings,
};
use telegram_passport::element::{ElementType, PhoneNumber};

const PHONE: &str = "12025550123";
const SECRET_ID: i64 = 77;

/// One key for all tests: making one takes a second.
fn identity() -> &'static ServerIdentity {
    static IDENTITY: OnceLock<ServerIdentity> = OnceLock::new();
    IDENTITY.get_or_init(ServerIdentity::generate)
}

struct Sandbox {
    state: State,
    centres: DataCentres,
    user_id: i64,
}

impl Sandbox {
    /// Data centres 1 and 2, and one account without a password.
    async fn start() -> Self {
        Self::start_with(Registration::new(PhoneNumber(PHONE.to_owned()), "Anna")).await
    }

    /// Data centres 1 and 2, and one account with a Passport secret.
    async fn start_with_secret() -> Self {
        let password = RegisteredPassword {
            algorithm: PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow {
                salt1: vec![1; 40],
                salt2: vec![2; 16],
                g: i32::from(GENERATOR),
                p: PRIME.to_vec(),
            },
            verifier: Residue::generator().power(&[5; 32]).to_bytes().to_vec(),
            hint: String::new(),
            recovery_email: None,
            secure_settings: Some(SecureSecretSettings {
                secure_algo: SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt: vec![3; 40] },
                secure_secret: vec![4; 32],
                secure_secret_id: SECRET_ID,
            }),
        };
        let registration = Registration::new(PhoneNumber(PHONE.to_owned()), "Anna");
        Self::start_with(Registration { password: Some(password), ..registration }).await
    }

    async fn start_with(registration: Registration) -> Self {
        let state = State::default();
        let user_id = state.register_account(registration).unwrap();
        let at = |ip: IpAddr| SocketAddr::new(ip, 0);
        let addresses =
            BTreeMap::from([(1, at(Ipv4Addr::LOCALHOST.into())), (2, at(Ipv4Addr::LOCALHOST.into()))]);
        let centres = DataCentres::start_at(state.clone(), identity(), &addresses).await.unwrap();
        Self { state, centres, user_id }
    }

    async fn client(&self, dc_id: i32) -> Client {
        Client::connect(self.centres.addresses()[&dc_id], identity()).await
    }

    /// A client that is signed in at data centre 1, without having had to.
    async fn signed_in(&self) -> Client {
        let client = self.client(1).await;
        self.centres.any().authorisations.set(client.key.id(), Authorisation::User(self.user_id));
        client
    }

    fn save_data(&self, kind: ElementType, byte: u8) {
        let data = SecureData { data: vec![byte; 48], data_hash: vec![byte; 32], secret: vec![byte; 32] };
        let value = InputSecureValue { data: Some(data), ..InputSecureValue::empty(kind) };
        self.state.save_secure_value(self.user_id, value, SECRET_ID).unwrap();
    }
}

/// Logs in by the code that was sent.
async fn log_in(sandbox: &Sandbox, client: &mut Client) -> Result<(), (i32, String)> {
    let sent = client.call(&send_code()).await?;
    let enums::auth::SentCode::Code(sent) = sent else { panic!("a code is sent") };
    client
        .call(&functions::auth::SignIn {
            phone_number: PHONE.to_owned(),
            phone_code_hash: sent.phone_code_hash,
            phone_code: sandbox.state.last_login_code(PHONE),
            email_verification: None,
        })
        .await
        .map(|_| ())
}

fn send_code() -> functions::auth::SendCode {
    functions::auth::SendCode {
        phone_number: PHONE.to_owned(),
        api_id: 7,
        api_hash: String::new(),
        settings: enums::CodeSettings::Settings(types::CodeSettings {
            allow_flashcall: false,
            current_number: false,
            allow_app_hash: false,
            allow_missed_call: false,
            allow_firebase: false,
            unknown_number: false,
            logout_tokens: None,
            token: None,
            app_sandbox: None,
        }),
    }
}

#[tokio::test]
async fn no_data_centre_is_elsewhere_than_on_loopback() {
    for at in [
        BTreeMap::new(),
        BTreeMap::from([(1, "192.0.2.1:443".parse().unwrap())]),
        BTreeMap::from([(1, "127.0.0.1:0".parse().unwrap()), (2, "0.0.0.0:0".parse().unwrap())]),
        BTreeMap::from([(1, SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), 0))]),
    ] {
        let refused = DataCentres::start_at(State::default(), identity(), &at).await.unwrap_err();
        assert!(matches!(refused, StartError::NotLoopback { .. } | StartError::NoDataCentre));
    }
}

#[tokio::test]
async fn a_method_that_is_not_modelled_is_refused_and_told_once() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.signed_in().await;
    client.introduce(222, "a phone").await;
    let unmodelled = functions::help::GetPremiumPromo {};
    for _ in 0..2 {
        assert_eq!(client.refused(&unmodelled).await, (400, "METHOD_NOT_IMPLEMENTED".to_owned()));
    }
    let told = sandbox.centres.unanswered().borrow().clone();
    let told: Vec<_> = told.iter().map(|method| (method.name, method.layer)).collect();
    assert_eq!(told, [(Some("help.getPremiumPromo"), 222)]);
}
