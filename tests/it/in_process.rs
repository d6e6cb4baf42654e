//! Every case of the conformance suite over our vault and the sandbox's state in this process.

use std::sync::Arc;

use telegram_passport::passport::{Passport, Vaulted};

use crate::conformance::stage::Stage;
use crate::conformance::{self, Engine, Opening};

pub(crate) struct InProcess;

impl Engine for InProcess {
    fn sees_an_unused_secret(&self) -> bool {
        true
    }

    fn session<'a>(&'a self, stage: &'a Stage) -> Opening<'a> {
        Box::pin(async move { Arc::new(Vaulted::new(stage.cloud())) as Arc<dyn Passport> })
    }
}

macro_rules! tests {
    ($($case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            conformance::$case(&InProcess).await;
        })*
    };
}

conformance::every_case!(tests);
