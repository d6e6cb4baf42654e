//! Every fault of the data centre, seen through the vault's channel: survived, or named; never endless.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use telegram_passport::cloud::{CloudError, SecureCloud as _, SignedOut};
use telegram_passport::element::{ElementType, Field, PhoneNumber};
use telegram_passport::mtproto::{ChannelError, Cloud, TimeOuts};
use telegram_passport::passport::{
    Cancel, DeleteError, DownloadError, ListError, Passport as _, PasswordError, Progress, Refusal,
    SaveError, SaveOptions, SavedContent, SendError, TamperedAnswer, Unreadable, Vaulted, VerificationError,
};
use telegram_passport::request::{RequiredElement, SuitableElement};
use telegram_passport_sandbox::Store;
use telegram_passport_sandbox::dc::{DataCentres, Fault};
use telegram_passport_sandbox::languages::countries_languages_json;
use telegram_passport_sandbox::state::{Clock, State};
use tokio::time::advance;

use super::clock::{STEP, moment, passing, standing_still, until};
use super::{CURIOUS, FOR_EVER, ready};
use crate::conformance::stage::Stage;
use crate::conformance::{PASSWORD, element_of, new, person, request, save};

const KIND: ElementType = ElementType::Passport;

async fn stored() -> (Stage, DataCentres, Vaulted<Cloud>) {
    stored_by(CURIOUS).await
}

async fn stored_by(time_outs: TimeOuts) -> (Stage, DataCentres, Vaulted<Cloud>) {
    let stage = Stage::new();
    let (centres, passport) = ready(&stage, time_outs).await;
    save(&passport, element_of(&person(), KIND)).await;
    (stage, centres, passport)
}

/// The same in a world on a disk, whose data centres keep their keys when they start anew, and their sessions not.
async fn stored_in(directory: &Path, time_outs: TimeOuts) -> (Stage, DataCentres, Vaulted<Cloud>) {
    let store = Store::open(directory).unwrap();
    let stage = Stage::over(State::open(Clock::system(), &countries_languages_json(), &store).unwrap());
    let (centres, passport) = ready(&stage, time_outs).await;
    save(&passport, element_of(&person(), KIND)).await;
    (stage, centres, passport)
}

fn channel(error: &CloudError) -> Option<&ChannelError> {
    let CloudError::Transport(why) = error else { return None };
    why.downcast_ref()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_network_does_is_survived() {
    let (_stage, centres, passport) = stored().await;
    let faults = centres.faults();
    let (values, save_value) = ("account.getAllSecureValues", "account.saveSecureValue");
    for fault in [
        Fault::SlowLink { delay: Duration::from_millis(700) },
        Fault::ConnectionDropped { method: values },
        Fault::AnswerCutOff { method: values },
        Fault::AnswerLost { method: values },
        Fault::ConnectionDropped { method: save_value },
        Fault::AnswerCutOff { method: save_value },
        Fault::AnswerLost { method: save_value },
        Fault::ConnectionDropped { method: "upload.getFile" },
        Fault::AnswerCutOff { method: "upload.getFile" },
        Fault::AnswerLost { method: "upload.getFile" },
        Fault::AnswerLost { method: "upload.saveFilePart" },
        Fault::BadSalt,
        // A single one may have been said by anybody in between.
        Fault::KeyUnknown,
    ] {
        faults.inject(fault.clone(), 1);
        let saved = save(&passport, element_of(&person(), KIND)).await;
        let (_, file) = saved.element().unwrap().files().next().unwrap();
        passport.download(file, &Progress::none()).await.unwrap();
        assert_eq!(passport.list().await.unwrap().len(), 1, "{fault:?}");
        assert_eq!(faults.pending(), [], "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_whose_answer_is_lost_is_not_sent_twice() {
    let (stage, centres, passport) = stored().await;
    let bot = stage.bot();
    let request = request(&bot, vec![RequiredElement::from(SuitableElement::new(KIND))]);
    let method = "account.acceptAuthorization";
    for (shares, fault) in [
        Fault::ConnectionDropped { method },
        Fault::AnswerCutOff { method },
        Fault::AnswerLost { method },
        Fault::BadSalt,
    ]
    .into_iter()
    .enumerate()
    {
        let form = passport.form(&request).await.unwrap();
        let selection = form.assess().select().unwrap();
        centres.faults().inject(fault.clone(), 1);
        passport.send(&form, &selection).await.unwrap();
        assert_eq!(bot.shares(), shares + 1, "{fault:?}");
        assert_eq!(centres.faults().pending(), []);
    }
}

#[test]
fn a_share_that_the_server_has_forgotten_is_not_repeated() {
    standing_still(async {
        let directory = tempfile::tempdir().unwrap();
        // As the clock stands, it does not ask before the data centre is gone.
        let (stage, centres, passport) = stored_in(directory.path(), CURIOUS).await;
        let bot = stage.bot();
        let request = request(&bot, vec![RequiredElement::from(SuitableElement::new(KIND))]);
        let form = passport.form(&request).await.unwrap();
        let selection = form.assess().select().unwrap();
        centres.faults().inject(Fault::AnswerLost { method: "account.acceptAuthorization" }, 1);
        let passport = Arc::new(passport);
        let sending = tokio::spawn({
            let passport = Arc::clone(&passport);
            async move { passport.send(&form, &selection).await }
        });
        until(|| bot.shares() > 0).await;
        // It is done, and the data centre starts anew before it is asked: keys it keeps, sessions it does not.
        let at = centres.addresses().clone();
        stopped(centres).await;
        let _again = DataCentres::start_at(stage.state.clone(), &super::IDENTITY, &at).await.unwrap();
        let (told, _) = passing(sending).await;
        let told = told.unwrap();
        assert_eq!(bot.shares(), 1, "{told:?}");
        let refused = told.unwrap_err();
        assert!(format!("{refused:?}").contains("OutcomeUnknown"), "{refused:?}");
        assert_eq!(passport.list().await.unwrap().len(), 1);
    });
}

/// Stops data centres, and waits until nobody listens there any more.
async fn stopped(centres: DataCentres) {
    let at = centres.address();
    drop(centres);
    while tokio::net::TcpStream::connect(at).await.is_ok() {
        moment().await;
    }
}

/// The connection is lost each time that the query has come, and nobody can know whether before or after.
#[test]
fn what_changes_something_and_is_not_answered_has_an_unknown_outcome() {
    standing_still(async {
        let answer = Duration::from_secs(8);
        let (stage, centres, passport) = stored_by(TimeOuts { answer, ..FOR_EVER }).await;
        let bot = stage.bot();
        let request = request(&bot, vec![RequiredElement::from(SuitableElement::new(KIND))]);
        let form = passport.form(&request).await.unwrap();
        let selection = form.assess().select().unwrap();
        let number = PhoneNumber("+420600000001".to_owned());
        let options = SaveOptions::default();
        let unanswered = |method| {
            centres.faults().clear();
            centres.faults().inject(Fault::ConnectionDropped { method }, u32::MAX);
        };

        unanswered("account.acceptAuthorization");
        let (told, _) = passing(passport.send(&form, &selection)).await;
        assert!(matches!(told, Err(SendError::Refused(Refusal::OutcomeUnknown(_)))), "{told:?}");
        unanswered("account.saveSecureValue");
        let (told, _) = passing(passport.save(new(element_of(&person(), KIND)), &options)).await;
        assert!(matches!(told, Err(SaveError::Refused(Refusal::OutcomeUnknown(_)))), "{told:?}");
        unanswered("account.deleteSecureValue");
        let (told, _) = passing(passport.delete(&[KIND])).await;
        assert!(matches!(told, Err(DeleteError::Refused(Refusal::OutcomeUnknown(_)))), "{told:?}");
        unanswered("account.updatePasswordSettings");
        let (password, new) = (PASSWORD.into(), "another".into());
        let changed = passport.set_password(Some(&password), &new, "");
        let (told, _) = passing(changed).await;
        assert!(matches!(told, Err(PasswordError::Refused(Refusal::OutcomeUnknown(_)))), "{told:?}");
        unanswered("account.sendVerifyPhoneCode");
        let (told, _) = passing(passport.send_phone_code(&number)).await;
        assert!(matches!(told, Err(VerificationError::Refused(Refusal::OutcomeUnknown(_)))), "{told:?}");

        // What only reads has failed, and so has what uses up a proof and changes nothing.
        unanswered("account.getAllSecureValues");
        let (told, _) = passing(passport.list()).await;
        assert!(matches!(told, Err(ListError::Refused(Refusal::Offline(_)))), "{told:?}");
        unanswered("account.getPasswordSettings");
        let (told, _) = passing(passport.unlock(&PASSWORD.into())).await;
        assert!(matches!(told, Err(PasswordError::Refused(Refusal::Offline(_)))), "{told:?}");
        centres.faults().clear();
        let (listed, _) = passing(passport.list()).await;
        assert_eq!((listed.unwrap().len(), bot.shares()), (1, 0));
    });
}

#[test]
fn what_was_never_sent_has_failed() {
    standing_still(async {
        let answer = Duration::from_secs(8);
        let (_stage, centres, passport) = stored_by(TimeOuts { answer, ..FOR_EVER }).await;
        stopped(centres).await;
        // By the time that this has failed, the end of the connection is no secret.
        passing(passport.list()).await.0.unwrap_err();
        let (told, _) = passing(passport.delete(&[KIND])).await;
        assert!(matches!(told, Err(DeleteError::Refused(Refusal::Offline(_)))), "{told:?}");
    });
}

/// A save that is given up while its parts travel is not stored; one that is given up when it is done is stored.
#[test]
fn a_cancelled_save_says_what_came_of_it() {
    standing_still(async {
        let (_stage, centres, passport) = stored_by(FOR_EVER).await;
        let mut address = element_of(&person(), ElementType::Address);
        let lost = |method| Fault::ConnectionDropped { method };
        // Saves, and gives it up as soon as this has happened once.
        let given_up = async |element, fault: Fault, times| {
            centres.faults().clear();
            centres.faults().inject(fault.clone(), times);
            let cancel = Cancel::new();
            let options = SaveOptions { cancel: Some(cancel.clone()), ..SaveOptions::default() };
            let cancelling = async {
                until(|| centres.faults().pending() != [(fault.clone(), times)]).await;
                cancel.cancel();
            };
            let saving = async { tokio::join!(passport.save(new(element), &options), cancelling).0 };
            passing(saving).await.0
        };

        let told = given_up(element_of(&person(), KIND), lost("upload.saveFilePart"), u32::MAX).await;
        assert!(matches!(told, Err(SaveError::Cancelled)), "{told:?}");
        // It is done, and the answer lost: whoever looks finds it stored.
        address.set_text(Field::City, "Elsewhere").unwrap();
        let fault = Fault::AnswerLost { method: "account.saveSecureValue" };
        let stored = given_up(address.clone(), fault, 1).await.unwrap();
        let city = stored.element().unwrap().text(Field::City);
        assert_eq!(city.as_deref().map(String::as_str), Some("Elsewhere"));
        // It may have been done before the connection was lost, or not.
        address.set_text(Field::City, "Nowhere").unwrap();
        let told = given_up(address.clone(), lost("account.saveSecureValue"), u32::MAX).await;
        assert!(matches!(told, Err(SaveError::Refused(Refusal::OutcomeUnknown(_)))), "{told:?}");

        // Given up before it began, nothing is even asked.
        centres.faults().clear();
        let cancel = Cancel::new();
        cancel.cancel();
        let options = SaveOptions { cancel: Some(cancel), ..SaveOptions::default() };
        let (told, _) = passing(passport.save(new(address), &options)).await;
        assert!(matches!(told, Err(SaveError::Cancelled)), "{told:?}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_facts() {
    let (_stage, centres, passport) = stored().await;
    let method = "account.getAllSecureValues";
    let refuse = |code, message: &str| {
        centres.faults().inject(Fault::Refused { method, code, message: message.to_owned() }, 1);
    };
    refuse(420, "FLOOD_WAIT_5");
    let refused = passport.cloud().all_secure_values().await;
    assert!(matches!(refused, Err(CloudError::FloodWait(wait)) if wait.as_secs() == 5), "{refused:?}");
    assert_eq!(centres.faults().pending(), []);
    refuse(400, "APP_VERSION_OUTDATED");
    assert!(matches!(passport.list().await, Err(ListError::Refused(Refusal::UpdateRequired))));
    refuse(401, "AUTH_KEY_UNREGISTERED");
    let refused = passport.cloud().all_secure_values().await;
    assert!(matches!(refused, Err(CloudError::SignedOut(SignedOut::KeyUnregistered))), "{refused:?}");
    assert_eq!(passport.list().await.unwrap().len(), 1);
}

#[test]
fn a_short_wait_is_waited_for_and_a_long_one_is_told() {
    standing_still(async {
        let (stage, centres, passport) = stored_by(FOR_EVER).await;
        let wait = |method, message: &str, times| {
            let message = message.to_owned();
            centres.faults().inject(Fault::Refused { method, code: 420, message }, times);
        };
        wait("account.saveSecureValue", "FLOOD_WAIT_1", 1);
        wait("upload.saveFilePart", "FLOOD_PREMIUM_WAIT_1", 1);
        let (_, waited) = passing(save(&passport, element_of(&person(), KIND))).await;
        assert!(waited >= Duration::from_secs(2), "{waited:?}");
        assert_eq!(centres.faults().pending(), []);

        // Refused means undone: the share happens once.
        let bot = stage.bot();
        let request = request(&bot, vec![RequiredElement::from(SuitableElement::new(KIND))]);
        let form = passport.form(&request).await.unwrap();
        let selection = form.assess().select().unwrap();
        wait("account.acceptAuthorization", "FLOOD_WAIT_1", 1);
        let (shared, _) = passing(passport.send(&form, &selection)).await;
        shared.unwrap();
        assert_eq!(bot.shares(), 1);

        // Short ones add up.
        wait("account.getAllSecureValues", "FLOOD_WAIT_1", 10);
        let (refused, _) = passing(passport.list()).await;
        assert!(
            matches!(refused, Err(ListError::Refused(Refusal::Wait(time))) if time.as_secs() == 1),
            "{refused:?}"
        );
        assert_eq!(centres.faults().pending().len(), 1);
        centres.faults().clear();
        assert_eq!(passport.list().await.unwrap().len(), 1);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_forgotten_is_said_to_be() {
    let (_stage, centres, passport) = stored().await;
    centres.faults().inject(Fault::KeyUnknown, 100);
    let refused = passport.cloud().all_secure_values().await;
    assert!(matches!(refused, Err(CloudError::SignedOut(SignedOut::KeyUnknown))), "{refused:?}");
    // It was not asked again and again.
    let [(Fault::KeyUnknown, left)] = centres.faults().pending()[..] else { panic!("they are all gone") };
    assert!(left > 90, "{left}");
    // It was a lie: nothing was thrown away for it.
    centres.faults().clear();
    assert_eq!(passport.list().await.unwrap().len(), 1);
}

#[test]
fn a_server_that_never_answers_is_waited_for_no_longer_than_said() {
    standing_still(async {
        let answer = Duration::from_secs(8);
        let (_stage, centres, passport) = stored_by(TimeOuts { answer, ..FOR_EVER }).await;
        let method = "account.getAllSecureValues";
        centres.faults().inject(Fault::ConnectionDropped { method }, 1000);
        let passport = Arc::new(passport);
        let asking = tokio::spawn({
            let passport = Arc::clone(&passport);
            async move { passport.cloud().all_secure_values().await }
        });
        // At once, and once more at once; from now on after ever longer pauses.
        until(|| centres.faults().pending() == [(Fault::ConnectionDropped { method }, 998)]).await;
        let last = Duration::from_millis(1);
        advance(answer - last).await;
        moment().await;
        assert!(!asking.is_finished());
        advance(last).await;
        let failed = asking.await.unwrap().unwrap_err();
        assert!(matches!(channel(&failed), Some(ChannelError::Connection(_))), "{failed:?}");
        centres.faults().clear();
        let (listed, _) = passing(passport.list()).await;
        assert_eq!(listed.unwrap().len(), 1);
    });
}

#[test]
fn a_server_that_is_gone_is_reached_again_when_it_is_back() {
    standing_still(async {
        let directory = tempfile::tempdir().unwrap();
        let answer = Duration::from_secs(8);
        let time_outs = TimeOuts { answer, ..FOR_EVER };
        let (stage, centres, passport) = stored_in(directory.path(), time_outs).await;
        let at = centres.addresses().clone();
        stopped(centres).await;
        let (failed, waited) = passing(passport.cloud().all_secure_values()).await;
        let failed = failed.unwrap_err();
        assert!(matches!(channel(&failed), Some(ChannelError::Connection(_))), "{failed:?}");
        assert!(waited >= answer && waited <= answer + 2 * STEP, "{waited:?}");
        let _back = DataCentres::start_at(stage.state.clone(), &super::IDENTITY, &at).await.unwrap();
        let (listed, _) = passing(passport.list()).await;
        assert_eq!(listed.unwrap().len(), 1);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn tampering_is_named() {
    let (_stage, centres, passport) = stored().await;
    let faults = centres.faults();
    faults.inject(Fault::DataTampered, 1);
    let listed = passport.list().await.unwrap();
    assert!(matches!(&listed[0].content, SavedContent::Unreadable(Unreadable::Data(_))), "{listed:?}");

    let saved = passport.list().await.unwrap().remove(0);
    let (_, file) = saved.element().unwrap().files().next().unwrap();
    for fault in [Fault::FileTampered, Fault::WrongFilePart] {
        faults.inject(fault.clone(), 1);
        let refused = passport.download(file, &Progress::none()).await;
        assert!(matches!(refused, Err(DownloadError::Unreadable(_))), "{fault:?}: {refused:?}");
    }
    passport.download(file, &Progress::none()).await.unwrap();

    // Data that was seen under one kind does not come back under another, and what was replaced does not come back.
    save(&passport, element_of(&person(), ElementType::Address)).await;
    faults.inject(Fault::ValuesSwapped { one: KIND, other: ElementType::Address }, 1);
    let swapped = passport.list().await;
    let named = matches!(swapped, Err(ListError::Refused(Refusal::Tampered(TamperedAnswer::Swapped { .. }))));
    assert!(named, "{swapped:?}");
    passport.list().await.unwrap();
    save(&passport, element_of(&person(), ElementType::Address)).await;
    faults.inject(Fault::OldValues, 1);
    let replayed = passport.list().await;
    let named = matches!(
        replayed,
        Err(ListError::Refused(Refusal::Tampered(TamperedAnswer::Replayed(ElementType::Address))))
    );
    assert!(named, "{replayed:?}");
    passport.list().await.unwrap();
    assert_eq!(faults.pending(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_at_once_share_one_connection_and_survive_its_end() {
    let (_stage, centres, passport) = stored().await;
    let passport = Arc::new(passport);
    centres.faults().inject_after(7, Fault::ConnectionDropped { method: "account.getAllSecureValues" }, 3);
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let passport = Arc::clone(&passport);
            tokio::spawn(async move { passport.cloud().all_secure_values().await.unwrap().len() })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), 1);
    }
    assert_eq!(centres.faults().pending(), []);
}
