use std::sync::{Mutex, PoisonError};

use crate::element::EmailAddress;
use crate::passport::{SentEmailCode, SentPhoneCode, VerificationError};

/// The verifications that TDLib is at.
#[derive(Default)]
pub(super) struct CodeFlows(Mutex<Followed>);

#[derive(Default)]
pub(super) struct Followed {
    /// The number of the phone flow, which this engine counts.
    pub(super) phone: u64,
    pub(super) email: Option<EmailAddress>,
}

impl CodeFlows {
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Followed) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn next_phone(&self) -> String {
        self.with(|followed| {
            followed.phone += 1;
            followed.phone.to_string()
        })
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
