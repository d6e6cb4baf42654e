//! Every case of the conformance suite over our vault, raw MTProto and the data centre.

use std::sync::Arc;

use telegram_passport::passport::{Passport, Vaulted};
use telegram_passport_sandbox::dc::DataCentres;

use super::{FOR_EVER, centres, sign_in};
use crate::conformance::stage::Stage;
use crate::conformance::{self, Engine, Opening};

struct OverMtproto;

impl Engine for OverMtproto {
    fn sees_an_unused_secret(&self) -> bool {
        true
    }

    fn session<'a>(&'a self, stage: &'a Stage) -> Opening<'a> {
        Box::pin(async move {
            let centres = match stage.owned::<DataCentres>().pop() {
                Some(centres) => centres,
                None => stage.own(centres(&stage.state).await),
            };
            Arc::new(Vaulted::new(sign_in(&centres, stage, FOR_EVER).await)) as Arc<dyn Passport>
        })
    }
}

macro_rules! tests {
    ($($case:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $case() {
            conformance::$case(&OverMtproto).await;
        })*
    };
}

conformance::every_case!(tests);

/// What either stores the other reads; with TDLib, `tests/td` does the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_in_process_stores_is_read_over_mtproto_and_the_reverse() {
    for over_mtproto_first in [true, false] {
        let stage = Stage::new();
        let owner = conformance::ready(&OverMtproto, &stage).await;
        let in_process = Vaulted::new(stage.cloud());
        in_process.unlock(&conformance::PASSWORD.into()).await.unwrap();
        for element in conformance::person().elements {
            if over_mtproto_first {
                conformance::save_verified(&owner, &stage, element.clone()).await;
                let read = in_process.get(element.kind()).await.unwrap().unwrap();
                assert_eq!(conformance::downloaded(&in_process, &read).await, element);
            } else {
                conformance::save_verified(&in_process, &stage, element.clone()).await;
                let read = owner.get(element.kind()).await.unwrap().unwrap();
                assert_eq!(conformance::downloaded(&owner, &read).await, element);
            }
        }
    }
}
