//! The methods, by subject: what each answers, in the official server's words.

mod chats;
mod commands;
mod files;
mod formatting;
mod known;
mod messages;
mod myself;
mod passport;
mod webhook;

pub(super) use self::files::download;
pub(super) use self::webhook::allow_updates;

use super::answer::{BotApiError, Outcome};
use super::call::Call;
use super::polls;

/// Answers a call. What Telegram has and this has not is refused by its name; both that and what nobody has is told to
/// the tester.
pub(super) async fn answer(call: &Call<'_>) -> Outcome {
    match call.method.as_str() {
        "getme" => myself::get_me(call),
        "logout" => myself::log_out(call),
        "close" => myself::close(call),
        "getmyname" => myself::get_my_name(call),
        "setmyname" => myself::set_my_name(call),
        "getmydescription" => myself::get_my_description(call),
        "setmydescription" => myself::set_my_description(call),
        "getmyshortdescription" => myself::get_my_short_description(call),
        "setmyshortdescription" => myself::set_my_short_description(call),
        "getupdates" => polls::get_updates(call).await,
        "setwebhook" => webhook::set_webhook(call),
        "deletewebhook" => webhook::delete_webhook(call),
        "getwebhookinfo" => webhook::get_webhook_info(call),
        "getfile" => files::get_file(call),
        "setpassportdataerrors" => passport::set_passport_data_errors(call),
        "sendmessage" => messages::send_message(call),
        "sendphoto" => messages::send_photo(call),
        "senddocument" => messages::send_document(call),
        "editmessagetext" => messages::edit_message_text(call),
        "editmessagecaption" => messages::edit_message_caption(call),
        "editmessagereplymarkup" => messages::edit_message_reply_markup(call),
        "deletemessage" => messages::delete_message(call),
        "deletemessages" => messages::delete_messages(call),
        "sendchataction" => chats::send_chat_action(call),
        "answercallbackquery" => chats::answer_callback_query(call),
        "getchat" => chats::get_chat(call),
        "getmycommands" => commands::get_my_commands(call),
        "setmycommands" => commands::set_my_commands(call),
        "deletemycommands" => commands::delete_my_commands(call),
        "getchatmenubutton" => commands::get_chat_menu_button(call),
        "setchatmenubutton" => commands::set_chat_menu_button(call),
        method => match known::name_of(method) {
            Some(name) => {
                call.notice(format!("{name} was called, which the sandbox does not model"));
                Err(BotApiError::bad_request(format!("the sandbox does not model the method {name}")))
            }
            None => {
                call.notice(format!("{method:?} was called, which is no method of the Bot API"));
                Err(BotApiError::new(404, "Not Found: method not found"))
            }
        },
    }
}
