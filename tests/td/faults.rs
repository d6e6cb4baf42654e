//! What a network, a busy server and a dishonest one may do, and what becomes of it over TDLib: the work is done, or
//! an error says why not; what is stored stays whole.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use telegram_passport::archive::{ExportError, ExportOptions, ExportReport, export};
use telegram_passport::cloud::SignedOut;
use telegram_passport::element::{Element, ElementType, Field, Part};
use telegram_passport::passport::{
    Cancel, DeleteError, DownloadError, FileSource, FormError, ListError, Passport, PasswordError, Progress,
    Refusal, SaveError, SaveOptions, SavedContent, SavedElement, SendError, Unreadable, Vaulted,
};
use telegram_passport::request::SelectionError;
use telegram_passport::scan::PassportJpeg;
use telegram_passport::tdlib::{Engine, RequestError, RiskAccepted};
use telegram_passport::vault::at_rest::PassphraseCost;
use telegram_passport_sandbox::dc::{DataCentres, Fault, Faults};
use telegram_passport_sandbox::state::ValueSummary;

use crate::conformance::stage::Stage;
use crate::conformance::{self, Engine as _, PASSWORD, downloaded, element_of, new, person, request};
use crate::over_tdlib::{self, OverTdlib, cautious};

/// An account with a utility bill and an address, and everything that may go wrong with it.
struct Scene {
    stage: Stage,
    engine: Engine,
    data_centres: Arc<DataCentres>,
    faults: Faults,
}

impl Scene {
    async fn new() -> Self {
        let stage = Stage::new();
        let engine = over_tdlib::ready(&stage).await;
        for kind in [ElementType::Address, ElementType::UtilityBill] {
            conformance::save(&engine, element_of(&person(), kind)).await;
        }
        let data_centres = stage.owned::<DataCentres>().pop().unwrap();
        let faults = data_centres.faults();
        Self { stage, engine, data_centres, faults }
    }

    /// What the server holds, by kinds, sizes and hashes.
    fn values(&self) -> Vec<ValueSummary> {
        self.stage.state.summary(self.stage.user_id).unwrap().values
    }

    fn calls(&self, method: &str) -> u64 {
        self.data_centres.calls().get(method).copied().unwrap_or_default()
    }

    /// What is stored, as our vault reads it in process, past all faults.
    async fn stored(&self) -> BTreeMap<ElementType, Element<PassportJpeg>> {
        let vault = Vaulted::new(self.stage.cloud());
        vault.unlock(&PASSWORD.into()).await.unwrap();
        let mut stored = BTreeMap::new();
        for saved in vault.list().await.unwrap() {
            stored.insert(saved.kind, downloaded(&vault, &saved).await);
        }
        stored
    }

    async fn save(&self, element: Element<PassportJpeg>) -> Result<SavedElement, SaveError> {
        self.engine.save(new(element), &SaveOptions::default()).await
    }

    /// Saves a passport with its scans, and sees that it is there, and everything else still is.
    async fn saves_a_passport(&self) {
        let passport = element_of(&person(), ElementType::Passport);
        let saved = self.save(passport.clone()).await.unwrap();
        assert_eq!(self.faults.pending(), [], "everything went wrong that was to");
        assert_eq!(downloaded(&self.engine, &saved).await, passport);
        self.holds(&[ElementType::Address, ElementType::UtilityBill, ElementType::Passport]).await;
    }

    /// Exactly these are stored, whole, as the person has them.
    async fn holds(&self, kinds: &[ElementType]) {
        let stored = self.stored().await;
        assert_eq!(stored.len(), kinds.len());
        for kind in kinds {
            assert_eq!(stored.get(kind), Some(&element_of(&person(), *kind)), "{kind}");
        }
    }
}

fn refused(method: &'static str, code: i32, message: &str) -> Fault {
    Fault::Refused { method, code, message: message.to_owned() }
}

fn bill_of(listed: &[SavedElement]) -> &SavedElement {
    listed.iter().find(|saved| saved.kind == ElementType::UtilityBill).unwrap()
}

pub(crate) async fn connections_dropped_in_the_middle_of_an_upload() {
    let scene = Scene::new().await;
    scene.faults.inject_after(2, Fault::ConnectionDropped { method: "upload.saveFilePart" }, 3);
    scene.faults.inject_after(4, Fault::AnswerCutOff { method: "upload.saveFilePart" }, 2);
    scene.faults.inject(Fault::AnswerCutOff { method: "account.saveSecureValue" }, 1);
    let before = scene.calls("account.saveSecureValue");
    scene.saves_a_passport().await;
    assert!(scene.calls("account.saveSecureValue") <= before + 2);
}

pub(crate) async fn connections_dropped_in_the_middle_of_a_download() {
    let scene = Scene::new().await;
    let listed = scene.engine.list().await.unwrap();
    scene.faults.inject(Fault::ConnectionDropped { method: "upload.getFile" }, 2);
    scene.faults.inject(Fault::AnswerCutOff { method: "upload.getFile" }, 1);
    let bill = downloaded(&scene.engine, bill_of(&listed)).await;
    assert_eq!(scene.faults.pending(), []);
    assert_eq!(bill, element_of(&person(), ElementType::UtilityBill));
}

pub(crate) async fn a_slow_link() {
    let scene = Scene::new().await;
    scene.faults.inject(Fault::SlowLink { delay: Duration::from_millis(250) }, 12);
    scene.saves_a_passport().await;
}

pub(crate) async fn a_short_wait_is_waited_for_and_a_long_one_is_told() {
    let scene = Scene::new().await;
    scene.faults.inject(refused("account.saveSecureValue", 420, "FLOOD_WAIT_2"), 1);
    scene.saves_a_passport().await;

    let before = scene.values();
    let calls = scene.calls("account.saveSecureValue");
    scene.faults.inject(refused("account.saveSecureValue", 420, "FLOOD_WAIT_3600"), 1000);
    let told = scene.save(element_of(&person(), ElementType::IdentityCard)).await;
    let Err(SaveError::Refused(Refusal::Wait(time))) = told else { panic!("{told:?}") };
    let seconds = time.as_secs();
    assert!((3500..=3700).contains(&seconds), "{seconds}");
    assert!(scene.calls("account.saveSecureValue") <= calls + 2);
    assert_eq!(scene.values(), before);

    scene.faults.inject(refused("account.getAllSecureValues", 420, "FLOOD_WAIT_3600"), 1000);
    let told = scene.engine.list().await;
    assert!(matches!(told, Err(ListError::Refused(Refusal::Wait(_)))), "{told:?}");
    scene.faults.clear();
    assert_eq!(scene.engine.list().await.unwrap().len(), 3);
}

pub(crate) async fn a_server_in_trouble() {
    let scene = Scene::new().await;
    for method in ["account.saveSecureValue", "upload.saveFilePart"] {
        scene.faults.inject(refused(method, 500, "INTERNAL"), 1);
    }
    scene.saves_a_passport().await;

    let before = scene.values();
    let calls = scene.calls("account.saveSecureValue");
    scene.faults.inject(refused("account.saveSecureValue", 500, "INTERNAL"), 1000);
    let told = scene.save(element_of(&person(), ElementType::IdentityCard)).await;
    // TDLib gives up after half a minute, and makes a wait of it.
    assert!(matches!(told, Err(SaveError::Refused(Refusal::Wait(_)))), "{told:?}");
    assert!(scene.calls("account.saveSecureValue") <= calls + 10);
    assert_eq!(scene.values(), before);
}

pub(crate) async fn salts_that_change() {
    let scene = Scene::new().await;
    scene.faults.inject_after(1, Fault::BadSalt, 3);
    scene.saves_a_passport().await;
}

pub(crate) async fn a_key_that_the_server_does_not_know() {
    let scene = Scene::new().await;
    scene.faults.inject_after(1, Fault::KeyUnknown, 1);
    // TDLib makes sure of its key by another one first, and takes its time between two tries.
    scene.saves_a_passport().await;
}

/// Neither acknowledged nor answered: TDLib asks what became of it only after minutes, and our engine does not wait so
/// long. What was asked for is done whole, and the session goes on.
pub(crate) async fn a_lost_answer() {
    let scene = Scene::new().await;
    scene.faults.inject(Fault::AnswerLost { method: "account.saveSecureValue" }, 1);
    let passport = element_of(&person(), ElementType::Passport);
    let before = scene.calls("account.saveSecureValue");
    let told = scene.save(passport.clone()).await;
    // It is stored, so whoever said that it failed would lie.
    let Err(SaveError::Refused(Refusal::OutcomeUnknown(why))) = told else { panic!("{told:?}") };
    let Some(RequestError::OutcomeUnknown { why, .. }) = why.downcast_ref() else { panic!("{why}") };
    assert!(matches!(**why, RequestError::TimedOut { .. }), "{why}");
    scene.holds(&[ElementType::Address, ElementType::UtilityBill, ElementType::Passport]).await;
    assert_eq!(scene.calls("account.saveSecureValue"), before + 1);
    scene.saves_a_passport().await;
}

/// TDLib alone repeats its call for ever, under the same secret.
pub(crate) async fn a_secret_that_is_no_longer_current() {
    let scene = Scene::new().await;
    scene.faults.inject(refused("account.saveSecureValue", 400, "SECURE_SECRET_INVALID"), 2);
    scene.saves_a_passport().await;

    let before = scene.values();
    scene.faults.inject(refused("account.saveSecureValue", 400, "SECURE_SECRET_INVALID"), u32::MAX);
    let passport = scene.engine.get(ElementType::Passport).await.unwrap().unwrap();
    let kept = passport.element().unwrap().clone().map_files(|_, file| FileSource::Keep(file));
    let in_part = {
        let mut element = kept.clone();
        let selfie = element_of(&person(), ElementType::IdentityCard).file(Part::Selfie).unwrap().clone();
        element.identity_document_mut().unwrap().parts.selfie = Some(FileSource::New(selfie));
        element
    };
    let card = new(element_of(&person(), ElementType::IdentityCard));
    let details = new(element_of(&person(), ElementType::PersonalDetails));
    for element in [card, in_part, kept, details] {
        let (kind, has_files) = (element.kind(), element.files().next().is_some());
        let engine = cautious(&scene.stage).await.accepting_risk(RiskAccepted);
        engine.unlock(&PASSWORD.into()).await.unwrap();
        let told = engine.save(element, &SaveOptions::default()).await;
        assert!(matches!(told, Err(SaveError::SecretStale)), "{kind}: {told:?}");
        let told = engine.unlock(&PASSWORD.into()).await;
        assert!(matches!(told, Err(PasswordError::SecretStale)), "{kind}: {told:?}");
        if !has_files {
            // It goes on until it is closed, which is what the error asks for.
            engine.client().close().await.unwrap();
        }
        // With the files gone TDLib has nothing left to repeat.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let calls = scene.calls("account.saveSecureValue");
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(scene.calls("account.saveSecureValue"), calls, "{kind}");
        assert_eq!(scene.values(), before);
    }
    scene.faults.clear();
    scene.holds(&[ElementType::Address, ElementType::UtilityBill, ElementType::Passport]).await;
}

pub(crate) async fn tampered_data_is_not_shown() {
    let scene = Scene::new().await;
    let before = scene.values();
    scene.faults.inject(Fault::DataTampered, 1000);
    let listed = scene.engine.list().await.unwrap();
    let [address, _] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!(address.content, SavedContent::Unreadable(Unreadable::Hidden));
    let one = scene.engine.get(ElementType::Address).await.unwrap().unwrap();
    assert_eq!(one.content, SavedContent::Unreadable(Unreadable::Hidden));
    scene.faults.clear();
    assert_eq!(scene.values(), before);
    let listed = scene.engine.list().await.unwrap();
    assert_eq!(downloaded(&scene.engine, &listed[0]).await, element_of(&person(), ElementType::Address));
}

/// What comes under another type is not that type's: it lacks what the type must have, or is not shown at all. (That
/// two documents of one shape were swapped nobody can tell, for nothing sealed says which they are.)
pub(crate) async fn values_swapped_between_types_are_not_taken_for_each_other() {
    let scene = Scene::new().await;
    conformance::save(&scene.engine, element_of(&person(), ElementType::PersonalDetails)).await;
    let bot = scene.stage.bot();
    let before = scene.values();
    for other in [ElementType::Address, ElementType::UtilityBill] {
        let one = ElementType::PersonalDetails;
        let request = request(&bot, vec![one.into(), other.into()]);
        scene.faults.inject(Fault::ValuesSwapped { one, other }, u32::MAX);
        let listed = scene.engine.list().await.unwrap();
        for kind in [one, other] {
            let single = scene.engine.get(kind).await.unwrap();
            let shown = listed.iter().find(|saved| saved.kind == kind).into_iter().chain(&single);
            assert!(shown.clone().all(|saved| !saved.is_sound()), "{kind}: {:?}", shown.collect::<Vec<_>>());
        }
        let form = scene.engine.form(&request).await.unwrap();
        assert_eq!(form.assess().select(), Err(SelectionError::NotReady { rows: vec![1, 2] }));
        scene.faults.clear();
        let form = scene.engine.form(&request).await.unwrap();
        assert!(form.assess().select().is_ok());
    }
    assert_eq!(scene.values(), before);
    assert_eq!(bot.shares(), 0);
}

pub(crate) async fn old_values_are_not_shared() {
    let scene = Scene::new().await;
    let bot = scene.stage.bot();
    let Element::Address(mut address) = element_of(&person(), ElementType::Address) else { panic!() };
    address.city = "Elsewhere".to_owned();
    let moved = Element::Address(address);
    scene.save(moved.clone()).await.unwrap();
    let request = request(&bot, vec![ElementType::Address.into()]);
    scene.faults.inject(Fault::OldValues, 1000);
    let form = scene.engine.form(&request).await.unwrap();
    let told = scene.engine.send(&form, &form.assess().select().unwrap()).await;
    assert!(matches!(told, Err(SendError::ElementChanged { .. })), "{told:?}");
    assert_eq!(bot.shares(), 0);
    scene.faults.clear();
    let form = scene.engine.form(&request).await.unwrap();
    scene.engine.send(&form, &form.assess().select().unwrap()).await.unwrap();
    assert_eq!(bot.open_last_share(request.nonce()), [moved]);
}

pub(crate) async fn files_that_are_not_what_was_stored() {
    let scene = Scene::new().await;
    let listed = scene.engine.list().await.unwrap();
    let bill = bill_of(&listed).element().unwrap();
    let page = bill.file(Part::File(0)).unwrap();
    let before = scene.values();
    for fault in [Fault::FileTampered, Fault::WrongFilePart] {
        scene.faults.inject(fault.clone(), u32::MAX);
        let calls = scene.calls("upload.getFile");
        let told = scene.engine.download(page, &Progress::none()).await;
        assert!(matches!(told, Err(DownloadError::GivenUp)), "{fault:?}: {told:?}");
        assert!(scene.calls("upload.getFile") <= calls + 20, "{fault:?}");
        scene.faults.clear();
        assert_eq!(scene.values(), before);
        let again = scene.engine.download(page, &Progress::none()).await.unwrap();
        let bill = element_of(&person(), ElementType::UtilityBill);
        assert_eq!(again.as_bytes(), bill.file(Part::File(0)).unwrap().as_bytes());
    }
}

/// TDLib asks for the same part again and again, some thousand times a second.
pub(crate) async fn a_download_that_tdlib_repeats_for_ever_ends() {
    let scene = Scene::new().await;
    let listed = scene.engine.list().await.unwrap();
    let page = bill_of(&listed).element().unwrap().file(Part::File(0)).unwrap();
    scene.faults.inject(refused("upload.getFile", 400, "FILE_REFERENCE_EXPIRED"), u32::MAX);
    let told = scene.engine.download(page, &Progress::none()).await;
    eprintln!("{} requests", scene.calls("upload.getFile"));
    assert!(
        matches!(told, Err(DownloadError::GivenUp | DownloadError::Refused(Refusal::Server(_)))),
        "{told:?}"
    );
    // Nor does it go on.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let calls = scene.calls("upload.getFile");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(scene.calls("upload.getFile"), calls);
    scene.faults.clear();
    let bill = element_of(&person(), ElementType::UtilityBill);
    let again = scene.engine.download(page, &Progress::none()).await.unwrap();
    assert_eq!(again.as_bytes(), bill.file(Part::File(0)).unwrap().as_bytes());
}

/// Something that an app may send much of.
#[derive(serde::Serialize)]
#[serde(tag = "@type", rename = "saveApplicationLogEvent")]
struct Log {
    r#type: &'static str,
    chat_id: i64,
    data: serde_json::Value,
}

impl telegram_passport::tdlib::Function for Log {
    const NAME: &'static str = "saveApplicationLogEvent";
    type Answer = serde_json::Value;
}

pub(crate) async fn a_busy_app_does_not_make_a_save_stale() {
    let scene = Scene::new().await;
    scene.faults.inject(refused("account.saveSecureValue", 420, "FLOOD_WAIT_4"), 1);
    let value = serde_json::json!({ "@type": "jsonValueString", "value": "x".repeat(4096) });
    let app = async {
        let log = Log { r#type: "busy", chat_id: 0, data: value };
        let before = scene.calls("help.saveAppLog");
        loop {
            // The sandbox knows no such method, which is an answer, too.
            let _ = scene.engine.client().call(&log).await;
            let sent = scene.calls("help.saveAppLog") - before;
            if sent > 200 {
                // 800 KiB: three times what a save may send.
                return sent;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let details = element_of(&person(), ElementType::PersonalDetails);
    let saving = scene.save(details.clone());
    let (saved, _) = tokio::join!(saving, app);
    assert_eq!(downloaded(&scene.engine, &saved.unwrap()).await, details);
}

pub(crate) async fn a_list_ends_with_the_server_gone() {
    let scene = Scene::new().await;
    // It takes connections, and answers nothing.
    for method in ["account.getAllSecureValues", "account.getSecureValue", "account.getPassword"] {
        scene.faults.inject(Fault::ConnectionDropped { method }, u32::MAX);
    }
    let told = scene.engine.list().await;
    assert!(matches!(told, Err(ListError::Refused(Refusal::Offline(_)))), "{told:?}");
    scene.faults.clear();
    assert_eq!(scene.engine.list().await.unwrap().len(), 2);
}

pub(crate) async fn a_session_ended_elsewhere_is_one_fact() {
    let reasons = SignedOut::NAMED.iter().filter(|reason| **reason != SignedOut::KeyDuplicated);
    for reason in reasons {
        let scene = Scene::new().await;
        scene.data_centres.end_sessions(scene.stage.user_id, reason);
        let told = scene.engine.list().await;
        assert!(matches!(told, Err(ListError::Refused(Refusal::SignedOut(_)))), "{reason:?}: {told:?}");
        let told = scene.engine.password_state().await;
        assert!(matches!(told, Err(PasswordError::Refused(Refusal::SignedOut(_)))), "{reason:?}: {told:?}");
        eprintln!("{reason:?}: {told:?}");
    }
}

/// Saves, and gives it up when this has happened.
async fn given_up(
    scene: &Scene,
    element: Element<PassportJpeg>,
    when: Fault,
) -> Result<SavedElement, SaveError> {
    scene.faults.inject(when.clone(), 1);
    let cancel = Cancel::new();
    let options = SaveOptions { cancel: Some(cancel.clone()), ..SaveOptions::default() };
    let cancelling = async {
        while !scene.faults.pending().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let saving = scene.engine.save(new(element), &options);
    tokio::join!(saving, cancelling).0
}

/// TDLib alone goes on with it, and stores it when nobody waits any more.
pub(crate) async fn a_save_that_is_given_up_is_not_stored_later() {
    let scene = Scene::new().await;
    let before = scene.values();
    // Documents of either shape, given up when the first part travels.
    for kind in [ElementType::Passport, ElementType::BankStatement] {
        let document = element_of(&person(), kind);
        let told =
            given_up(&scene, document, Fault::ConnectionDropped { method: "upload.saveFilePart" }).await;
        assert!(matches!(told, Err(SaveError::Cancelled)), "{kind}: {told:?}");
        // It would take TDLib this long to send the rest and store it.
        scene.save(element_of(&person(), ElementType::PersonalDetails)).await.unwrap();
        scene.engine.delete(&[ElementType::PersonalDetails]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_eq!(scene.values(), before, "{kind}");
    }
    // What is given up can be saved after.
    scene.saves_a_passport().await;
}

/// Dropping the future gives the save up, too, without a word; the next one of its kind waits for that.
pub(crate) async fn a_save_that_nobody_waits_for_ends() {
    let scene = Scene::new().await;
    let before = scene.values();
    scene.faults.inject(Fault::ConnectionDropped { method: "upload.saveFilePart" }, 1);
    {
        let mut saving = Box::pin(scene.save(element_of(&person(), ElementType::Passport)));
        while !scene.faults.pending().is_empty() {
            let _ = tokio::time::timeout(Duration::from_millis(5), &mut saving).await;
        }
    }
    scene.engine.delete(&[ElementType::Passport]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(scene.values(), before);
    scene.saves_a_passport().await;
}

/// An address as the person has it, but for the city.
fn moved() -> Element<PassportJpeg> {
    let mut address = element_of(&person(), ElementType::Address);
    address.set_text(Field::City, "Elsewhere").unwrap();
    address
}

/// TDLib goes on with a save that nobody waits for. A deletion waits for that, or it would be undone.
pub(crate) async fn what_tdlib_still_saves_does_not_bring_back_what_is_deleted() {
    let scene = Scene::new().await;
    let saves = scene.calls("account.saveSecureValue");
    let told = given_up(&scene, moved(), refused("account.saveSecureValue", 420, "FLOOD_WAIT_15")).await;
    assert!(matches!(told, Err(SaveError::Refused(Refusal::OutcomeUnknown(_)))), "{told:?}");
    scene.engine.delete(&[ElementType::Address]).await.unwrap();
    while scene.calls("account.saveSecureValue") < saves + 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // What has come is done at once.
    tokio::time::sleep(Duration::from_millis(300)).await;
    scene.holds(&[ElementType::UtilityBill]).await;
}

/// TDLib is at a save that was given up, and at a list that nobody waits for, whose answer would replace what it sends.
/// Whoever must not come in between waits, and is told that nothing was done.
pub(crate) async fn nothing_waits_without_end_for_what_tdlib_is_still_at() {
    let scene = Scene::new().await;
    let bot = scene.stage.bot();
    let request = request(&bot, vec![ElementType::Address.into()]);
    let form = scene.engine.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();
    let before = scene.values();

    // It is to be asked again later, and then the answer is lost.
    let takes_long = |method: &'static str| {
        scene.faults.inject(refused(method, 420, "FLOOD_WAIT_50"), 1);
        scene.faults.inject_after(1, Fault::AnswerLost { method }, 1);
        scene.faults.pending().len()
    };
    let left = takes_long("account.saveSecureValue");
    let cancel = Cancel::new();
    let options = SaveOptions { cancel: Some(cancel.clone()), ..SaveOptions::default() };
    let cancelling = async {
        while scene.faults.pending().len() == left {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let (told, ()) = tokio::join!(scene.engine.save(new(moved()), &options), cancelling);
    assert!(matches!(told, Err(SaveError::Refused(Refusal::OutcomeUnknown(_)))), "{told:?}");
    let left = takes_long("account.getAllSecureValues");
    {
        let mut listing = Box::pin(scene.engine.list());
        while scene.faults.pending().len() == left {
            let _ = tokio::time::timeout(Duration::from_millis(5), &mut listing).await;
        }
    }

    let methods = ["account.getAuthorizationForm", "account.deleteSecureValue"];
    let calls = methods.map(|method| scene.calls(method));
    let kinds = [ElementType::Address];
    let (shared, deleted) = tokio::join!(scene.engine.send(&form, &selection), scene.engine.delete(&kinds));
    assert!(matches!(shared, Err(SendError::Refused(Refusal::Busy))), "{shared:?}");
    assert!(matches!(deleted, Err(DeleteError::Refused(Refusal::Busy))), "{deleted:?}");
    assert_eq!(methods.map(|method| scene.calls(method)), calls);
    assert_eq!((bot.shares(), scene.values().len()), (0, before.len()));
}

/// What a share compares is what TDLib sends: until it is over, nothing that would change TDLib's memory is called, and
/// who waits for that is told so in time, or at once if it was cancelled.
pub(crate) async fn nothing_waits_without_end_for_a_share() {
    let scene = Scene::new().await;
    let bot = scene.stage.bot();
    let request = request(&bot, vec![ElementType::Address.into()]);
    let form = scene.engine.form(&request).await.unwrap();
    let selection = form.assess().select().unwrap();
    let other = Engine::new(scene.engine.client().clone()).accepting_risk(RiskAccepted);
    for method in ["account.getAuthorizationForm", "account.acceptAuthorization"] {
        scene.faults.inject(refused(method, 420, "FLOOD_WAIT_40"), 1);
    }
    let mut sharing = std::pin::pin!(scene.engine.send(&form, &selection));
    let begun = async {
        while scene.faults.pending().len() > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let cancel = Cancel::new();
        let options = SaveOptions { cancel: Some(cancel.clone()), ..SaveOptions::default() };
        let cancelling = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            cancel.cancel();
        };
        tokio::join!(scene.engine.save(new(moved()), &options), cancelling).0
    };
    tokio::select! {
        biased;
        shared = &mut sharing => panic!("it is over too soon: {shared:?}"),
        told = begun => assert!(matches!(told, Err(SaveError::Cancelled)), "{told:?}"),
    }

    let methods = ["getAllSecureValues", "getSecureValue", "saveSecureValue", "deleteSecureValue"];
    let called = || methods.map(|method| scene.calls(&format!("account.{method}")));
    let calls = called();
    let kinds = [ElementType::UtilityBill];
    let waiting = async {
        let password = PASSWORD.into();
        let told = tokio::join!(
            scene.engine.form(&request),
            other.unlock(&password),
            scene.save(moved()),
            scene.engine.delete(&kinds),
            scene.engine.list(),
            scene.engine.get(ElementType::Address)
        );
        (told, called())
    };
    let (shared, (told, called)) = tokio::join!(sharing, waiting);
    let (form, unlocked, saved, deleted, listed, got) = told;
    assert!(matches!(form, Err(FormError::Refused(Refusal::Busy))), "{form:?}");
    assert!(matches!(unlocked, Err(PasswordError::Refused(Refusal::Busy))), "{unlocked:?}");
    assert!(matches!(saved, Err(SaveError::Refused(Refusal::Busy))), "{saved:?}");
    assert!(matches!(deleted, Err(DeleteError::Refused(Refusal::Busy))), "{deleted:?}");
    assert!(matches!(listed, Err(ListError::Refused(Refusal::Offline(_)))), "{listed:?}");
    assert!(matches!(got, Err(ListError::Refused(Refusal::Offline(_)))), "{got:?}");
    assert_eq!(called, calls);
    shared.unwrap();
    assert_eq!(bot.open_last_share(request.nonce()), [element_of(&person(), ElementType::Address)]);
    // It is over, and all goes on.
    other.unlock(&PASSWORD.into()).await.unwrap();
    assert_eq!(scene.engine.list().await.unwrap().len(), 2);
}

/// A save that waits for the one before it ends at once when it is cancelled, and that one goes on.
pub(crate) async fn a_save_that_is_cancelled_while_it_waits_ends_at_once() {
    let scene = Scene::new().await;
    scene.faults.inject(refused("account.saveSecureValue", 420, "FLOOD_WAIT_5"), 1);
    let mut saving = std::pin::pin!(scene.save(moved()));
    let cancelled = async {
        while !scene.faults.pending().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let cancel = Cancel::new();
        let options = SaveOptions { cancel: Some(cancel.clone()), ..SaveOptions::default() };
        let other = new(element_of(&person(), ElementType::Address));
        let cancelling = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            cancel.cancel();
        };
        tokio::join!(scene.engine.save(other, &options), cancelling).0
    };
    tokio::select! {
        biased;
        saved = &mut saving => panic!("it is over too soon: {saved:?}"),
        told = cancelled => assert!(matches!(told, Err(SaveError::Cancelled)), "{told:?}"),
    }
    saving.await.unwrap();
    assert_eq!(scene.stored().await[&ElementType::Address], moved());
}

pub(crate) async fn two_saves_at_once_go_one_after_the_other() {
    let scene = Scene::new().await;
    let passport = element_of(&person(), ElementType::Passport);
    let mut other = passport.clone();
    other.set_text(Field::DocumentNo, "OTHER1").unwrap();
    let (one, two) = tokio::join!(scene.save(passport.clone()), scene.save(other.clone()));
    one.unwrap();
    two.unwrap();
    let stored = scene.stored().await.remove(&ElementType::Passport).unwrap();
    assert!(stored == passport || stored == other);
}

/// TDLib fails a download over a size that is the ciphertext's; the channel beside it does not.
pub(crate) async fn a_file_that_tdlib_cannot_fetch_comes_by_the_channel() {
    let scene = Scene::new().await;
    scene.faults.inject(Fault::SizesTold, u32::MAX);
    let told = export_of(&scene.engine).await;
    let Err(ExportError::Incomplete { omitted, .. }) = told else { panic!("{told:?}") };
    assert!(omitted.iter().all(|omission| omission.kind == ElementType::UtilityBill), "{omitted:?}");

    let vault = Arc::new(Vaulted::new(scene.stage.cloud()));
    let beside = cautious(&scene.stage).await.beside(vault);
    beside.unlock(&PASSWORD.into()).await.unwrap();
    let report = export_of(&beside).await.unwrap();
    assert_eq!((report.omitted.as_slice(), report.elements.len()), (&[][..], 2));
    let listed = beside.list().await.unwrap();
    let bill = downloaded(&beside, bill_of(&listed)).await;
    assert_eq!(bill, element_of(&person(), ElementType::UtilityBill));
}

async fn export_of(engine: &Engine) -> Result<ExportReport, ExportError> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("backup");
    let cost = PassphraseCost::new(8, 1, 1).unwrap();
    let options = ExportOptions { cost, ..ExportOptions::default() };
    let report = export(engine, &path, "a phrase".try_into().unwrap(), &options).await;
    assert_eq!(path.exists(), report.is_ok());
    report
}

/// The future of a save is dropped at every moment of it: what is stored then is the old element or the new one, and it
/// opens.
pub(crate) async fn a_dropped_save_stores_nothing_that_does_not_open() {
    let scene = Scene::new().await;
    let passport = element_of(&person(), ElementType::Passport);
    scene.save(passport.clone()).await.unwrap();
    let card = element_of(&person(), ElementType::IdentityCard);
    for round in 0..12u64 {
        let mut other = passport.clone();
        let document = other.identity_document_mut().unwrap();
        document.document_no = format!("NEW {round}").into();
        document.parts.front_side = card.file(Part::FrontSide).cloned();
        let before = scene.stored().await;
        {
            let reported = Arc::new(tokio::sync::Notify::new());
            let notify = Arc::clone(&reported);
            let progress = Progress::new(move |_| notify.notify_one());
            let options = SaveOptions { progress, ..SaveOptions::default() };
            let mut saving = std::pin::pin!(scene.engine.save(new(other.clone()), &options));
            // In half of the rounds something has moved before; a moment more each time.
            let moment = async {
                if round % 2 == 1 {
                    reported.notified().await;
                }
                tokio::time::sleep(Duration::from_millis(5 * round)).await;
            };
            tokio::select! {
                _ = &mut saving => {}
                () = moment => {}
            }
        }
        // TDLib goes on by itself, or gives up.
        let mut calls = u64::MAX;
        while calls != scene.calls("account.saveSecureValue") + scene.calls("upload.saveFilePart") {
            calls = scene.calls("account.saveSecureValue") + scene.calls("upload.saveFilePart");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // Every file is downloaded, and opens, past TDLib.
        let now = scene.stored().await;
        let kind = ElementType::Passport;
        assert!(now[&kind] == before[&kind] || now[&kind] == other, "round {round}");
    }
}

/// TDLib has one copy of an opened file for all who ask: each gets it whole.
pub(crate) async fn several_who_want_one_file_get_it() {
    let scene = Scene::new().await;
    let passport = element_of(&person(), ElementType::Passport);
    scene.save(passport.clone()).await.unwrap();
    let other = OverTdlib.session(&scene.stage).await;
    other.unlock(&PASSWORD.into()).await.unwrap();
    let saved = other.get(ElementType::Passport).await.unwrap().unwrap();
    let front = saved.element().unwrap().file(Part::FrontSide).unwrap();
    let progress = Progress::none();
    let own = passport.file(Part::FrontSide).unwrap().as_bytes();
    for _ in 0..5 {
        let (a, b, c) = tokio::join!(
            other.download(front, &progress),
            other.download(front, &progress),
            other.download(front, &progress)
        );
        for got in [a, b, c] {
            assert!(got.unwrap().as_bytes() == own);
        }
    }
}
