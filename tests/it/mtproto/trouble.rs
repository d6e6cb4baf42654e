//! Servers that are what they should be, and in trouble: what is tried again, and what is not.

use std::time::Duration;

use telegram_passport::cloud::{CloudError, SecureCloud as _};
use telegram_passport::element::ElementType;
use telegram_passport::mtproto::{ChannelError, Cloud, TimeOuts};
use telegram_passport::passport::{Passport as _, Vaulted};
use telegram_passport::request::{RequiredElement, SuitableElement};
use telegram_passport::vault::at_rest::StorageKey;
use telegram_passport_sandbox::dc::{DataCentres, Fault};

use super::clock::{passing, standing_still};
use super::{CURIOUS, FOR_EVER, application, centres, network, ready, sign_in};
use crate::conformance::stage::{Stage, TestBot};
use crate::conformance::{element_of, person, request, save};

const KIND: ElementType = ElementType::Passport;
const VALUES: &str = "account.getAllSecureValues";
const SHARE: &str = "account.acceptAuthorization";

fn channel(error: &CloudError) -> Option<&ChannelError> {
    let CloudError::Transport(why) = error else { return None };
    why.downcast_ref()
}

fn left(centres: &DataCentres) -> u32 {
    centres.faults().pending().iter().map(|(_, times)| times).sum()
}

fn calls(centres: &DataCentres, method: &str) -> u64 {
    centres.calls().get(method).copied().unwrap_or_default()
}

/// Shares a document under this fault; gives what came of it, and how often it was shared by that.
async fn shared(
    bot: &TestBot,
    centres: &DataCentres,
    passport: &Vaulted<Cloud>,
    fault: Fault,
) -> (Result<(), String>, usize) {
    let request = request(bot, vec![RequiredElement::from(SuitableElement::new(KIND))]);
    let form = passport.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();
    let before = bot.shares();
    centres.faults().inject(fault, 1);
    let outcome = passport.send(&form, &selection).await;
    (outcome.map(drop).map_err(|why| format!("{why:?}")), bot.shares() - before)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_centre_in_trouble_is_asked_again_and_not_for_ever() {
    let stage = Stage::new();
    let (centres, passport) = ready(&stage, FOR_EVER).await;
    save(&passport, element_of(&person(), KIND)).await;
    let bot = stage.bot();
    for (code, name) in [(500, "INTERNAL"), (-503, "Timeout")] {
        let refused = |method| Fault::Refused { method, code, message: name.to_owned() };
        centres.faults().inject(refused(VALUES), 3);
        assert_eq!(passport.list().await.unwrap().len(), 1);
        assert_eq!(left(&centres), 0);

        centres.faults().inject(refused(VALUES), 1000);
        let why = passport.cloud().all_secure_values().await.unwrap_err();
        assert!(matches!(&why, CloudError::Other { code: told, .. } if *told == code), "{why:?}");
        assert_eq!(left(&centres), 996);
        centres.faults().clear();

        // Whether it was worked on nobody knows: it is not done again, and not called failed.
        let before = calls(&centres, SHARE);
        let (outcome, shares) = shared(&bot, &centres, &passport, refused(SHARE)).await;
        assert!(outcome.unwrap_err().contains("OutcomeUnknown"));
        assert_eq!((shares, calls(&centres, SHARE)), (0, before + 1));
    }
    // That one is no trouble.
    let restart = Fault::Refused { method: VALUES, code: 500, message: "AUTH_RESTART".to_owned() };
    centres.faults().inject(restart, 1);
    let why = passport.cloud().all_secure_values().await.unwrap_err();
    assert!(matches!(why, CloudError::Other { code: 500, .. }), "{why:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_messages_are_refused_goes_on_and_nothing_is_done_twice() {
    let stage = Stage::new();
    let (centres, passport) = ready(&stage, FOR_EVER).await;
    save(&passport, element_of(&person(), KIND)).await;
    let bot = stage.bot();
    for code in [16, 17, 32, 33] {
        let refused = Fault::MessageRefused { code };
        centres.faults().inject(refused.clone(), 1);
        assert_eq!(passport.list().await.unwrap().len(), 1, "{code}");
        assert_eq!(left(&centres), 0);
        let (outcome, shares) = shared(&bot, &centres, &passport, refused).await;
        assert_eq!((outcome, shares, left(&centres)), (Ok(()), 1, 0), "{code}");
    }
    // Too old for the server to tell it from a repeat.
    centres.faults().inject(Fault::MessageRefused { code: 20 }, 1);
    assert_eq!(passport.list().await.unwrap().len(), 1);
    let (outcome, shares) = shared(&bot, &centres, &passport, Fault::MessageRefused { code: 20 }).await;
    assert!(outcome.unwrap_err().contains("OutcomeUnknown"));
    assert_eq!(shares, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_survive_a_session_that_ends_among_them() {
    let stage = Stage::new();
    let (centres, passport) = ready(&stage, CURIOUS).await;
    centres.faults().inject_after(9, Fault::MessageRefused { code: 32 }, 1);
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let cloud = passport.cloud().clone();
            tokio::spawn(async move { cloud.all_secure_values().await.unwrap().len() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 0);
    }
    assert_eq!(left(&centres), 0);
}

#[test]
fn a_message_from_another_time_is_not_listened_to() {
    standing_still(async {
        let stage = Stage::new();
        let centres = centres(&stage.state).await;
        let sealing = StorageKey::generate();
        let sealed = sign_in(&centres, &stage, FOR_EVER).await.seal(&sealing).await;
        for (seconds, heard) in [(-240, true), (20, true), (-360, false), (90, false), (100_000, false)] {
            // Too short for a connection to be given up, and the clock with it.
            let time_outs = TimeOuts { answer: Duration::from_secs(60), ..FOR_EVER };
            let cloud =
                Cloud::open(network(&centres).with_time_outs(time_outs), application(), &sealed, &sealing)
                    .await
                    .unwrap();
            cloud.all_secure_values().await.unwrap();
            centres.faults().inject(Fault::NumberOff { seconds }, 1000);
            let (answer, _) = passing(cloud.all_secure_values()).await;
            centres.faults().clear();
            match answer {
                Ok(_) => assert!(heard, "{seconds} s"),
                Err(why) => {
                    assert!(matches!(channel(&why), Some(ChannelError::TimedOut)), "{why:?}");
                    assert!(!heard, "{seconds} s");
                }
            }
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_from_another_time_costs_a_question() {
    let stage = Stage::new();
    let (centres, passport) = ready(&stage, CURIOUS).await;
    save(&passport, element_of(&person(), KIND)).await;
    let bot = stage.bot();
    for seconds in [-400, 400] {
        let (outcome, shares) = shared(&bot, &centres, &passport, Fault::NumberOff { seconds }).await;
        assert_eq!((outcome, shares), (Ok(()), 1));
    }
}

#[test]
fn what_may_not_be_done_twice_is_not_sent_into_a_dead_line() {
    standing_still(async {
        let stage = Stage::new();
        let silence = Duration::from_secs(10);
        let time_outs = TimeOuts { ask_after: silence, ..FOR_EVER };
        let (centres, passport) = ready(&stage, time_outs).await;
        save(&passport, element_of(&person(), KIND)).await;
        let bot = stage.bot();
        let request = request(&bot, vec![RequiredElement::from(SuitableElement::new(KIND))]);
        let form = passport.form(&request).await.unwrap();
        let selection = form.assess().select().unwrap();
        tokio::time::advance(2 * silence).await;
        // Sent into that line, it could only be asked about afterwards; and whoever is asked then knows nothing.
        centres.faults().inject(Fault::ConnectionDead, 1);
        centres.faults().inject(Fault::SessionForgotten, 1);
        let (sent, waited) = passing(passport.send(&form, &selection)).await;
        sent.unwrap();
        assert!(waited >= silence, "{waited:?}");
        assert_eq!((bot.shares(), calls(&centres, SHARE), left(&centres)), (1, 1, 0));
    });
}
