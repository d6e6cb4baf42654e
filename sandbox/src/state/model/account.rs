use std::fmt;

use serde::{Deserialize, Serialize};

use super::delivery::Sender;
use super::objections::Objections;
use super::two_factor::{Outcome, TwoFactor};
use super::values::Values;
use super::verification::Verification;
use crate::store::{Changes, DamagedRecord, Records};
use telegram_passport::cloud::{CloudError, InputSecureValue, SecurePlainData, SecureValue};
use telegram_passport::element::{ElementType, PhoneNumber, UnixTime};

/// Who an account is to its own sessions.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// The phone number, digits only.
    pub phone: PhoneNumber,
    /// The first name shown in chats.
    pub first_name: String,
    /// The last name shown in chats, or empty.
    pub last_name: String,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").finish_non_exhaustive()
    }
}

/// One account, as the server keeps it.
#[derive(Serialize, Deserialize)]
pub(in crate::state) struct Account {
    /// Digits only.
    pub(in crate::state) phone: PhoneNumber,
    pub(in crate::state) first_name: String,
    pub(in crate::state) last_name: String,
    pub(in crate::state) two_factor: TwoFactor,
    pub(in crate::state) values: Values,
    pub(in crate::state) verification: Verification,
    pub(in crate::state) objections: Objections,
}

impl Account {
    /// An account that has nothing yet.
    pub(in crate::state) fn new(
        phone: PhoneNumber,
        first_name: String,
        last_name: String,
        two_factor: TwoFactor,
    ) -> Self {
        Self {
            phone,
            first_name,
            last_name,
            two_factor,
            values: Values::default(),
            verification: Verification::default(),
            objections: Objections::default(),
        }
    }

    pub(in crate::state) fn profile(&self) -> Profile {
        Profile {
            phone: self.phone.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
        }
    }

    /// The person as bots see them.
    pub(in crate::state) fn sender(&self, user_id: i64) -> Sender {
        Sender { id: user_id, first_name: self.first_name.clone(), last_name: self.last_name.clone() }
    }

    /// Of these kinds, what is stored.
    ///
    /// # Errors
    /// [`SecureSecretRequired`](CloudError::SecureSecretRequired) if values are stored that no secret opens.
    pub(in crate::state) fn readable_values(
        &self,
        kinds: &[ElementType],
    ) -> Result<Vec<SecureValue>, CloudError> {
        if !self.values.is_empty() && self.two_factor.secure_settings().is_none() {
            return Err(CloudError::SecureSecretRequired);
        }
        Ok(self.values.of(kinds))
    }

    /// Replaces an element whole, and drops the objections that this resolves.
    pub(in crate::state) fn save_value(
        &mut self,
        value: InputSecureValue,
        plain_data: Option<SecurePlainData>,
        now: UnixTime,
    ) -> Result<SecureValue, CloudError> {
        let saved = self.values.save(value, plain_data, now)?;
        self.objections.resolve(&saved);
        Ok(saved)
    }

    /// Deletes elements, and the objections to them.
    pub(in crate::state) fn delete_values(&mut self, kinds: &[ElementType]) {
        self.values.delete(kinds);
        self.objections.forget(kinds);
    }

    /// Without the password nobody can open the passport secret: nothing of the Passport remains.
    pub(in crate::state) fn forget_passport_if_removed(&mut self, outcome: Outcome) {
        if outcome == Outcome::Removed {
            self.values.clear();
            self.objections.clear();
        }
    }

    /// Loads what has records of its own below the account's.
    pub(in crate::state) fn load_tables(
        &mut self,
        records: &Records,
        place: &str,
    ) -> Result<(), DamagedRecord> {
        self.values.load_tables(records, place)
    }

    pub(in crate::state) fn collect_tables(&mut self, place: &str, changes: &mut Changes) {
        self.values.collect_tables(place, changes);
    }
}
