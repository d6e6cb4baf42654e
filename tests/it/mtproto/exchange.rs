//! Key exchanges that do not go through at once, or must not go through.

use std::time::Duration;

use telegram_passport::cloud::SecureCloud as _;
use telegram_passport::login::{LoginError, LoginSteps as _};
use telegram_passport::mtproto::{ChannelError, KeyExchangeError, Login, TimeOuts};
use telegram_passport::passport::Refusal;
use telegram_passport_sandbox::dc::{DataCentres, Degenerate, Fault};

use super::clock::{STEP, passing, standing_still};
use super::{FOR_EVER, application, centres, network, sign_in};
use crate::conformance::stage::Stage;

/// For a step of a key exchange.
const CONNECT: Duration = Duration::from_secs(15);

/// A data centre, whose group was checked: that takes long, once, while the clock would go on.
async fn known(stage: &Stage) -> DataCentres {
    let centres = centres(&stage.state).await;
    sign_in(&centres, stage, FOR_EVER).await;
    centres
}

/// Why no code can be sent from here, and how often the fault was met.
async fn refused(fault: Fault) -> (ChannelError, u32) {
    const OFTEN: u32 = 1000;
    let stage = Stage::new();
    let centres = known(&stage).await;
    let before = stage.state.sent_messages(stage.user_id).len();
    centres.faults().inject(fault, OFTEN);
    let time_outs = TimeOuts { connect: CONNECT, ..FOR_EVER };
    let (login, _) = Login::begin(network(&centres).with_time_outs(time_outs), application());
    let (refused, _) = passing(login.set_phone_number(Stage::PHONE)).await;
    let Err(LoginError::Refused(Refusal::Offline(why))) = refused else { panic!("{refused:?}") };
    assert_eq!(stage.state.sent_messages(stage.user_id).len(), before);
    (taken(&why), OFTEN - left(&centres))
}

/// The parts of the error that are told apart here.
fn taken(why: &std::sync::Arc<dyn std::error::Error + Send + Sync>) -> ChannelError {
    match why.downcast_ref() {
        Some(ChannelError::KeyExchange(why)) => ChannelError::KeyExchange(*why),
        Some(ChannelError::Refused { code }) => ChannelError::Refused { code: *code },
        Some(ChannelError::TimedOut) => ChannelError::TimedOut,
        other => panic!("{other:?}"),
    }
}

fn left(centres: &DataCentres) -> u32 {
    centres.faults().pending().iter().map(|(_, times)| times).sum()
}

#[test]
fn what_goes_wrong_once_in_a_key_exchange_is_tried_again() {
    standing_still(async {
        let stage = Stage::new();
        let faults = [(Fault::ExchangeUnknown, 3), (Fault::ExchangeSilent, 3), (Fault::ExchangeRetried, 1)];
        for (fault, steps) in faults {
            for spared in 0..steps {
                let centres = known(&stage).await;
                centres.faults().inject_after(spared, fault.clone(), 1);
                let time_outs = TimeOuts { connect: CONNECT, ..FOR_EVER };
                let (cloud, _) = passing(sign_in(&centres, &stage, time_outs)).await;
                assert_eq!(cloud.user_id(), stage.user_id);
                assert_eq!(left(&centres), 0, "{fault:?} after {spared}");
            }
        }
    });
}

/// A number that is wanted anew is drawn within the exchange; everything else begins another.
#[test]
fn a_key_exchange_that_never_goes_through_is_given_up() {
    standing_still(async {
        let (why, times) = refused(Fault::ExchangeUnknown).await;
        assert!(matches!((&why, times), (ChannelError::Refused { code: -404 }, 3)), "{why:?}, {times}");
        let (why, times) = refused(Fault::ExchangeSilent).await;
        assert!(matches!((&why, times), (ChannelError::TimedOut, 3)), "{why:?}, {times}");
        let (why, times) = refused(Fault::ExchangeRetried).await;
        let refused = KeyExchangeError::Refused { step: "set_client_DH_params" };
        assert!(matches!(why, ChannelError::KeyExchange(why) if why == refused), "{why:?}");
        assert_eq!(times, 3 * 4);
    });
}

#[test]
fn a_key_exchange_takes_no_longer_than_an_answer() {
    standing_still(async {
        let stage = Stage::new();
        let centres = centres(&stage.state).await;
        centres.faults().inject(Fault::ExchangeSilent, 1000);
        let answer = Duration::from_secs(20);
        let time_outs = TimeOuts { connect: CONNECT, answer, ..FOR_EVER };
        let (login, _) = Login::begin(network(&centres).with_time_outs(time_outs), application());
        let (refused, waited) = passing(login.set_phone_number(Stage::PHONE)).await;
        let Err(LoginError::Refused(Refusal::Offline(why))) = refused else { panic!("{refused:?}") };
        assert!(matches!(taken(&why), ChannelError::TimedOut));
        assert!(waited >= answer && waited <= answer + 2 * STEP, "{waited:?}");
    });
}

#[test]
fn a_public_value_whose_powers_anybody_knows_is_refused_under_the_right_key() {
    standing_still(async {
        for public in [Degenerate::Zero, Degenerate::One, Degenerate::MinusOne] {
            let (why, times) = refused(Fault::DegenerateKey { public }).await;
            let named = matches!(why, ChannelError::KeyExchange(KeyExchangeError::PublicValue));
            assert!(named && times == 1, "{public:?}: {why:?}, {times}");
        }
    });
}

#[test]
fn a_server_time_by_which_nothing_can_be_numbered_is_refused() {
    standing_still(async {
        for seconds in [i32::MAX, i32::MAX - 3600, 0, -1, i32::MIN] {
            let (why, times) = refused(Fault::ServerTime { seconds }).await;
            let named = matches!(why, ChannelError::KeyExchange(KeyExchangeError::ServerTime));
            assert!(named && times == 1, "{seconds}: {why:?}, {times}");
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_time_that_is_wrong_is_put_right_by_what_the_server_refuses() {
    let stage = Stage::new();
    let centres = centres(&stage.state).await;
    centres.faults().inject(Fault::ServerTime { seconds: 1_000_000_000 }, 1);
    centres.faults().inject(Fault::MessageRefused { code: 16 }, 1);
    let cloud = sign_in(&centres, &stage, FOR_EVER).await;
    assert_eq!(left(&centres), 0);
    assert!(cloud.all_secure_values().await.unwrap().is_empty());
}
