"""A bot written with aiogram, pointed at a sandbox by its settings and nothing else.

Usage: bot_with_aiogram.py ORIGIN TOKEN

Answers /start with a button, a press with a changed message, and a share with the digests of the ciphertexts that it
fetched, one JSON object a line on standard output.
"""

import asyncio
import hashlib
import json
import sys

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, PassportElementErrorUnspecified

SINGLE = ("front_side", "reverse_side", "selfie")
LISTS = ("files", "translation")

dispatcher = Dispatcher()


@dispatcher.message(CommandStart(deep_link=True))
async def started(message, command):
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Ready", callback_data="ready")]])
    await message.answer(f"Hello {command.args}", reply_markup=keyboard)


@dispatcher.callback_query()
async def pressed(query):
    await query.answer("Thank you")
    await query.message.edit_text("Waiting for your documents")


@dispatcher.message(F.passport_data)
async def shared(message, bot):
    elements = {}
    for element in message.passport_data.data:
        parts = {part: [getattr(element, part)] for part in SINGLE if getattr(element, part)}
        parts.update({part: getattr(element, part) for part in LISTS if getattr(element, part)})
        elements[element.type] = {
            part: [hashlib.sha256((await bot.download(file)).read()).hexdigest() for file in files]
            for part, files in parts.items()
        }
    first = message.passport_data.data[0]
    error = PassportElementErrorUnspecified(
        source="unspecified", type=first.type, element_hash=first.hash, message="We cannot take it"
    )
    await bot.set_passport_data_errors(user_id=message.from_user.id, errors=[error])
    await message.answer("1 errors")
    print(json.dumps({"event": "shared", "elements": elements}), flush=True)


async def main(origin, token):
    session = AiohttpSession(api=TelegramAPIServer.from_base(origin))
    await dispatcher.start_polling(Bot(token, session=session))


asyncio.run(main(*sys.argv[1:]))
