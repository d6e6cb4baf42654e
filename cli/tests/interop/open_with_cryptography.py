"""Opens a share, of a JSON or a legacy scope, from the official description alone, on the package `cryptography`.

Usage: open_with_cryptography.py UPDATE KEY FILES

python-telegram-bot reads `nonce` only; requests with a legacy scope carry `payload`, and this opens those too.
Prints the same JSON as open_with_python_telegram_bot.py, with the credentials' own name for the nonce.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SINGLE = ("front_side", "reverse_side", "selfie")
LISTS = ("files", "translation")


def decode(text):
    return base64.b64decode(text, validate=True)


def decrypt(secret, expected_hash, ciphertext):
    assert len(secret) == 32 and sum(secret) % 255 == 239, "secret"
    digest = hashlib.sha512(secret + expected_hash).digest()
    decryptor = Cipher(algorithms.AES(digest[:32]), modes.CBC(digest[32:48])).decryptor()
    padded = decryptor.update(ciphertext) + decryptor.finalize()
    assert hashlib.sha256(padded).digest() == expected_hash, "hash"
    assert 32 <= padded[0] <= len(padded), "prefix"
    return padded[padded[0] :]


def main(update_path, key_path, folder):
    folder = pathlib.Path(folder)
    key = serialization.load_pem_private_key(pathlib.Path(key_path).read_bytes(), None)
    message = json.loads(pathlib.Path(update_path).read_text("utf-8"))["message"]
    sealed = message["passport_data"]["credentials"]
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    secret = key.decrypt(decode(sealed["secret"]), oaep)
    credentials = json.loads(decrypt(secret, decode(sealed["hash"]), decode(sealed["data"])))

    def open_file(file, of):
        ciphertext = (folder / file["file_id"]).read_bytes()
        assert file["file_size"] == len(ciphertext), "file_size"
        contents = decrypt(decode(of["secret"]), decode(of["file_hash"]), ciphertext)
        return base64.b64encode(contents).decode()

    elements = []
    for element in message["passport_data"]["data"]:
        opened = {"type": element["type"]}
        of = credentials["secure_data"].get(element["type"], {})
        if "data" in element:
            data = of["data"]
            plain = decrypt(decode(data["secret"]), decode(data["data_hash"]), decode(element["data"]))
            opened["data"] = json.loads(plain)
        for plain in ("phone_number", "email"):
            if plain in element:
                opened[plain] = element[plain]
        for part in SINGLE:
            assert (part in element) == (part in of), part
            if part in element:
                opened[part] = open_file(element[part], of[part])
        for part in LISTS:
            assert len(element.get(part, [])) == len(of.get(part, [])), part
            if part in element:
                opened[part] = [open_file(*pair) for pair in zip(element[part], of[part])]
        elements.append(opened)
    named = {name: credentials[name] for name in ("nonce", "payload") if name in credentials}
    print(json.dumps(named | {"elements": elements}))


main(*sys.argv[1:])
