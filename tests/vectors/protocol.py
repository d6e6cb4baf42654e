"""Writes protocol.json: the vectors of Telegram Passport's formats, computed without this crate.

Needs Python 3 and the package `cryptography`. Every number follows from the constants below.
"""

import base64
import hashlib
import json
import pathlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

P = int(
    "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4db"
    "fa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64"
    "2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b41"
    "0dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4"
    "e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf"
    "6f4fadf034b10403119cd8e3b92fcc5b",
    16,
)
# RFC 3526, group 14: another safe prime, which no client knows by heart.
MODP = int(
    "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd"
    "ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
    "ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f"
    "83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"
    "e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510"
    "15728e5a8aacaa68ffffffffffffffff",
    16,
)
# A prime p of 2048 bits whose (p-1)/2 is composite.
UNSAFE = int(
    "d96e0f57086441f7a19bd12059fdff48b3a9e34130157130cdc4e6a2688f5ac753bed83d07e8799c9b5bfc027613c17b"
    "a21b6821842a157c4c65a769d7516e92d789fd621562fd6e6ce65d857ef8b280aa9b97ac0ec0e8c6b2e17c6aae0b6e1a"
    "ee00241155384a86811490209dbfb0e0ae42030fe121ae8b3c167aea2c6e70cb71d80f323b55482301cd3415b20a4141"
    "68a27f21854c37749be6e01dd835b1c73ca6ba1e40be737f288ce39a1130e9c564378880cf206a2c7ea8382647589eb2"
    "60bdf77591609f111c697df9a36e15400db7b6fbc62e45c77d33270a227cd204bd0edafd6c743aabcbdcb1d656844ba6"
    "b48cf850304be283faf2f47753e1b3fb",
    16,
)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def sha512(*parts):
    return hashlib.sha512(b"".join(parts)).digest()


def aes(material, data):
    encryptor = Cipher(algorithms.AES(material[:32]), modes.CBC(material[32:48])).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def secret(raw):
    raw = bytearray(raw)
    raw[0] = (raw[0] + 255 + 239 - sum(raw) % 255) % 255
    return bytes(raw)


def secret_id(value):
    return struct.unpack("<q", sha256(value)[:8])[0]


def big(number):
    return number.to_bytes(256, "big")


CASES = []


def case(name, spec, op, expect, **fields):
    fields = {k: v.hex() if isinstance(v, bytes) else v for k, v in fields.items()}
    if isinstance(expect, dict):
        expect = {k: v.hex() if isinstance(v, bytes) else v for k, v in expect.items()}
    elif isinstance(expect, bytes):
        expect = expect.hex()
    CASES.append({"name": name, "spec": spec, "op": op, **fields, "expect": expect})


# --- secrets
RAW = bytes(range(32))
PASSPORT_SECRET = secret(RAW)
case("checksum_moves_only_byte_0", "encryption#passport-secret", "fix_checksum", PASSPORT_SECRET, input=RAW)
case("checksum_of_zeros", "encryption#passport-secret", "fix_checksum", secret(bytes(32)), input=bytes(32))
case("secret_id", "encryption#passport-secret", "secret_id", str(secret_id(PASSPORT_SECRET)), secret=PASSPORT_SECRET)

PASSWORD = "correct horse"
SALT = bytes.fromhex("0102030405060708") + bytes(range(0xA0, 0xC0))
WRAPPED = {}
for kdf, material in [
    ("pbkdf2", hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), SALT, 100000, 64)),
    ("sha512", sha512(SALT, PASSWORD.encode(), SALT)),
]:
    WRAPPED[kdf] = aes(material, PASSPORT_SECRET)
    case(f"wrap_{kdf}", "encryption#passport-secret-decryption", "wrap_secret", WRAPPED[kdf], kdf=kdf,
         password=PASSWORD, salt=SALT, secret=PASSPORT_SECRET)


def unwrap(name, expect, kdf="pbkdf2", password=PASSWORD, encrypted=None, ident=secret_id(PASSPORT_SECRET)):
    case(name, "encryption#passport-secret-decryption", "unwrap_secret", expect, kdf=kdf, password=password,
         salt=SALT, encrypted=WRAPPED.get(kdf, WRAPPED["pbkdf2"]) if encrypted is None else encrypted, id=str(ident))


unwrap("unwrap_wrong_password", "checksum", password="correct horsf")
unwrap("unwrap_password_not_trimmed", "checksum", password="correct horse ")
unwrap("unwrap_legacy_wrong_password", "checksum", kdf="sha512", password="Correct horse")
unwrap("unwrap_other_id", "id", ident=secret_id(PASSPORT_SECRET) + 1)
unwrap("unwrap_empty", "length", encrypted=b"")
unwrap("unwrap_31_bytes", "length", encrypted=WRAPPED["pbkdf2"][:31])
unwrap("unwrap_48_bytes", "length", encrypted=WRAPPED["pbkdf2"] + bytes(16))
unwrap("unwrap_unknown_kdf", "unknown_kdf", kdf="unknown")

# --- values
DATA = b'{"document_no":"X1234567","expiry_date":"31.12.2030"}'
DATA_SECRET = secret(bytes(range(0x40, 0x60)))


def seal(prefix, contents, value_secret):
    value_hash = sha256(prefix, contents)
    return value_hash, aes(sha512(value_secret, value_hash), prefix + contents)


def prefix(length, first=None):
    return bytes([length if first is None else first]) + bytes(range(1, length))


DATA_HASH, CIPHERTEXT = seal(prefix(43), DATA, DATA_SECRET)
case("seal_data", "encryption#encrypting-data", "seal_value", {"hash": DATA_HASH, "ciphertext": CIPHERTEXT},
     secret=DATA_SECRET, prefix=prefix(43), contents=DATA)
case("wrap_value_secret", "encryption#encrypting-data", "wrap_value_secret",
     aes(sha512(PASSPORT_SECRET, DATA_HASH), DATA_SECRET), passport_secret=PASSPORT_SECRET, hash=DATA_HASH,
     secret=DATA_SECRET)
for length in (32, 127, 128, 255):
    contents = bytes(-length % 16)
    value_hash, ciphertext = seal(prefix(length), contents, DATA_SECRET)
    case(f"prefix_{length}_accepted", "encryption#decrypting-data", "open_value", {"contents": contents},
         secret=DATA_SECRET, hash=value_hash, ciphertext=ciphertext)


def refuse(name, expect, value_hash=DATA_HASH, ciphertext=CIPHERTEXT, value_secret=DATA_SECRET):
    case(name, "encryption#decrypting-data", "open_value", expect, secret=value_secret, hash=value_hash,
         ciphertext=ciphertext)


def flip(data, bit):
    data = bytearray(data)
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


refuse("ciphertext_empty", "empty", ciphertext=b"")
refuse("ciphertext_cut_by_a_byte", "partial_block", ciphertext=CIPHERTEXT[:-1])
refuse("ciphertext_one_byte_more", "partial_block", ciphertext=CIPHERTEXT + b"\0")
refuse("ciphertext_cut_by_a_block", "hash_mismatch", ciphertext=CIPHERTEXT[:-16])
refuse("ciphertext_one_block_more", "hash_mismatch", ciphertext=CIPHERTEXT + bytes(16))
refuse("ciphertext_first_bit", "hash_mismatch", ciphertext=flip(CIPHERTEXT, 0))
refuse("ciphertext_last_bit", "hash_mismatch", ciphertext=flip(CIPHERTEXT, len(CIPHERTEXT) * 8 - 1))
refuse("ciphertext_blocks_swapped", "hash_mismatch", ciphertext=CIPHERTEXT[16:32] + CIPHERTEXT[:16] + CIPHERTEXT[32:])
refuse("hash_one_bit", "hash_mismatch", value_hash=flip(DATA_HASH, 255))
refuse("other_secret", "hash_mismatch", value_secret=PASSPORT_SECRET)
for first in (0, 1, 16, 31):
    value_hash, ciphertext = seal(prefix(48, first), bytes(16), DATA_SECRET)
    refuse(f"prefix_{first}_too_short", "prefix_too_short", value_hash, ciphertext)
for first, total in ((33, 32), (65, 64), (255, 240)):
    value_hash, ciphertext = seal(prefix(32, first), bytes(total - 32), DATA_SECRET)
    refuse(f"prefix_{first}_of_{total}", "prefix_past_end", value_hash, ciphertext)


def not_a_secret(name, expect, data):
    case(name, "encryption#decrypting-data", "value_secret", expect, input=data)


not_a_secret("secret_checksum_off_by_one", "checksum", flip(DATA_SECRET, 0))
not_a_secret("secret_zeros", "checksum", bytes(32))
not_a_secret("secret_sum_239_modulo_256", "checksum", bytes([255, 240]) + bytes(30))
not_a_secret("secret_31_bytes", "length", DATA_SECRET[:31])
not_a_secret("secret_33_bytes", "length", DATA_SECRET + b"\0")
not_a_secret("secret_empty", "length", b"")

# --- credentials
CREDENTIALS = json.dumps(
    {
        "secure_data": {
            "passport": {
                "data": {
                    "data_hash": base64.b64encode(DATA_HASH).decode(),
                    "secret": base64.b64encode(DATA_SECRET).decode(),
                }
            }
        },
        "nonce": "n-0S6_WzA2Mj",
    },
    separators=(",", ":"),
)
case("credentials_json", "encryption#credentials", "credentials_json", CREDENTIALS, nonce_name="nonce",
     nonce="n-0S6_WzA2Mj", hash=DATA_HASH, secret=DATA_SECRET)
CREDENTIALS_SECRET = secret(bytes(range(0xC0, 0xE0)))
credentials_hash, ciphertext = seal(prefix(47), CREDENTIALS.encode(), CREDENTIALS_SECRET)
case("seal_credentials", "encryption#credentials", "seal_value", {"hash": credentials_hash, "ciphertext": ciphertext},
     secret=CREDENTIALS_SECRET, prefix=prefix(47), contents=CREDENTIALS.encode())

# --- two-step verification
SALT1 = bytes(range(0x10, 0x38))
SALT2 = bytes(range(0x80, 0x90))


def salted(data, salt):
    return sha256(salt, data, salt)


def derive_x(password):
    inner = salted(salted(password.encode(), SALT1), SALT2)
    return int.from_bytes(salted(hashlib.pbkdf2_hmac("sha512", inner, SALT1, 100000, 64), SALT2), "big")


X = derive_x(PASSWORD)
EXPONENT_A = sha512(b"a-seed") * 4
EXPONENT_B = sha512(b"b-seed") * 4


def exchange(name, g, p):
    a, b = int.from_bytes(EXPONENT_A, "big"), int.from_bytes(EXPONENT_B, "big")
    v = pow(g, X, p)
    k = int.from_bytes(sha256(big(p), big(g)), "big")
    public_b = (k * v + pow(g, b, p)) % p
    public_a = pow(g, a, p)
    u = int.from_bytes(sha256(big(public_a), big(public_b)), "big")
    s = pow(public_b - k * v, a + u * X, p)
    assert s == pow(public_a * pow(v, u, p), b, p), "both sides agree"
    mask = bytes(x ^ y for x, y in zip(sha256(big(p)), sha256(big(g))))
    m1 = sha256(mask, sha256(SALT1), sha256(SALT2), big(public_a), big(public_b), sha256(big(s)))
    case(f"verifier_{name}", "srp", "verifier", {"x": X.to_bytes(32, "big"), "v": big(v)}, password=PASSWORD,
         salt1=SALT1, salt2=SALT2, g=g, p=big(p))
    case(f"proof_{name}", "srp", "prove", {"A": big(public_a), "M1": m1}, password=PASSWORD, salt1=SALT1,
         salt2=SALT2, g=g, p=big(p), B=big(public_b), a=EXPONENT_A)
    return k * v % p, public_b


KV, PUBLIC_B = exchange("known_prime", 3, P)
exchange("known_prime_g_4", 4, P)
exchange("other_safe_prime", 2, MODP)


def refuse_challenge(name, expect, g=3, p=big(P), public_b=big(PUBLIC_B)):
    case(name, "srp#checking-the-password-with-srp", "prove", expect, password=PASSWORD, salt1=SALT1, salt2=SALT2,
         g=g, p=p, B=public_b, a=EXPONENT_A)


refuse_challenge("b_zero", "public_value_range", public_b=bytes(256))
refuse_challenge("b_equals_p", "public_value_range", public_b=big(P))
refuse_challenge("b_above_p", "public_value_range", public_b=big(P + 1))
refuse_challenge("b_247_bytes", "public_value_size", public_b=bytes(range(1, 248)))
refuse_challenge("b_257_bytes", "public_value_size", public_b=b"\0" + big(PUBLIC_B))
refuse_challenge("b_empty", "public_value_size", public_b=b"")
refuse_challenge("b_cancels_the_verifier", "public_value_degenerate", public_b=big(KV))
refuse_challenge("b_nearly_cancels_the_verifier", "public_value_degenerate", public_b=big((KV + 2**1900) % P))
refuse_challenge("b_nearly_cancels_from_below", "public_value_degenerate", public_b=big((KV - 2**1900) % P))
for g in (-3, 0, 1, 2, 6, 8, 259):
    refuse_challenge(f"g_{g}".replace("-", "minus_"), "generator", g=g)
refuse_challenge("p_2047_bits", "prime_size", p=big(P >> 1))
refuse_challenge("p_2056_bits", "prime_size", p=b"\x01" + big(P))
refuse_challenge("p_empty", "prime_size", p=b"")
refuse_challenge("p_even", "not_safe_prime", g=4, p=big(P - 1))
refuse_challenge("p_composite", "not_safe_prime", g=4, p=big(P - 4))
refuse_challenge("p_prime_but_not_safe", "not_safe_prime", g=4, p=big(UNSAFE))

target = pathlib.Path(__file__).with_name("protocol.json")
target.write_text(json.dumps(CASES, indent=1, ensure_ascii=True) + "\n")
