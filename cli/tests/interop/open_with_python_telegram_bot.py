"""Opens a share with python-telegram-bot, as a bot written with it would, and prints what it got as JSON.

Usage: open_with_python_telegram_bot.py UPDATE KEY FILES

The library's HTTP layer is replaced by one that answers getFile and downloads from the folder FILES, so the
whole of the library's own path is used and no network is.
"""

import asyncio
import base64
import json
import pathlib
import sys

from telegram import Bot, Update
from telegram.request import BaseRequest

TOKEN = "1:interop"
SINGLE = ("front_side", "reverse_side", "selfie")
LISTS = ("files", "translation")


class FolderRequest(BaseRequest):
    """The Bot API as far as a file download needs it."""

    def __init__(self, folder):
        self.folder = folder

    @property
    def read_timeout(self):
        return None

    async def initialize(self):
        pass

    async def shutdown(self):
        pass

    async def do_request(self, url, method, request_data=None, **_timeouts):
        if url.endswith("/getFile"):
            file_id = request_data.parameters["file_id"]
            size = (self.folder / file_id).stat().st_size
            file = {"file_id": file_id, "file_unique_id": file_id, "file_size": size, "file_path": file_id}
            return 200, json.dumps({"ok": True, "result": file}).encode()
        assert "/file/bot" in url, url
        return 200, (self.folder / url.rsplit("/", 1)[1]).read_bytes()


async def download(passport_file):
    file = await passport_file.get_file()
    return base64.b64encode(await file.download_as_bytearray()).decode()


async def main(update_path, key_path, folder):
    request = FolderRequest(pathlib.Path(folder))
    bot = Bot(TOKEN, private_key=pathlib.Path(key_path).read_bytes(), request=request, get_updates_request=request)
    update = Update.de_json(json.loads(pathlib.Path(update_path).read_text("utf-8")), bot)
    passport_data = update.effective_message.passport_data
    elements = []
    for element in passport_data.decrypted_data:
        opened = {"type": element.type}
        if element.data is not None:
            opened["data"] = element.data.to_dict()
        for plain in ("phone_number", "email"):
            if getattr(element, plain) is not None:
                opened[plain] = getattr(element, plain)
        for part in SINGLE:
            if getattr(element, part) is not None:
                opened[part] = await download(getattr(element, part))
        for part in LISTS:
            if getattr(element, part):
                opened[part] = [await download(file) for file in getattr(element, part)]
        elements.append(opened)
    print(json.dumps({"nonce": passport_data.decrypted_credentials.nonce, "elements": elements}))


asyncio.run(main(*sys.argv[1:]))
