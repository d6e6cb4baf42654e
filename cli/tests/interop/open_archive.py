"""Opens an archive of a Passport from its documented format alone (src/archive/mod.rs), on `cryptography` and PyNaCl.

Usage: open_archive.py ARCHIVE PASSPHRASE_FILE

Prints the manifest, each file in it replaced by its bytes in base64.
"""

import base64
import json
import pathlib
import struct
import sys

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt

HEAD = 76
CHUNK = 65536 + 16


def contents(archive, passphrase):
    head, nonce, sealed = archive[:HEAD], archive[HEAD : HEAD + 19], archive[HEAD + 19 :]
    assert head[:15] == b"tgpassport-arch" and head[15] == 1, "magic"
    memory, passes, lanes = struct.unpack("<III", head[16:28])
    salt, check = head[28:44], head[44:]
    derived = Argon2id(
        salt=salt, length=64, iterations=passes, lanes=lanes, memory_cost=memory
    ).derive(passphrase)
    assert derived[32:] == check, "passphrase"
    chunks = [sealed[at : at + CHUNK] for at in range(0, len(sealed), CHUNK)]
    opened = []
    for number, chunk in enumerate(chunks):
        last = number == len(chunks) - 1
        opened.append(decrypt(chunk, head, nonce + struct.pack(">IB", number, last), derived[:32]))
    return b"".join(opened)


def main(archive, passphrase_file):
    plain = contents(
        pathlib.Path(archive).read_bytes(), pathlib.Path(passphrase_file).read_bytes()
    )
    (length,) = struct.unpack("<Q", plain[-8:])
    manifest = json.loads(plain[-8 - length : -8])
    end = 0

    def file(place):
        nonlocal end
        assert place["offset"] == end, "files lie one after the other"
        end += place["length"]
        return base64.b64encode(plain[place["offset"] : end]).decode()

    for element in manifest["elements"]:
        for part in ("front_side", "reverse_side", "selfie", "translation", "files"):
            if part in element:
                places = element[part]
                element[part] = [file(place) for place in places] if isinstance(places, list) else file(places)
    assert end == len(plain) - 8 - length, "nothing lies between the files and the manifest"
    json.dump(manifest, sys.stdout)


main(*sys.argv[1:])
