//! TDLib's refusals as the facts that Telegram's errors state.

use std::sync::Arc;

use crate::cloud::CloudError;
use crate::tdlib::client::RequestError;

/// The fact behind a failed request.
pub(in crate::tdlib) fn fact(error: RequestError) -> CloudError {
    if let Some(wait) = error.retry_after() {
        return CloudError::FloodWait(wait);
    }
    match error {
        RequestError::Refused { code, message, .. } => CloudError::from_rpc(code, &message),
        unknown @ RequestError::OutcomeUnknown { .. } => CloudError::OutcomeUnknown(Arc::new(unknown)),
        RequestError::SignedOut { reason, .. } => CloudError::SignedOut(reason),
        other => CloudError::Transport(Arc::new(other)),
    }
}

/// TDLib's way to say that there is no such thing.
pub(super) fn is_not_found(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused { code: 404, .. })
}

/// Whether TDLib itself could not make sense of an element: Telegram's own errors are names in capitals.
pub(super) fn is_own_refusal(error: &RequestError) -> bool {
    let is_name = |message: &str| !message.bytes().any(|byte| byte.is_ascii_lowercase());
    matches!(error, RequestError::Refused { code: 400, message, .. } if !is_name(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: i32, message: &str) -> RequestError {
        RequestError::Refused { function: "getPassportElement", code, message: message.to_owned() }
    }

    #[test]
    fn refusals_become_facts() {
        assert!(matches!(fact(refused(400, "PASSWORD_HASH_INVALID")), CloudError::PasswordHashInvalid));
        let wait = fact(refused(429, "Too Many Requests: retry after 17"));
        assert!(matches!(wait, CloudError::FloodWait(wait) if wait.as_secs() == 17));
        let closed = fact(RequestError::Closed { function: "getPasswordState" });
        assert!(matches!(closed, CloudError::Transport(_)));
    }

    #[test]
    fn what_tdlib_was_handed_and_did_not_answer_may_have_been_done() {
        use crate::tdlib::client::after_sending;
        use crate::tdlib::passport::functions::{GetMe, SetPassword};
        let after = std::time::Duration::from_secs(60);
        for why in [
            RequestError::TimedOut { function: "f", after },
            RequestError::Closed { function: "f" },
            RequestError::Unexpected { function: "f", answer: "user".to_owned() },
            // Who is in trouble does not say how far it came.
            refused(500, "INTERNAL"),
            refused(503, "Timeout"),
            refused(-503, "Timeout"),
        ] {
            let changing = fact(after_sending::<SetPassword<'_>>(why.clone()));
            assert!(matches!(changing, CloudError::OutcomeUnknown(_)), "{changing:?}");
            let reading = fact(after_sending::<GetMe>(why));
            assert!(!matches!(reading, CloudError::OutcomeUnknown(_)), "{reading:?}");
        }
        // A refusal is an answer.
        let anew = fact(after_sending::<SetPassword<'_>>(refused(500, "AUTH_RESTART")));
        assert!(matches!(anew, CloudError::Other { code: 500, .. }), "{anew:?}");
        let refused = fact(after_sending::<SetPassword<'_>>(refused(400, "PASSWORD_HASH_INVALID")));
        assert!(matches!(refused, CloudError::PasswordHashInvalid));
    }

    #[test]
    fn tdlibs_own_words_are_told_from_telegrams() {
        assert!(is_not_found(&refused(404, "Not Found")));
        assert!(is_own_refusal(&refused(400, "Wrong hash")));
        assert!(!is_own_refusal(&refused(400, "SECURE_SECRET_REQUIRED")));
        assert!(!is_own_refusal(&refused(500, "Internal error")));
    }
}
