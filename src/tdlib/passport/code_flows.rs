use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::element::EmailAddress;
use crate::passport::{SentEmailCode, SentPhoneCode, VerificationError};

/// Phone flows of this process, so that no engine takes another's for its own.
static LAST_PHONE: AtomicU64 = AtomicU64::new(0);

/// The verifications that TDLib is at.
#[derive(Default)]
pub(super) struct CodeFlows(Mutex<Followed>);

#[derive(Default)]
pub(super) struct Followed {
    /// The number of the phone flow, which this process counts; 0 before the first.
    pub(super) phone: u64,
    pub(super) email: Option<EmailAddress>,
}

impl CodeFlows {
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Followed) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn next_phone(&self) -> String {
        let number = LAST_PHONE.fetch_add(1, Ordering::Relaxed) + 1;
        self.with(|followed| followed.phone = number);
        number.to_string()
    }

    /// TDLib would take a code for another number without a word.
    pub(super) fn is_phone(&self, sent: &SentPhoneCode) -> Result<(), VerificationError> {
        let is_this = self.with(|followed| followed.phone.to_string() == sent.phone_code_hash);
        if is_this { Ok(()) } else { Err(VerificationError::CodeExpired) }
    }

    pub(super) fn is_email(&self, sent: &SentEmailCode) -> Result<(), VerificationError> {
        let is_this = self.with(|followed| followed.email.as_ref() == Some(&sent.email));
        if is_this { Ok(()) } else { Err(VerificationError::OtherAddress) }
    }
}
