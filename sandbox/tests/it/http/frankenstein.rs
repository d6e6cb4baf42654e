//! A bot written with frankenstein, which knows nothing of us: over a client of our own, as its manual shows.

use axum::body::Bytes;
use frankenstein::AsyncTelegramApi;
use frankenstein::methods::{
    AnswerCallbackQueryParams, EditMessageTextParams, GetUpdatesParams, SendMessageParams,
    SetPassportDataErrorsParams,
};
use frankenstein::passport::{
    EncryptedPassportElementType, PassportElementError, PassportElementErrorUnspecified,
};
use frankenstein::response::MessageOrBool;
use frankenstein::types::{
    ChatType, InlineKeyboardButton, InlineKeyboardMarkup, MaybeInaccessibleMessage, ReplyMarkup,
};
use frankenstein::updates::UpdateContent;

use super::stage::{BOT_ID, Stage, TOKEN};

/// frankenstein's trait over the stage's client.
struct Bot<'a>(&'a Stage);

#[async_trait::async_trait]
impl AsyncTelegramApi for Bot<'_> {
    type Error = String;

    async fn request<Params, Output>(&self, method: &str, params: Option<Params>) -> Result<Output, String>
    where
        Params: serde::Serialize + std::fmt::Debug + Send,
        Output: serde::de::DeserializeOwned,
    {
        let body = params.map(|params| serde_json::to_vec(&params).unwrap()).unwrap_or_default();
        let path = format!("/bot{TOKEN}/{method}");
        let answered = self.0.post(&path, "application/json", Bytes::from(body)).await;
        match answered.status {
            200 => Ok(serde_json::from_slice(&answered.bytes).unwrap()),
            _ => Err(answered.error().1),
        }
    }

    async fn request_with_form_data<Params, Output>(
        &self,
        _: &str,
        _: Params,
        _: Vec<(&str, std::path::PathBuf)>,
    ) -> Result<Output, String>
    where
        Params: serde::Serialize + std::fmt::Debug + Send,
        Output: serde::de::DeserializeOwned,
    {
        unreachable!("no files are sent here")
    }
}

#[tokio::test]
async fn frankenstein_talks_with_a_person() {
    let stage = Stage::new().await;
    let bot = Bot(&stage);
    let me = bot.get_me().await.unwrap().result;
    assert_eq!((me.id, me.is_bot, me.username.as_deref()), (BOT_ID as u64, true, Some("example_bot")));

    stage.state.start_bot(stage.user_id, BOT_ID, "from-a-link").unwrap();
    let updates = bot.get_updates(&GetUpdatesParams::builder().build()).await.unwrap().result;
    let UpdateContent::Message(message) = &updates[0].content else { panic!("a message") };
    assert_eq!(
        (message.text.as_deref(), message.chat.type_field),
        (Some("/start from-a-link"), ChatType::Private)
    );

    let button = InlineKeyboardButton::builder().text("Yes").callback_data("yes").build();
    let keyboard = InlineKeyboardMarkup::builder().inline_keyboard(vec![vec![button]]).build();
    let send = SendMessageParams::builder()
        .chat_id(message.chat.id)
        .text("Sure?")
        .reply_markup(ReplyMarkup::InlineKeyboardMarkup(keyboard))
        .build();
    let sent = bot.send_message(&send).await.unwrap().result;
    stage.state.press_button(stage.user_id, BOT_ID, sent.message_id, "yes").unwrap();
    let next =
        GetUpdatesParams::builder().offset(i64::from(updates[0].update_id) + 1).timeout(50_u32).build();
    let updates = bot.get_updates(&next).await.unwrap().result;
    let UpdateContent::CallbackQuery(query) = &updates[0].content else { panic!("a press") };
    assert_eq!(query.data.as_deref(), Some("yes"));
    let Some(MaybeInaccessibleMessage::Message(pressed)) = &query.message else { panic!("its message") };
    assert_eq!(pressed.message_id, sent.message_id);
    let answer = AnswerCallbackQueryParams::builder().callback_query_id(&query.id).text("Thank you").build();
    assert!(bot.answer_callback_query(&answer).await.unwrap().result);
    let edit = EditMessageTextParams::builder()
        .chat_id(message.chat.id)
        .message_id(sent.message_id)
        .text("Done")
        .build();
    let MessageOrBool::Message(edited) = bot.edit_message_text(&edit).await.unwrap().result else {
        panic!("a message")
    };
    assert_eq!((edited.text.as_deref(), edited.reply_markup), (Some("Done"), None));
    assert!(bot.get_webhook_info().await.unwrap().result.url.is_empty());

    let error = PassportElementErrorUnspecified::builder()
        .type_field(EncryptedPassportElementType::Passport)
        .element_hash("####")
        .message("Blurred")
        .build();
    let errors = SetPassportDataErrorsParams::builder()
        .user_id(stage.user_id as u64)
        .errors(vec![PassportElementError::Unspecified(error)])
        .build();
    let refused = bot.set_passport_data_errors(&errors).await.unwrap_err();
    assert!(refused.contains("hash isn't a valid base64-encoded string"), "{refused}");
}
