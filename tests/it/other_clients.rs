//! What other clients write: nothing of it is dropped unseen, nor taken for something else.

use telegram_passport::element::{ElementType, Field, FlawKind, Place, Trouble};
use telegram_passport::passport::{
    FileSource, Passport, SaveError, SaveOptions, SaveProblem, SavedFlaw, Sight, Vaulted,
};
use telegram_passport::request::{Expiry, Obstacle};

use crate::conformance::other_client::OtherClient;
use crate::conformance::{self, PASSWORD, element_of, person};

const PASSPORT: ElementType = ElementType::Passport;

#[tokio::test]
async fn what_is_not_understood_is_shown_and_not_saved_over_until_it_is_set_anew() {
    let (other, stage) = OtherClient::with_stage().await;
    let passport = Vaulted::new(stage.cloud());
    passport.unlock(&PASSWORD.into()).await.unwrap();
    conformance::save(&passport, element_of(&person(), PASSPORT)).await;
    other.writes(PASSPORT, r#"{"document_no":"X1","expiry_date":"2020-12-31","note":"mine"}"#).await;

    let saved = passport.get(PASSPORT).await.unwrap().unwrap();
    assert_eq!(saved.sight, Sight::Whole);
    let [SavedFlaw::Field(flaw)] = saved.flaws.as_slice() else { panic!("{:?}", saved.flaws) };
    assert!(matches!(flaw.kind, FlawKind::NotADate(_)), "{flaw:?}");
    let element = saved.element().unwrap();
    let raw: Vec<_> = element.raw_fields().unwrap().iter().collect();
    assert_eq!(raw, [(Field::ExpiryDate, "\"2020-12-31\"")]);

    // It is no document without an expiry date.
    let bot = stage.bot();
    let request = conformance::request(&bot, vec![PASSPORT.into()]);
    let form = passport.form(&request).await.unwrap();
    let assessment = form.assess();
    let alternative = &assessment.rows()[0].alternatives()[0];
    assert_eq!(alternative.expiry(), Expiry::NotUnderstood);
    let [Obstacle::Invalid(problem)] = alternative.obstacles() else { panic!("{alternative:?}") };
    assert_eq!((problem.place, problem.trouble), (Place::Field(Field::ExpiryDate), Trouble::NotUnderstood));

    let mut changed = element.clone().map_files(|_, file| FileSource::Keep(file));
    changed.set_text(Field::DocumentNo, "X2").unwrap();
    let refused = passport.save(changed.clone(), &SaveOptions::default()).await;
    let Err(SaveError::Flawed { problems, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(problems, [SaveProblem::Rule(*problem)]);
    assert_eq!(passport.get(PASSPORT).await.unwrap().unwrap(), saved, "nothing was touched");

    changed.set_text(Field::ExpiryDate, "31.12.2030").unwrap();
    passport.save(changed, &SaveOptions::default()).await.unwrap();
    let saved = passport.get(PASSPORT).await.unwrap().unwrap();
    assert_eq!(saved.flaws, []);
    let unknown: Vec<_> = saved.element().unwrap().unknown_fields().unwrap().iter().collect();
    assert_eq!(unknown, [("note", "\"mine\"")]);
}
