//! Both sets of vectors (`tests/vectors`), byte for byte and, where nothing is random, in both directions.

use serde_json::Value;

use super::bot::{BotPrivateKey, PassportData, ValueSecret};
use super::kdf::unwrap_secret;
use super::kdf::wrap_secret_with;
use super::srp::{derive_verifier_with, derive_x, prove_with};
use super::value::{open, seal_with_prefix};
use super::*;
use crate::element::ElementType;

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("a string");
    assert!(text.len().is_multiple_of(2));
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex")).collect()
}

fn base64(value: &Value) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(value.as_str().expect("a string")).expect("base64")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn hash(value: &Value) -> ValueHash {
    ValueHash::try_from(hex(value).as_slice()).expect("32 bytes")
}

fn value_secret(value: &Value) -> ValueSecret {
    ValueSecret::from_bytes(&hex(value)).expect("a secret")
}

fn passport_secret(value: &Value) -> PassportSecret {
    PassportSecret::from_bytes(&hex(value)).expect("a secret")
}

fn password(bytes: &[u8]) -> Password {
    Password::from(std::str::from_utf8(bytes).expect("UTF-8"))
}

fn kdf(name: &str, salt: Vec<u8>) -> SecretKdf {
    match name {
        "pbkdf2" => SecretKdf::Pbkdf2HmacSha512Iter100000 { salt },
        "sha512" => SecretKdf::Sha512 { salt },
        "unknown" => SecretKdf::Unknown,
        _ => panic!("unknown derivation {name}"),
    }
}

mod protocol {
    use super::*;

    /// All cases of one operation; fails if there are none.
    #[expect(clippy::print_stdout, reason = "names the case of a failing test")]
    fn each(op: &str, mut check: impl FnMut(&Value)) {
        let cases: Vec<Value> =
            serde_json::from_str(include_str!("../../tests/vectors/protocol.json")).expect("JSON");
        let mut count = 0;
        for case in cases.iter().filter(|case| case["op"] == op) {
            println!("{}", case["name"]);
            check(case);
            count += 1;
        }
        assert!(count > 0, "no case of {op}");
    }

    #[test]
    fn fix_checksum() {
        each("fix_checksum", |case| {
            let raw: [u8; 32] = hex(&case["input"]).try_into().expect("32 bytes");
            let fixed = PassportSecret::from_raw(raw);
            assert_eq!(fixed.as_bytes().as_slice(), hex(&case["expect"]));
        });
    }

    #[test]
    fn secret_id() {
        each("secret_id", |case| {
            assert_eq!(passport_secret(&case["secret"]).id().0.to_string(), text(&case["expect"]));
        });
    }

    #[test]
    fn wrap_secret() {
        each("wrap_secret", |case| {
            let secret = passport_secret(&case["secret"]);
            let password = Password::from(text(&case["password"]));
            let kdf = kdf(text(&case["kdf"]), hex(&case["salt"]));
            let wrapped = wrap_secret_with(&secret, &password, kdf).expect("a known derivation");
            assert_eq!(wrapped.encrypted, hex(&case["expect"]));
            let unwrapped = unwrap_secret(&password, &wrapped).expect("unwraps");
            assert_eq!(unwrapped.as_bytes(), secret.as_bytes());
        });
    }

    #[test]
    fn unwrap_secret_refuses() {
        each("unwrap_secret", |case| {
            let wrapped = WrappedSecret {
                kdf: kdf(text(&case["kdf"]), hex(&case["salt"])),
                encrypted: hex(&case["encrypted"]),
                id: SecretId(text(&case["id"]).parse().expect("an integer")),
            };
            let error =
                unwrap_secret(&Password::from(text(&case["password"])), &wrapped).expect_err("a fault");
            let fact = match error {
                UnlockError::UnknownKdf => "unknown_kdf",
                UnlockError::Length { .. } => "length",
                UnlockError::Checksum => "checksum",
                UnlockError::Id => "id",
            };
            assert_eq!(fact, text(&case["expect"]));
        });
    }

    #[test]
    fn seal_value() {
        each("seal_value", |case| {
            let secret = value_secret(&case["secret"]);
            let contents = hex(&case["contents"]);
            let (ciphertext, value_hash) = seal_with_prefix(&contents, &secret, &hex(&case["prefix"]));
            assert_eq!(value_hash, hash(&case["expect"]["hash"]));
            assert_eq!(ciphertext, hex(&case["expect"]["ciphertext"]));
            assert_eq!(*open(&ciphertext, &value_hash, &secret).expect("opens"), contents);
        });
    }

    #[test]
    fn open_value() {
        each("open_value", |case| {
            let opened =
                open(&hex(&case["ciphertext"]), &hash(&case["hash"]), &value_secret(&case["secret"]));
            let fact = match opened {
                Ok(contents) => {
                    assert_eq!(*contents, hex(&case["expect"]["contents"]));
                    return;
                }
                Err(OpenError::Locked(_)) => "locked",
                Err(OpenError::Secret(_)) => "secret",
                Err(OpenError::Empty) => "empty",
                Err(OpenError::PartialBlock { .. }) => "partial_block",
                Err(OpenError::HashMismatch) => "hash_mismatch",
                Err(OpenError::PrefixTooShort { .. }) => "prefix_too_short",
                Err(OpenError::PrefixPastEnd { .. }) => "prefix_past_end",
            };
            assert_eq!(fact, text(&case["expect"]));
        });
    }

    #[test]
    fn value_secret_refuses() {
        each("value_secret", |case| {
            let fact = match ValueSecret::from_bytes(&hex(&case["input"])).expect_err("a fault") {
                SecretError::Length { .. } => "length",
                SecretError::Checksum => "checksum",
            };
            assert_eq!(fact, text(&case["expect"]));
        });
    }

    #[test]
    fn wrap_value_secret() {
        each("wrap_value_secret", |case| {
            let passport_secret = passport_secret(&case["passport_secret"]);
            let (secret, hash) = (value_secret(&case["secret"]), hash(&case["hash"]));
            let wrapped = secret.wrap(&passport_secret, &hash);
            assert_eq!(wrapped.0.as_slice(), hex(&case["expect"]));
            let unwrapped = wrapped.unwrap(&passport_secret, &hash).expect("unwraps");
            assert_eq!(unwrapped.as_bytes(), secret.as_bytes());
        });
    }

    #[test]
    fn credentials_json() {
        each("credentials_json", |case| {
            let mut credentials = Credentials::new(NonceName::Nonce, text(&case["nonce"]));
            let data = PartCredentials { hash: hash(&case["hash"]), secret: value_secret(&case["secret"]) };
            credentials.insert(
                ElementType::Passport,
                ElementCredentials { data: Some(data), ..ElementCredentials::default() },
            );
            assert_eq!(credentials.to_json().as_str(), text(&case["expect"]));
        });
    }

    fn algorithm(case: &Value) -> PasswordAlgorithm {
        PasswordAlgorithm {
            salt1: hex(&case["salt1"]),
            salt2: hex(&case["salt2"]),
            g: i32::try_from(case["g"].as_i64().expect("a number")).expect("small"),
            p: hex(&case["p"]),
        }
    }

    #[test]
    fn verifier() {
        each("verifier", |case| {
            let password = Password::from(text(&case["password"]));
            let algorithm = algorithm(case);
            assert_eq!(derive_x(&password, &algorithm).as_slice(), hex(&case["expect"]["x"]));
            let verifier = derive_verifier_with(&password, &algorithm).expect("safe parameters");
            assert_eq!(verifier.as_slice(), hex(&case["expect"]["v"]));
        });
    }

    #[test]
    fn prove() {
        each("prove", |case| {
            let password = Password::from(text(&case["password"]));
            let challenge = SrpChallenge { algorithm: algorithm(case), srp_b: hex(&case["B"]), srp_id: -7 };
            let a = hex(&case["a"]).try_into().expect("256 bytes");
            let fact = match prove_with(&password, &challenge, &a) {
                Ok(proof) => {
                    let proof = proof.expect("a good a");
                    assert_eq!(proof.srp_id, -7);
                    assert_eq!(proof.a, hex(&case["expect"]["A"]));
                    assert_eq!(proof.m1, hex(&case["expect"]["M1"]));
                    return;
                }
                Err(SrpError::PrimeSize { .. }) => "prime_size",
                Err(SrpError::NotSafePrime) => "not_safe_prime",
                Err(SrpError::Generator { .. }) => "generator",
                Err(SrpError::PublicValueSize { .. }) => "public_value_size",
                Err(SrpError::PublicValueRange) => "public_value_range",
                Err(SrpError::PublicValueDegenerate) => "public_value_degenerate",
            };
            assert_eq!(fact, text(&case["expect"]));
        });
    }
}

mod tdlib {
    use std::io::Cursor;

    use super::*;
    use crate::vault::primitives;
    use crate::vault::stream::{encrypt_stream, open_stream};

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../tests/vectors/tdlib.json")).expect("JSON")
    }

    fn cases(section: &str) -> Vec<Value> {
        let cases = vectors()[section].as_array().expect("a list").clone();
        assert!(!cases.is_empty());
        cases
    }

    #[test]
    fn secrets() {
        for case in cases("secrets") {
            let secret = passport_secret(&case["secret"]);
            assert_eq!(Some(secret.id().0), case["secret_get_hash_i64"].as_i64());
            let password = password(&hex(&case["password_hex"]));
            for (name, encrypted) in [("pbkdf2", "encrypted_pbkdf2"), ("sha512", "encrypted_sha512")] {
                let kdf = kdf(name, hex(&case["salt_hex"]));
                let wrapped = wrap_secret_with(&secret, &password, kdf).expect("a known derivation");
                assert_eq!(wrapped.encrypted, hex(&case[encrypted]));
                let unwrapped = unwrap_secret(&password, &wrapped).expect("unwraps");
                assert_eq!(unwrapped.as_bytes(), secret.as_bytes());
            }
        }
    }

    #[test]
    fn values() {
        let master = passport_secret(&vectors()["master_secret"]);
        for case in cases("values") {
            let secret = value_secret(&case["secret"]);
            let contents = hex(&case["plaintext_hex"]);
            let (ciphertext, value_hash) = seal_with_prefix(&contents, &secret, &hex(&case["prefix_hex"]));
            assert_eq!(value_hash, hash(&case["hash"]));
            assert_eq!(ciphertext, hex(&case["ciphertext_hex"]));
            assert_eq!(*open(&ciphertext, &value_hash, &secret).expect("opens"), contents);
            let wrapped = secret.wrap(&master, &value_hash);
            assert_eq!(wrapped.0.as_slice(), hex(&case["secret_encrypted_under_master_and_hash"]));
        }
    }

    #[test]
    fn files() {
        for case in cases("files") {
            let length = usize::try_from(case["plaintext_len"].as_u64().expect("a number")).expect("small");
            let contents: Vec<u8> = (0..length).map(|i| ((i * 31 + (i >> 8) * 7 + 7) & 255) as u8).collect();
            assert_eq!(primitives::sha256(&[&contents]).as_slice(), hex(&case["plaintext_sha256"]));
            let secret = value_secret(&case["secret"]);
            let (prefix, value_hash) = (hex(&case["prefix_hex"]), hash(&case["hash"]));

            let mut ciphertext = Vec::new();
            let mut source = Cursor::new(&contents);
            let size = encrypt_stream(&mut source, 0, &mut ciphertext, &prefix, &value_hash, &secret)
                .expect("seals");
            assert_eq!(Some(size), case["ciphertext_len"].as_u64());
            assert_eq!(primitives::sha256(&[&ciphertext]).as_slice(), hex(&case["ciphertext_sha256"]));
            assert_eq!(seal_with_prefix(&contents, &secret, &prefix), (ciphertext.clone(), value_hash));

            let mut opened = Vec::new();
            open_stream(&mut Cursor::new(&ciphertext), &value_hash, &secret, &mut opened).expect("opens");
            assert_eq!(opened, contents);
        }
    }

    #[test]
    fn credentials() {
        use base64::Engine as _;
        let der = base64::engine::general_purpose::STANDARD;
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            der.encode(base64(&vectors()["rsa_private_pkcs8_der_base64"]))
        );
        let key = BotPrivateKey::from_pem(&pem).expect("a key");
        let public = BotPublicKey::from_pem(text(&vectors()["rsa_public_pem"])).expect("a key");
        assert_eq!(key.public_key().to_pem(), public.to_pem());
        for case in cases("credentials") {
            let sealed = EncryptedCredentials {
                data: base64(&case["data_b64"]),
                hash: ValueHash::try_from(base64(&case["hash_b64"]).as_slice()).expect("32 bytes"),
                secret: base64(&case["secret_rsa_oaep_sha1_b64"]),
            };
            let data =
                PassportData { elements: Vec::new(), unknown: Vec::new(), credentials: sealed.clone() };
            let opened = data.open_credentials(&key).expect("opens");
            assert_eq!(opened.nonce().as_bytes(), hex(&case["nonce_utf8_hex"]));
            assert_eq!(opened.nonce_name(), NonceName::Nonce);

            // Written again from what was read: the same bytes, up to the random RSA part.
            let written = opened.into_credentials().to_json();
            assert_eq!(written.as_str(), text(&case["json"]));
            let secret = value_secret(&case["secret"]);
            let (ciphertext, value_hash) =
                seal_with_prefix(written.as_bytes(), &secret, &hex(&case["prefix_hex"]));
            assert_eq!((ciphertext, value_hash), (sealed.data, sealed.hash));
        }
    }

    #[test]
    fn srp() {
        for case in cases("srp") {
            let password = password(&hex(&case["password_utf8_hex"]));
            let algorithm = PasswordAlgorithm {
                salt1: hex(&case["client_salt"]),
                salt2: hex(&case["server_salt"]),
                g: i32::try_from(case["g"].as_i64().expect("a number")).expect("small"),
                p: hex(&vectors()["srp_p"]),
            };
            assert_eq!(derive_x(&password, &algorithm).as_slice(), hex(&case["x_password_hash"]));
            let verifier = derive_verifier_with(&password, &algorithm).expect("safe parameters");
            assert_eq!(verifier.as_slice(), hex(&case["v"]));
            let challenge = SrpChallenge { algorithm, srp_b: hex(&case["B"]), srp_id: 1 };
            let a = primitives::widen(&hex(&case["a"]));
            let proof = prove_with(&password, &challenge, &a).expect("safe parameters").expect("a good a");
            assert_eq!(proof.a, hex(&case["A"]));
            assert_eq!(proof.m1, hex(&case["M1"]));
        }
    }

    #[test]
    fn negatives() {
        for case in cases("negatives") {
            let name = text(&case["case"]);
            let is_accepted = match text(&case["op"]) {
                "Secret::create" => ValueSecret::from_bytes(&hex(&case["input"])).is_ok(),
                "ValueHash::create" => ValueHash::try_from(hex(&case["input"]).as_slice()).is_ok(),
                "EncryptedSecret::decrypt Pbkdf2" => unwraps(&case, "pbkdf2"),
                "EncryptedSecret::decrypt Sha512" => unwraps(&case, "sha512"),
                "decrypt_value" => {
                    let opened = open(
                        &hex(&case["ciphertext_hex"]),
                        &hash(&case["hash"]),
                        &value_secret(&case["secret"]),
                    );
                    if let Ok(contents) = &opened {
                        assert_eq!(**contents, hex(&case["plaintext_hex"]), "{name}");
                    }
                    opened.is_ok()
                }
                "decrypt_file" => {
                    let mut target = Vec::new();
                    let opened = open_stream(
                        &mut Cursor::new(hex(&case["ciphertext_hex"])),
                        &hash(&case["hash"]),
                        &value_secret(&case["secret"]),
                        &mut target,
                    );
                    match opened {
                        Ok(_) => {
                            assert_eq!(Some(target.len() as u64), case["bytes_left_in_destination"].as_u64());
                        }
                        // TDLib leaves unverified plaintext behind; we leave nothing.
                        Err(_) => assert!(target.is_empty(), "{name}"),
                    }
                    opened.is_ok()
                }
                op => panic!("unknown operation {op}"),
            };
            assert_eq!(Some(is_accepted), case["tdlib_ok"].as_bool(), "{name}");
        }
    }

    /// Whether the secret unwraps, its id not being looked at unless the case states one.
    fn unwraps(case: &Value, name: &str) -> bool {
        let password = Password::from(text(&case["password"]));
        let mut wrapped = WrappedSecret {
            kdf: kdf(name, hex(&case["salt_hex"])),
            encrypted: hex(&case["encrypted"]),
            id: SecretId(case["right_get_hash_i64"].as_i64().unwrap_or_default()),
        };
        match unwrap_secret(&password, &wrapped) {
            Err(UnlockError::Id) => {
                let id = case["decrypted_get_hash_i64"].as_i64().expect("stated with an id");
                wrapped.id = SecretId(id);
                let secret = unwrap_secret(&password, &wrapped).expect("its own id");
                assert_eq!(secret.as_bytes().as_slice(), hex(&case["decrypted_secret"]));
                true
            }
            result => result.is_ok(),
        }
    }
}
