//! Every case of the conformance suite over our vault and the sandbox's state in this process.

use telegram_passport::passport::Vaulted;
use telegram_passport_sandbox::Cloud;

use crate::conformance::stage::Stage;
use crate::conformance::{self, Engine};

pub(crate) struct InProcess;

impl Engine for InProcess {
    type Passport = Vaulted<Cloud>;
    const SEES_AN_UNUSED_SECRET: bool = true;

    async fn session(stage: &Stage) -> Self::Passport {
        Vaulted::new(stage.cloud())
    }
}

macro_rules! tests {
    ($($case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            conformance::$case::<InProcess>().await;
        })*
    };
}

conformance::every_case!(tests);
