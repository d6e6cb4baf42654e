//! Where updates go, and which.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use url::Url;

use crate::bot_api::answer::{Answer, BotApiError, Outcome};
use crate::bot_api::call::Call;
use crate::state::{ChatRefusal, Webhook};

/// The largest certificate, in bytes.
const LARGEST_CERTIFICATE: usize = 3 << 20;

/// The longest secret token, in bytes.
const LONGEST_SECRET: usize = 256;

/// Ports that Telegram delivers to.
const PORTS: [u16; 4] = [443, 80, 88, 8443];

/// Every kind of update that there is.
const KINDS: [&str; 25] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "message_reaction",
    "message_reaction_count",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "purchased_paid_media",
    "managed_bot",
    "guest_message",
];

pub(super) fn set_webhook(call: &Call<'_>) -> Outcome {
    let url = call.parameters.text("url");
    if url.is_empty() {
        return delete_webhook(call);
    }
    let webhook = webhook_of(call, url)?;
    let (state, bot_id) = (call.state(), call.bot.id);
    let drops = call.parameters.flag("drop_pending_updates");
    let before = state.webhook(bot_id);
    if before.as_ref() == Some(&webhook) && webhook.certificate.is_none() && !drops {
        allow_updates(call)?;
        return Ok(Answer::done("Webhook is already set"));
    }
    call.shared.polls.end_for_webhook(bot_id);
    if drops {
        state.drop_updates(bot_id)?;
    }
    allow_updates(call)?;
    state.set_webhook(bot_id, Some(webhook))?;
    call.shared.webhooks.look_again();
    Ok(Answer::done("Webhook was set"))
}

/// The webhook that is asked for, if there may be one.
fn webhook_of(call: &Call<'_>, url: &str) -> Result<Webhook, BotApiError> {
    let bad = |why: &str| BotApiError::bad_request(why);
    // Telegram takes an address without a scheme for one of https.
    let whole = if url.contains("://") { url.to_owned() } else { format!("https://{url}") };
    let address = Url::parse(&whole).map_err(|_| bad("invalid webhook URL specified"))?;
    if !matches!(address.scheme(), "http" | "https") {
        return Err(bad("invalid webhook URL specified"));
    }
    let host = address.host_str().ok_or_else(|| bad("invalid webhook URL specified"))?;
    let secret = call.parameters.text("secret_token");
    if secret.len() > LONGEST_SECRET {
        return Err(bad("secret token is too long"));
    }
    if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        return Err(bad("secret token contains unallowed characters"));
    }
    let ip_address = call.parameters.text("ip_address");
    let hosts = &call.shared.hosts;
    if !hosts.may_be_sent_to(host) || !(ip_address.is_empty() || hosts.may_be_sent_to(ip_address)) {
        let why =
            format!("bad webhook: the sandbox delivers to loopback, and to hosts named to it; not to {host}");
        return Err(bad(&why));
    }
    let certificate = certificate_of(call)?;
    if address.scheme() == "http" {
        call.notice("the webhook is set over http: Telegram itself delivers over https only");
    } else if !address.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
        call.notice(
            "the webhook is at a port that Telegram itself does not deliver to: it does to 443, 80, 88, 8443",
        );
    }
    let connections = call.parameters.number("max_connections", 40, 1, 100);
    Ok(Webhook {
        url: whole,
        secret_token: (!secret.is_empty()).then(|| secret.to_owned()),
        certificate,
        ip_address: (!ip_address.is_empty()).then(|| ip_address.to_owned()),
        max_connections: u32::try_from(connections).unwrap_or(1),
    })
}

fn certificate_of(call: &Call<'_>) -> Result<Option<String>, BotApiError> {
    let Some(file) = call.parameters.file("certificate") else { return Ok(None) };
    let bytes = file.bytes.len();
    if bytes > LARGEST_CERTIFICATE {
        return Err(BotApiError::bad_request(format!("certificate size is too big ({bytes} bytes)")));
    }
    let pem = String::from_utf8_lossy(&file.bytes).into_owned();
    if !pem.contains("-----BEGIN CERTIFICATE-----") {
        return Err(BotApiError::bad_request("bad webhook: Can't set up SSL certificate"));
    }
    Ok(Some(pem))
}

pub(super) fn delete_webhook(call: &Call<'_>) -> Outcome {
    let (state, bot_id) = (call.state(), call.bot.id);
    if call.parameters.flag("drop_pending_updates") {
        state.drop_updates(bot_id)?;
    }
    if state.webhook(bot_id).is_none() {
        return Ok(Answer::done("Webhook is already deleted"));
    }
    state.set_webhook(bot_id, None)?;
    call.shared.webhooks.look_again();
    Ok(Answer::done("Webhook was deleted"))
}

pub(super) fn get_webhook_info(call: &Call<'_>) -> Outcome {
    let (state, bot_id) = (call.state(), call.bot.id);
    let webhook = state.webhook(bot_id);
    let mut info = json!({
        "url": webhook.as_ref().map_or("", |webhook| &webhook.url),
        "has_custom_certificate": webhook.as_ref().is_some_and(|webhook| webhook.certificate.is_some()),
        "pending_update_count": state.pending_update_count(bot_id),
    });
    if let Some(failed) = state.failed_delivery(bot_id) {
        info["last_error_date"] = failed.date.seconds().into();
        info["last_error_message"] = failed.message.into();
    }
    if let Some(webhook) = webhook {
        info["max_connections"] = webhook.max_connections.into();
        info["ip_address"] = webhook.ip_address.unwrap_or_else(|| "127.0.0.1".to_owned()).into();
    }
    if let Some(allowed) = state.allowed_updates(bot_id) {
        let named: Vec<&str> = KINDS.into_iter().filter(|kind| allowed.contains(*kind)).collect();
        info["allowed_updates"] = named.into();
    }
    Ok(Answer::of(info))
}

/// `allowed_updates`: which kinds the bot wants from now on. An empty list is the usual ones; what is no list is passed
/// over.
pub(in crate::bot_api) fn allow_updates(call: &Call<'_>) -> Result<(), ChatRefusal> {
    let Some(Ok(Value::Array(names))) = call.parameters.json::<Value>("allowed_updates") else {
        return Ok(());
    };
    if !names.iter().all(Value::is_string) {
        return Ok(());
    }
    let wanted = names.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase);
    let wanted: BTreeSet<String> = wanted.filter(|name| KINDS.contains(&name.as_str())).collect();
    let wanted = (!wanted.is_empty()).then_some(wanted);
    if call.state().allowed_updates(call.bot.id) == wanted {
        return Ok(());
    }
    if wanted.as_ref().is_some_and(|wanted| !wanted.contains("message")) {
        call.notice(
            "the bot wants no updates of the kind message from now on: it will not be told of shares",
        );
    }
    call.state().allow_updates(call.bot.id, wanted)
}
