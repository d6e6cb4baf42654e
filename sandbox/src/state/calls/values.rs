use crate::state::contact;
use crate::state::model::shape;
use crate::state::shared::State;
use telegram_passport::cloud::{CloudError, InputSecureValue, SecureValue};
use telegram_passport::element::ElementType;

impl State {
    /// `account.getAllSecureValues#b288bc7d`
    ///
    /// # Errors
    ///
    /// [`SecureSecretRequired`](CloudError::SecureSecretRequired) if values are stored that no secret opens.
    pub fn all_secure_values(&self, user_id: i64) -> Result<Vec<SecureValue>, CloudError> {
        self.secure_values(user_id, &ElementType::ALL)
    }

    /// `account.getSecureValue#73665bc2`; what is not stored is missing in the answer.
    ///
    /// # Errors
    ///
    /// As for [`all_secure_values`](Self::all_secure_values).
    pub fn secure_values(&self, user_id: i64, kinds: &[ElementType]) -> Result<Vec<SecureValue>, CloudError> {
        self.world().account(user_id)?.readable_values(kinds)
    }

    /// `account.saveSecureValue#899fe31d`: replaces the element whole, and answers it with its new hash.
    ///
    /// # Errors
    ///
    /// As [`SecureCloud::save_secure_value`](telegram_passport::cloud::SecureCloud::save_secure_value) says; besides
    /// `SECURE_VALUE_<PART>_REQUIRED`, `…_NOT_ALLOWED`, `…_INVALID` and `…_TOO_MUCH` for the wrong parts,
    /// `FILE_PARTS_INVALID`, `FILE_PART_SIZE_INVALID`, `FILE_PART_SIZE_CHANGED` and `MD5_CHECKSUM_INVALID` for
    /// uploads, `FILE_ID_INVALID` for a file the account does not hold. Nothing has changed then.
    pub fn save_secure_value(
        &self,
        user_id: i64,
        mut value: InputSecureValue,
        secure_secret_id: i64,
    ) -> Result<SecureValue, CloudError> {
        let now = self.now();
        let mut world = self.world();
        let account = world.account_mut(user_id)?;
        account.two_factor.check_secret(secure_secret_id)?;
        shape::check(&value)?;
        let plain_data =
            value.plain_data.take().map(|plain| contact::storable(account, plain)).transpose()?;
        account.save_value(value, plain_data, now)
    }

    /// `account.deleteSecureValue#b880bc4b`; what is not stored is passed over.
    ///
    /// # Errors
    ///
    /// [`SignedOut`](CloudError::SignedOut) only: a person may delete what no secret opens.
    pub fn delete_secure_values(&self, user_id: i64, kinds: &[ElementType]) -> Result<(), CloudError> {
        self.world().account_mut(user_id)?.delete_values(kinds);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::CodePurpose;
    use crate::state::tests::{
        data, message, passport, save_details, upload, with_account, with_secret, wrapped_secret,
    };
    use telegram_passport::cloud::{
        FileRange, InputSecureFile, SecureData, SecureFile, SecurePlainData, SecureSecretSettings,
    };
    use telegram_passport::element::{EmailAddress, Parts, PhoneNumber};

    fn stored(file: &SecureFile) -> InputSecureFile {
        InputSecureFile::Stored { id: file.id, access_hash: file.access_hash }
    }

    #[test]
    fn what_is_saved_is_what_is_read() {
        let (state, user_id) = with_secret();
        let value = passport(&state, user_id);
        let saved = state.save_secure_value(user_id, value, 77).expect("a sound value");
        let one = std::slice::from_ref(&saved);
        assert_eq!(state.all_secure_values(user_id).expect("readable"), one);
        assert_eq!(state.secure_values(user_id, &[ElementType::Passport]).expect("readable"), one);
        assert!(state.secure_values(user_id, &[ElementType::Email]).expect("readable").is_empty());
        assert!(saved.hash.len() == 32 && saved.hash.iter().all(u8::is_ascii_graphic));
        let front = saved.parts.front_side.expect("it was saved");
        let location = front.location();
        assert_eq!((front.size, front.file_hash), (4096, vec![2; 32]));
        let range = |offset| FileRange { offset, limit: 4096, precise: false };
        let chunk = state.file_part(user_id, location, range(0)).expect("own file");
        assert_eq!(chunk.bytes, vec![2; 4096]);
        assert!(state.file_part(user_id, location, range(4096)).expect("own file").bytes.is_empty());
    }

    #[test]
    fn the_secret_must_be_the_current_one() {
        let (state, user_id) = with_account();
        let details =
            || InputSecureValue { data: Some(data(1)), ..InputSecureValue::empty(ElementType::Address) };
        assert_eq!(message(state.save_secure_value(user_id, details(), 77)), "PASSWORD_REQUIRED");
        let (state, user_id) = with_secret();
        assert_eq!(message(state.save_secure_value(user_id, details(), 78)), "SECURE_SECRET_INVALID");
        save_details(&state, user_id);
        let reset = |settings| {
            state
                .world()
                .account_mut(user_id)
                .expect("an account")
                .two_factor
                .replace_secure_settings(settings);
        };
        reset(None);
        assert_eq!(message(state.save_secure_value(user_id, details(), 77)), "SECURE_SECRET_REQUIRED");
        assert_eq!(message(state.all_secure_values(user_id)), "SECURE_SECRET_REQUIRED");
        reset(Some(SecureSecretSettings { secure_secret_id: 99, ..wrapped_secret(&state, user_id, 99) }));
        assert_eq!(state.all_secure_values(user_id).expect("readable").len(), 1, "garbage, but there");
        reset(None);
        state.delete_secure_values(user_id, &ElementType::ALL).expect("an account");
        assert!(state.all_secure_values(user_id).expect("nothing to open").is_empty());
    }

    #[test]
    fn stored_files_are_kept_moved_and_dropped() {
        let (state, user_id) = with_secret();
        let first = state.save_secure_value(user_id, passport(&state, user_id), 77).expect("a sound value");
        let selfie = first.parts.selfie.clone().expect("it was saved");
        let again = InputSecureValue {
            data: Some(data(9)),
            parts: Parts { front_side: first.parts.front_side.as_ref().map(stored), ..Parts::default() },
            ..InputSecureValue::empty(ElementType::Passport)
        };
        let moved = InputSecureValue {
            data: Some(data(8)),
            parts: Parts { front_side: Some(stored(&selfie)), ..Parts::default() },
            ..InputSecureValue::empty(ElementType::InternalPassport)
        };
        let moved = state.save_secure_value(user_id, moved, 77).expect("the account's own file");
        let second = state.save_secure_value(user_id, again.clone(), 77).expect("a sound value");
        assert_eq!(second.parts.front_side, first.parts.front_side);
        assert_ne!(second.hash, first.hash);
        assert_eq!(moved.parts.front_side, Some(selfie.clone()));
        let dropped = &first.parts.translation[0];
        let range = FileRange { offset: 0, limit: 4096, precise: false };
        assert_eq!(message(state.file_part(user_id, dropped.location(), range)), "FILE_ID_INVALID");
        let mut gone = again;
        gone.parts.translation = vec![stored(dropped)];
        assert_eq!(message(state.save_secure_value(user_id, gone, 77)), "FILE_ID_INVALID");
        state.file_part(user_id, selfie.location(), range).expect("still used by the other element");
    }

    #[test]
    fn a_refused_value_changes_nothing() {
        let (state, user_id) = with_secret();
        let before = state.save_secure_value(user_id, passport(&state, user_id), 77).expect("a sound value");
        let mut value = passport(&state, user_id);
        value.parts.translation.push(InputSecureFile::Stored { id: 1, access_hash: 1 });
        assert_eq!(message(state.save_secure_value(user_id, value.clone(), 77)), "FILE_ID_INVALID");
        assert_eq!(state.all_secure_values(user_id).expect("readable"), [before]);
        value.parts.translation.pop();
        state.save_secure_value(user_id, value, 77).expect("the parts are still there");
    }

    #[test]
    fn uploads_must_be_whole_blocks_within_the_limit() {
        let (state, user_id) = with_secret();
        let mut value = passport(&state, user_id);
        value.parts.selfie = Some(upload(&state, user_id, 6, 17));
        assert_eq!(
            message(state.save_secure_value(user_id, value.clone(), 77)),
            "SECURE_VALUE_SELFIE_INVALID"
        );
        let part = vec![0; 512 * 1024];
        for number in 0..21 {
            state.save_file_part(user_id, 7, number, part.clone()).expect("a sound part");
        }
        value.parts.selfie = Some(InputSecureFile::Uploaded {
            id: 7,
            parts: 21,
            md5_checksum: String::new(),
            file_hash: vec![0; 32],
            secret: vec![0; 32],
        });
        assert_eq!(message(state.save_secure_value(user_id, value, 77)), "SECURE_VALUE_SELFIE_INVALID");
    }

    #[test]
    fn phone_numbers_and_addresses_are_verified_first() {
        let (state, user_id) = with_secret();
        let phone = |number: &str| InputSecureValue {
            plain_data: Some(SecurePlainData::Phone(PhoneNumber(number.to_owned()))),
            ..InputSecureValue::empty(ElementType::PhoneNumber)
        };
        let email = |address: &str| InputSecureValue {
            plain_data: Some(SecurePlainData::Email(EmailAddress(address.to_owned()))),
            ..InputSecureValue::empty(ElementType::Email)
        };
        let save = |value| state.save_secure_value(user_id, value, 77);
        let own = save(phone("+1 202 555 0123")).expect("the account's own");
        assert_eq!(own.plain_data, Some(SecurePlainData::Phone(PhoneNumber("12025550123".to_owned()))));
        assert_eq!(message(save(phone("twelve"))), "PHONE_NUMBER_INVALID");
        assert_eq!(message(save(phone("4915112345678"))), "PHONE_VERIFICATION_NEEDED");
        let sent = state.send_verify_phone_code(user_id, "4915112345678").expect("a number");
        let code = state.last_code(user_id, CodePurpose::VerifyPhone).expect("a code was sent");
        state.verify_phone(user_id, "4915112345678", &sent.phone_code_hash, &code).expect("the code");
        save(phone("4915112345678")).expect("verified");

        assert_eq!(message(save(email("anna"))), "EMAIL_INVALID");
        assert_eq!(message(save(email("anna@example.com"))), "EMAIL_VERIFICATION_NEEDED");
        state.send_verify_email_code(user_id, "anna@example.com").expect("an address");
        let code = state.last_code(user_id, CodePurpose::VerifyEmail).expect("a code was sent");
        state.verify_email(user_id, &code).expect("the code");
        save(email("Anna@example.com")).expect("verified");
    }

    #[test]
    fn tdlibs_empty_data_is_dropped() {
        let (state, user_id) = with_secret();
        let value = InputSecureValue {
            data: Some(SecureData { data: vec![], data_hash: vec![], secret: vec![] }),
            parts: Parts { files: vec![upload(&state, user_id, 2, 64)], ..Parts::default() },
            ..InputSecureValue::empty(ElementType::UtilityBill)
        };
        let saved = state.save_secure_value(user_id, value, 77).expect("a sound value");
        assert_eq!(saved.data, None);
    }
}
