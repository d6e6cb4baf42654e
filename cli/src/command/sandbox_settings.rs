//! `sandbox --settings LIBRARY`: what points a bot library at a sandbox.

use std::fmt;
use std::path::Path;

use serde::Serialize;
use telegram_passport_sandbox::Description;

use crate::answer::Answer;
use crate::arguments::Library;
use crate::failure::{Failure, sentence};

/// What stands for a token where there is no bot yet.
const TOKEN: &str = "TOKEN";

#[derive(Serialize)]
struct Settings {
    lines: Vec<String>,
}

/// Reads a description, and says how a bot of that sandbox is made.
pub(crate) fn of(library: Library, file: &Path) -> Result<Box<dyn Answer>, Failure> {
    let description = Description::read(file).map_err(|error| {
        Failure::failed(format!("{}: {}", file.display(), sentence(&error)))
            .remedy("Start `tgpassport sandbox` first, or name its description with --describe.")
    })?;
    let origin = description.bot_api.as_ref().map(|url| url.origin().ascii_serialization());
    let origin = origin.ok_or_else(|| Failure::failed("this sandbox serves no Bot API"))?;
    let token = description.bots.first().map_or(TOKEN, |bot| &bot.token);
    let lines = lines(library, &origin, token);
    Ok(Box::new(Settings { lines }))
}

/// The lines, in the library's own language.
fn lines(library: Library, origin: &str, token: &str) -> Vec<String> {
    match library {
        Library::PythonTelegramBot => vec![
            format!(r#"Application.builder().token("{token}")"#),
            format!(r#"    .base_url("{origin}/bot").base_file_url("{origin}/file/bot").build()"#),
        ],
        Library::PyTelegramBotApi => vec![
            format!(r#"telebot.apihelper.API_URL = "{origin}/bot{{0}}/{{1}}""#),
            format!(r#"telebot.apihelper.FILE_URL = "{origin}/file/bot{{0}}/{{1}}""#),
            format!(r#"bot = telebot.TeleBot("{token}")"#),
        ],
        Library::Aiogram => vec![
            format!(r#"session = AiohttpSession(api=TelegramAPIServer.from_base("{origin}"))"#),
            format!(r#"bot = Bot("{token}", session=session)"#),
        ],
        Library::Grammy => vec![format!(r#"new Bot("{token}", {{ client: {{ apiRoot: "{origin}" }} }})"#)],
        Library::Telegraf => {
            vec![format!(r#"new Telegraf("{token}", {{ telegram: {{ apiRoot: "{origin}" }} }})"#)]
        }
        Library::NodeTelegramBotApi => {
            vec![format!(r#"new TelegramBot("{token}", {{ baseApiUrl: "{origin}" }})"#)]
        }
        Library::Teloxide => vec![format!(r#"Bot::new("{token}").set_api_url("{origin}".parse()?)"#)],
        Library::Frankenstein => vec![format!(r#"Bot::new_url("{origin}/bot{token}")"#)],
        Library::GoTelegramBot => vec![format!(r#"bot.New("{token}", bot.WithServerURL("{origin}"))"#)],
        Library::GoTelegramBotApi => vec![
            format!(r#"tgbotapi.NewBotAPIWithAPIEndpoint("{token}", "{origin}/bot%s/%s")"#),
            format!(
                "// its host for files is a constant: fetch {origin}/file/bot{token}/<file_path> yourself"
            ),
        ],
        Library::Pengrad => vec![
            format!(r#"new TelegramBot.Builder("{token}")"#),
            format!(r#"    .apiUrl("{origin}/bot").fileApiUrl("{origin}/file/bot").build();"#),
        ],
        Library::TelegramBotDotNet => vec![format!(
            r#"new TelegramBotClient(new TelegramBotClientOptions("{token}", baseUrl: "{origin}"))"#
        )],
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    #[test]
    fn every_library_is_told_where() {
        for library in Library::value_variants() {
            let lines = lines(*library, "http://127.0.0.1:8081", "7:token").join("\n");
            assert!(lines.contains("http://127.0.0.1:8081") && lines.contains("7:token"), "{lines}");
            assert!(!lines.contains("8081/\""), "some refuse a slash at the end: {lines}");
        }
    }
}
