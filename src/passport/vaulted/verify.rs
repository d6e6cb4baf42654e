use super::Vaulted;
use crate::cloud::{SecureCloud, SentCode};
use crate::element::{EmailAddress, PhoneNumber};
use crate::passport::{SentEmailCode, SentPhoneCode, VerificationError};

impl<C: SecureCloud> Vaulted<C> {
    pub(super) async fn send_code_to_phone(
        &self,
        phone_number: &PhoneNumber,
    ) -> Result<SentPhoneCode, VerificationError> {
        let sent = self.cloud.send_verify_phone_code(&phone_number.0).await?;
        Ok(sent_to(phone_number, sent))
    }

    pub(super) async fn resend_code_to_phone(
        &self,
        sent: &SentPhoneCode,
    ) -> Result<SentPhoneCode, VerificationError> {
        let resent = self.cloud.resend_phone_code(&sent.phone_number.0, &sent.phone_code_hash).await?;
        Ok(sent_to(&sent.phone_number, resent))
    }

    pub(super) async fn send_code_to_email(
        &self,
        email: &EmailAddress,
    ) -> Result<SentEmailCode, VerificationError> {
        let sent = self.cloud.send_verify_email_code(&email.0).await?;
        Ok(SentEmailCode { email: email.clone(), length: sent.length })
    }

    /// The call names no address; only the answer tells which one was verified.
    pub(super) async fn check_code_of_email(
        &self,
        sent: &SentEmailCode,
        code: &str,
    ) -> Result<(), VerificationError> {
        let verified = self.cloud.verify_email(code).await?;
        let same = verified.0.eq_ignore_ascii_case(&sent.email.0);
        if same { Ok(()) } else { Err(VerificationError::OtherAddress) }
    }
}

fn sent_to(phone_number: &PhoneNumber, sent: SentCode) -> SentPhoneCode {
    SentPhoneCode {
        phone_number: phone_number.clone(),
        way: sent.code_type,
        next_way: sent.next_type,
        resend_after: sent.timeout.filter(|wait| !wait.is_zero()),
        phone_code_hash: sent.phone_code_hash,
    }
}
