//! Every case of the conformance suite over our vault, raw MTProto and the data centre.

use telegram_passport::mtproto::Cloud;
use telegram_passport::passport::Vaulted;
use telegram_passport::sandbox::dc::DataCentres;

use super::{application, centres, sign_in};
use crate::conformance::stage::Stage;
use crate::conformance::{self, Engine};

struct OverMtproto;

impl Engine for OverMtproto {
    type Passport = Vaulted<Cloud>;
    const SEES_AN_UNUSED_SECRET: bool = true;
    const PREPARES_PICTURES: bool = false;

    async fn session(stage: &Stage) -> Self::Passport {
        let centres = match stage.kept::<DataCentres>().pop() {
            Some(centres) => centres,
            None => stage.keep(centres(&stage.state).await),
        };
        Vaulted::new(sign_in(&centres, stage, application()).await)
    }
}

macro_rules! tests {
    ($($case:ident,)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $case() {
            conformance::$case::<OverMtproto>().await;
        })*
    };
}

conformance::every_case!(tests);
