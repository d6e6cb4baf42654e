//! The whole Passport as a file: out of one account, into others, and refused when it was touched.

mod accounts;
mod refused;

use std::path::Path;

use telegram_passport::archive::{ExportOptions, ExportReport, export};
use telegram_passport::element::{Element, ElementType};
use telegram_passport::passport::{Passport, SaveOptions, Vaulted};
use telegram_passport::scan::PassportJpeg;
use telegram_passport::vault::at_rest::PassphraseCost;
use telegram_passport_sandbox::InProcessCloud;

use crate::conformance::pictures::passphrase;
use crate::conformance::stage::Stage;
use crate::conformance::{PASSWORD, element_of, new, person};
use crate::meddler::Meddler;

type Engine = Vaulted<Meddler<InProcessCloud>>;

/// An account that is ready to store, and the cloud before it.
async fn ready(stage: &Stage) -> Engine {
    let passport = Vaulted::new(Meddler::new(stage.cloud()));
    passport.set_password(None, &PASSWORD.into(), "").await.unwrap();
    passport.create_secret(&PASSWORD.into()).await.unwrap();
    passport
}

async fn save(passport: &Engine, element: Element<PassportJpeg>) {
    passport.save(new(element), &SaveOptions::default()).await.unwrap();
}

fn of(kind: ElementType) -> Element<PassportJpeg> {
    element_of(&person(), kind)
}

/// The least work for the passphrase.
fn cheap() -> ExportOptions {
    ExportOptions { cost: PassphraseCost::new(8, 1, 1).unwrap(), ..ExportOptions::default() }
}

async fn exported(passport: &Engine, path: &Path) -> ExportReport {
    export(passport, path, passphrase(), &cheap()).await.unwrap()
}
