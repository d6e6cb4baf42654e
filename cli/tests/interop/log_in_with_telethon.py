"""Logs in to the sandbox's data centre with Telethon, which knows nothing of this project.

Arguments: a JSON file with host, port, public_key, phone, password, code_file, saved (where to put a file part).
Prints what Telethon saw, as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path

from telethon import TelegramClient, errors, functions, types
from telethon.crypto import rsa
from telethon.network import (
    ConnectionTcpAbridged,
    ConnectionTcpFull,
    ConnectionTcpIntermediate,
    ConnectionTcpObfuscated,
)
from telethon.sessions import MemorySession

TRANSPORTS = {
    "full": ConnectionTcpFull,
    "abridged": ConnectionTcpAbridged,
    "intermediate": ConnectionTcpIntermediate,
    "obfuscated": ConnectionTcpObfuscated,
}


def client(told, transport):
    session = MemorySession()
    session.set_dc(1, told["host"], told["port"])
    return TelegramClient(session, 1, "hash", connection=TRANSPORTS[transport], connection_retries=1)


async def configuration(told, transport):
    """A key exchange and one call, over this transport."""
    telegram = client(told, transport)
    await telegram.connect()
    config = await telegram(functions.help.GetConfigRequest())
    await telegram.disconnect()
    return [option.ip_address for option in config.dc_options]


async def login_code(told):
    path = Path(told["code_file"])
    while not path.exists():
        await asyncio.sleep(0.05)
    return path.read_text()


async def log_in(told):
    telegram = client(told, "full")
    await telegram.connect()
    seen = {}
    sent = await telegram.send_code_request(told["phone"])
    code = await login_code(told)
    try:
        await telegram.sign_in(told["phone"], "1" + code, phone_code_hash=sent.phone_code_hash)
    except errors.PhoneCodeInvalidError:
        seen["wrong_code"] = "refused"
    try:
        await telegram.sign_in(told["phone"], code, phone_code_hash=sent.phone_code_hash)
    except errors.SessionPasswordNeededError:
        seen["password"] = "needed"
    try:
        await telegram.sign_in(password=told["password"] + "!")
    except errors.PasswordHashInvalidError:
        seen["wrong_password"] = "refused"
    me = await telegram.sign_in(password=told["password"])
    seen["user_id"] = me.id
    seen["phone"] = me.phone

    values = await telegram(functions.account.GetAllSecureValuesRequest())
    seen["values"] = [
        {"type": type(value.type).__name__, "data": value.data.data.hex() if value.data else None}
        for value in values
    ]
    scan = next(value.front_side for value in values if value.front_side)
    location = types.InputSecureFileLocation(scan.id, scan.access_hash)
    file = await telegram(functions.upload.GetFileRequest(location, offset=0, limit=1024 * 1024))
    seen["front_side"] = file.bytes.hex()
    await telegram.log_out()
    return seen


async def main():
    told = json.loads(Path(sys.argv[1]).read_text())
    rsa._server_keys.clear()
    rsa.add_key(told["public_key"], old=False)
    seen = {"addresses": {name: await configuration(told, name) for name in TRANSPORTS}}
    seen.update(await log_in(told))
    print(json.dumps(seen))


asyncio.run(asyncio.wait_for(main(), 60))
