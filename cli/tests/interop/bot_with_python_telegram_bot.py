"""A bot written with python-telegram-bot, pointed at a sandbox by its settings and nothing else.

Usage: bot_with_python_telegram_bot.py ORIGIN TOKEN KEY [PORT [CERTIFICATE CERTIFICATE_KEY]]

Answers /start with a button, a press with a changed message, and a share with what it opened, one JSON object a line on
standard output. The first share is objected to in each of the nine ways. It polls; with PORT it has a webhook there,
over https if it has a certificate, which it uploads.
"""

import hashlib
import json
import pathlib
import sys

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    PassportElementErrorDataField,
    PassportElementErrorFile,
    PassportElementErrorFiles,
    PassportElementErrorFrontSide,
    PassportElementErrorReverseSide,
    PassportElementErrorSelfie,
    PassportElementErrorTranslationFile,
    PassportElementErrorTranslationFiles,
    PassportElementErrorUnspecified,
)
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, MessageHandler, filters

SINGLE = ("front_side", "reverse_side", "selfie")
LISTS = ("files", "translation")


def tell(event, **what):
    print(json.dumps({"event": event, **what}), flush=True)


async def started(update, context):
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Ready", callback_data="ready")]])
    await update.message.reply_text(f"Hello {' '.join(context.args)}", reply_markup=keyboard)


async def pressed(update, context):
    await update.callback_query.answer("Thank you")
    await update.callback_query.edit_message_text("Waiting for your documents")


async def digest(passport_file):
    file = await passport_file.get_file()
    return hashlib.sha256(await file.download_as_bytearray()).hexdigest()


async def shared(update, context):
    data = update.message.passport_data
    elements = {}
    for element in data.decrypted_data:
        opened = {"data": element.data.to_dict() if element.data is not None else None}
        for part in SINGLE:
            if getattr(element, part) is not None:
                opened[part] = [await digest(getattr(element, part))]
        for part in LISTS:
            if getattr(element, part):
                opened[part] = [await digest(file) for file in getattr(element, part)]
        elements[element.type] = opened
    errors = []
    if not context.bot_data.get("objected"):
        context.bot_data["objected"] = True
        errors = nine_errors(data)
    await context.bot.set_passport_data_errors(update.effective_user.id, errors)
    await update.message.reply_text(f"{len(errors)} errors")
    tell("shared", nonce=data.decrypted_credentials.nonce, elements=elements)


def nine_errors(data):
    secure = data.decrypted_credentials.secure_data
    passport, licence, bill = secure.passport, secure.driver_license, secure.utility_bill
    whole = {element.type: element.hash for element in data.data}
    return [
        PassportElementErrorDataField("passport", "document_no", passport.data.data_hash, "No such number"),
        PassportElementErrorFrontSide("passport", passport.front_side.file_hash, "Blurred"),
        PassportElementErrorReverseSide("driver_license", licence.reverse_side.file_hash, "Cut off"),
        PassportElementErrorSelfie("passport", passport.selfie.file_hash, "Somebody else"),
        PassportElementErrorFile("utility_bill", bill.files[0].file_hash, "Unreadable"),
        PassportElementErrorFiles("utility_bill", [file.file_hash for file in bill.files], "A page is missing"),
        PassportElementErrorTranslationFile("passport", passport.translation[0].file_hash, "No stamp"),
        PassportElementErrorTranslationFiles(
            "utility_bill", [file.file_hash for file in bill.translation], "Another language"
        ),
        PassportElementErrorUnspecified("driver_license", whole["driver_license"], "We cannot take it"),
    ]


def main(origin, token, key, port=None, certificate=None, certificate_key=None):
    application = (
        Application.builder()
        .token(token)
        .private_key(pathlib.Path(key).read_bytes())
        .base_url(f"{origin}/bot")
        .base_file_url(f"{origin}/file/bot")
        .build()
    )
    application.add_handler(CommandHandler("start", started))
    application.add_handler(CallbackQueryHandler(pressed))
    application.add_handler(MessageHandler(filters.PASSPORT_DATA, shared))
    if port is None:
        application.run_polling()
    else:
        application.run_webhook(
            listen="127.0.0.1",
            port=int(port),
            url_path="hook",
            webhook_url=f"{'https' if certificate else 'http'}://127.0.0.1:{port}/hook",
            secret_token="a-secret-token",
            cert=certificate,
            key=certificate_key,
        )


main(*sys.argv[1:])
