//! Between the server's language (`cloud`) and the vault's: lengths and kinds are checked on the way in.

use super::{PasswordError, Refusal};
use crate::cloud::{
    AccountPassword, CurrentPassword, InputCheckPassword, NewPassword, PasswordKdfAlgo, PasswordSettings,
    SecureCredentialsEncrypted, SecureData, SecureFile, SecurePasswordKdfAlgo, SecureSecretSettings,
};
use crate::vault::{
    EncryptedCredentials, EncryptedSecret, LengthError, NewPasswordVerifier, PasswordAlgorithm, SealedData,
    SecretId, SecretKdf, SrpChallenge, SrpProof, ValueHash, WrappedSecret,
};

pub(super) fn srp_challenge(current: &CurrentPassword) -> Result<SrpChallenge, PasswordError> {
    Ok(SrpChallenge {
        algorithm: password_algorithm(&current.algorithm)?,
        srp_b: current.srp_b.clone(),
        srp_id: current.srp_id,
    })
}

pub(super) fn password_algorithm(algorithm: &PasswordKdfAlgo) -> Result<PasswordAlgorithm, PasswordError> {
    match algorithm {
        PasswordKdfAlgo::Unknown => Err(PasswordError::Refused(Refusal::UpdateRequired)),
        PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p } => {
            Ok(PasswordAlgorithm { salt1: salt1.clone(), salt2: salt2.clone(), g: *g, p: p.clone() })
        }
    }
}

pub(super) fn check_password(proof: SrpProof) -> InputCheckPassword {
    InputCheckPassword::Srp { srp_id: proof.srp_id, a: proof.a, m1: proof.m1 }
}

pub(super) fn new_password(verifier: NewPasswordVerifier, hint: &str) -> NewPassword {
    let PasswordAlgorithm { salt1, salt2, g, p } = verifier.algorithm;
    NewPassword {
        new_algo: PasswordKdfAlgo::Sha256Sha256Pbkdf2HmacSha512Iter100000Sha256ModPow { salt1, salt2, g, p },
        new_password_hash: verifier.verifier,
        hint: hint.to_owned(),
    }
}

/// The server's part of the salt for a newly wrapped secret (`new_secure_algo`, not `new_algo` as the
/// documentation has it).
pub(super) fn secret_salt(account: &AccountPassword) -> Result<Vec<u8>, PasswordError> {
    match &account.new_secure_algo {
        SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt } => Ok(salt.clone()),
        SecurePasswordKdfAlgo::Sha512 { .. } | SecurePasswordKdfAlgo::Unknown => {
            Err(PasswordError::Refused(Refusal::UpdateRequired))
        }
    }
}

/// The stored passport secret; absent settings and an empty secret both mean that there is none.
pub(super) fn wrapped_secret(settings: &PasswordSettings) -> Option<WrappedSecret> {
    let stored = settings.secure_settings.as_ref().filter(|stored| !stored.secure_secret.is_empty())?;
    let kdf = match &stored.secure_algo {
        SecurePasswordKdfAlgo::Unknown => SecretKdf::Unknown,
        SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt } => {
            SecretKdf::Pbkdf2HmacSha512Iter100000 { salt: salt.clone() }
        }
        SecurePasswordKdfAlgo::Sha512 { salt } => SecretKdf::Sha512 { salt: salt.clone() },
    };
    Some(WrappedSecret {
        kdf,
        encrypted: stored.secure_secret.clone(),
        id: SecretId(stored.secure_secret_id),
    })
}

pub(super) fn secret_settings(wrapped: WrappedSecret) -> SecureSecretSettings {
    let secure_algo = match wrapped.kdf {
        SecretKdf::Pbkdf2HmacSha512Iter100000 { salt } => {
            SecurePasswordKdfAlgo::Pbkdf2HmacSha512Iter100000 { salt }
        }
        SecretKdf::Sha512 { salt } => SecurePasswordKdfAlgo::Sha512 { salt },
        SecretKdf::Unknown => SecurePasswordKdfAlgo::Unknown,
    };
    SecureSecretSettings { secure_algo, secure_secret: wrapped.encrypted, secure_secret_id: wrapped.id.0 }
}

pub(super) fn sealed_data(data: &SecureData) -> Result<SealedData, LengthError> {
    Ok(SealedData {
        ciphertext: data.data.clone(),
        hash: data.data_hash.as_slice().try_into()?,
        secret: data.secret.as_slice().try_into()?,
    })
}

pub(super) fn secure_data(sealed: &SealedData) -> SecureData {
    SecureData {
        data: sealed.ciphertext.clone(),
        data_hash: sealed.hash.0.to_vec(),
        secret: sealed.secret.0.to_vec(),
    }
}

/// The hash and the wrapped secret of a stored file.
pub(super) fn file_keys(file: &SecureFile) -> Result<(ValueHash, EncryptedSecret), LengthError> {
    Ok((file.file_hash.as_slice().try_into()?, file.secret.as_slice().try_into()?))
}

pub(super) fn credentials(sealed: EncryptedCredentials) -> SecureCredentialsEncrypted {
    SecureCredentialsEncrypted { data: sealed.data, hash: sealed.hash.0.to_vec(), secret: sealed.secret }
}
