// A bot written with grammY, pointed at a sandbox by its settings and nothing else.
//
// Usage: bot_with_grammy.js ORIGIN TOKEN
//
// Answers /start with a button, a press with a changed message, and a share with the digests of the ciphertexts that it
// fetched, one JSON object a line on standard output.

const { createHash } = require("node:crypto");
const { Bot, InlineKeyboard } = require("grammy");

const [origin, token] = process.argv.slice(2);
const bot = new Bot(token, { client: { apiRoot: origin } });

bot.command("start", (context) =>
  context.reply(`Hello ${context.match}`, { reply_markup: new InlineKeyboard().text("Ready", "ready") }),
);

bot.on("callback_query:data", async (context) => {
  await context.answerCallbackQuery("Thank you");
  await context.editMessageText("Waiting for your documents");
});

const digest = async (file) => {
  const { file_path } = await bot.api.getFile(file.file_id);
  const answer = await fetch(`${origin}/file/bot${token}/${file_path}`);
  return createHash("sha256").update(Buffer.from(await answer.arrayBuffer())).digest("hex");
};

bot.on("message:passport_data", async (context) => {
  const elements = {};
  for (const element of context.message.passport_data.data) {
    const parts = {};
    for (const part of ["front_side", "reverse_side", "selfie", "files", "translation"]) {
      const files = [element[part] ?? []].flat();
      if (files.length > 0) parts[part] = await Promise.all(files.map(digest));
    }
    elements[element.type] = parts;
  }
  const first = context.message.passport_data.data[0];
  const error = { source: "unspecified", type: first.type, element_hash: first.hash, message: "We cannot take it" };
  await bot.api.setPassportDataErrors(context.from.id, [error]);
  await context.reply("1 errors");
  console.log(JSON.stringify({ event: "shared", elements }));
});

bot.start();
