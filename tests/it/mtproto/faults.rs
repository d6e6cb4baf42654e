//! Every fault of the data centre, seen through the vault's channel: survived, or named; never endless.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telegram_passport::cloud::{CloudError, SecureCloud as _};
use telegram_passport::element::ElementType;
use telegram_passport::mtproto::{Application, ChannelError, Cloud, Patience};
use telegram_passport::passport::{
    DownloadError, ListError, Passport as _, Progress, SavedContent, TamperedAnswer, Unreadable, Vaulted,
};
use telegram_passport::request::{RequiredElement, SuitableElement};
use telegram_passport::sandbox::Store;
use telegram_passport::sandbox::dc::{DataCentres, Fault};
use telegram_passport::sandbox::languages::countries_languages_json;
use telegram_passport::sandbox::state::{Clock, State};

use super::{impatient, ready};
use crate::conformance::stage::Stage;
use crate::conformance::{element_of, person, request, save};

const KIND: ElementType = ElementType::Passport;

async fn stored() -> (Stage, DataCentres, Vaulted<Cloud>) {
    let stage = Stage::new();
    let (centres, passport) = ready(&stage, impatient()).await;
    save(&passport, element_of(&person(), KIND)).await;
    (stage, centres, passport)
}

/// The same in a world on a disk, whose data centres keep their keys when they start anew, and their sessions not.
async fn stored_in(directory: &Path, application: Application) -> (Stage, DataCentres, Vaulted<Cloud>) {
    let store = Store::open(directory).unwrap();
    let stage = Stage::over(State::open(Clock::system(), &countries_languages_json(), &store).unwrap());
    let (centres, passport) = ready(&stage, application).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_the_server_has_forgotten_is_not_repeated() {
    let directory = tempfile::tempdir().unwrap();
    // It must not ask before the data centre is gone, however busy the machine is.
    let patience = Patience {
        ask_after: Duration::from_secs(2),
        answer: Duration::from_secs(60),
        ..impatient().patience
    };
    let application = Application { patience, ..impatient() };
    let (stage, centres, passport) = stored_in(directory.path(), application).await;
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
    while bot.shares() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // It is done, and the data centre starts anew before it is asked: keys it keeps, sessions it does not.
    let at = centres.addresses().clone();
    drop(centres);
    while tokio::net::TcpStream::connect(at[&1]).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let _again = DataCentres::start_at(stage.state.clone(), &super::IDENTITY, &at).await.unwrap();
    let told = sending.await.unwrap();
    assert_eq!(bot.shares(), 1, "{told:?}");
    let refused = told.unwrap_err();
    assert!(format!("{refused:?}").contains("OutcomeUnknown"), "{refused:?}");
    assert_eq!(passport.list().await.unwrap().len(), 1);
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
    assert!(matches!(refused, Err(CloudError::FloodWait { seconds: 5 })), "{refused:?}");
    assert_eq!(centres.faults().pending(), []);
    refuse(500, "INTERNAL");
    let refused = passport.cloud().all_secure_values().await;
    assert!(matches!(refused, Err(CloudError::Other { code: 500, .. })), "{refused:?}");
    refuse(400, "APP_VERSION_OUTDATED");
    assert!(matches!(passport.list().await, Err(ListError::UpdateRequired)));
    refuse(401, "AUTH_KEY_UNREGISTERED");
    let refused = passport.cloud().all_secure_values().await;
    assert!(matches!(refused, Err(CloudError::AuthKeyUnregistered)), "{refused:?}");
    assert_eq!(passport.list().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_wait_is_waited_for_and_a_long_one_is_told() {
    let (stage, centres, passport) = stored().await;
    let wait = |method, message: &str, times| {
        centres.faults().inject(Fault::Refused { method, code: 420, message: message.to_owned() }, times);
    };
    let begin = Instant::now();
    wait("account.saveSecureValue", "FLOOD_WAIT_1", 1);
    wait("upload.saveFilePart", "FLOOD_PREMIUM_WAIT_1", 1);
    save(&passport, element_of(&person(), KIND)).await;
    assert!(begin.elapsed() >= Duration::from_secs(2));
    assert_eq!(centres.faults().pending(), []);

    // Refused means undone: the share happens once.
    let bot = stage.bot();
    let request = request(&bot, vec![RequiredElement::from(SuitableElement::new(KIND))]);
    let form = passport.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();
    wait("account.acceptAuthorization", "FLOOD_WAIT_1", 1);
    passport.send(&form, &selection).await.unwrap();
    assert_eq!(bot.shares(), 1);

    // Short ones add up.
    wait("account.getAllSecureValues", "FLOOD_WAIT_1", 10);
    assert!(matches!(passport.list().await, Err(ListError::FloodWait { seconds: 1 })));
    assert_eq!(centres.faults().pending().len(), 1);
    centres.faults().clear();
    assert_eq!(passport.list().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_forgotten_is_said_to_be() {
    let (_stage, centres, passport) = stored().await;
    centres.faults().inject(Fault::KeyUnknown, 100);
    let started = Instant::now();
    let refused = passport.cloud().all_secure_values().await;
    assert!(matches!(refused, Err(CloudError::AuthKeyUnregistered)), "{refused:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
    // It was a lie: nothing was thrown away for it.
    centres.faults().clear();
    assert_eq!(passport.list().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_is_waited_for_no_longer_than_said() {
    let (_stage, centres, passport) = stored().await;
    let method = "account.getAllSecureValues";
    centres.faults().inject(Fault::ConnectionDropped { method }, 1000);
    let started = Instant::now();
    let failed = passport.cloud().all_secure_values().await.unwrap_err();
    let waited = started.elapsed();
    assert!(waited > Duration::from_secs(7) && waited < Duration::from_secs(12), "{waited:?}");
    assert!(matches!(channel(&failed), Some(ChannelError::Connection(_))), "{failed:?}");
    centres.faults().clear();
    assert_eq!(passport.list().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_reached_again_when_it_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let (stage, centres, passport) = stored_in(directory.path(), impatient()).await;
    let at = centres.addresses().clone();
    drop(centres);
    while tokio::net::TcpStream::connect(at[&1]).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let failed = passport.cloud().all_secure_values().await.unwrap_err();
    assert!(matches!(channel(&failed), Some(ChannelError::Connection(_))), "{failed:?}");
    let _back = DataCentres::start_at(stage.state.clone(), &super::IDENTITY, &at).await.unwrap();
    assert_eq!(passport.list().await.unwrap().len(), 1);
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
    let named = matches!(swapped, Err(ListError::Tampered(TamperedAnswer::Swapped { .. })));
    assert!(named, "{swapped:?}");
    passport.list().await.unwrap();
    save(&passport, element_of(&person(), ElementType::Address)).await;
    faults.inject(Fault::OldValues, 1);
    let replayed = passport.list().await;
    let named = matches!(replayed, Err(ListError::Tampered(TamperedAnswer::Replayed(ElementType::Address))));
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
