//! Deliveries to webhooks: each bot's updates in their order, one after the other within a chat, several chats at once.
//!
//! A delivery that fails is repeated at once, then after 2, 4, 8 … seconds up to a minute or two, by the sandbox's clock.

mod certificate;
mod client;
mod schedule;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use self::client::{Client, Failed, Response};
use self::schedule::Schedule;
use super::log::{LogEvent, milliseconds};
use super::parameters::Parameters;
use super::polls::rendered;
use super::routes::{LARGEST_BODY, carry_out_unheard};
use super::shared::Server;
use crate::state::Webhook;

/// How often the sandbox's clock is looked at, which a tester may move.
const TICK: Duration = Duration::from_millis(200);

/// How much of an answer the log keeps, in bytes.
const SHOWN: usize = 1024;

/// For how long a webhook may say that it is gone.
const GONE: Duration = Duration::from_secs(23 * 60 * 60);

/// Methods in an answer that are not carried out, beside all that begin with `get`.
const NOT_IN_ANSWERS: [&str; 4] = ["setwebhook", "deletewebhook", "close", "logout"];

/// Notice that a webhook was set or deleted.
pub(super) struct Webhooks(watch::Sender<u64>);

impl Default for Webhooks {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Webhooks {
    /// A webhook was set, changed or deleted.
    pub(super) fn look_again(&self) {
        self.0.send_modify(|times| *times = times.wrapping_add(1));
    }
}

/// Sends updates to every webhook that is set, for as long as the server is there.
pub(super) async fn deliver(server: Server) {
    let mut changes = server.webhooks.0.subscribe();
    let mut running: BTreeMap<i64, (Webhook, Running)> = BTreeMap::new();
    loop {
        let wanted: BTreeMap<i64, Webhook> = server
            .state
            .bot_ids()
            .into_iter()
            .filter_map(|id| Some((id, server.state.webhook(id)?)))
            .collect();
        running
            .retain(|bot_id, (webhook, task)| wanted.get(bot_id) == Some(webhook) && !task.0.is_finished());
        for (bot_id, webhook) in wanted {
            running.entry(bot_id).or_insert_with(|| {
                let task = tokio::spawn(deliver_to(Arc::clone(&server), bot_id, webhook.clone()));
                (webhook, Running(task))
            });
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// One bot's deliveries, until this is dropped.
struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What came of one delivery.
struct Delivered {
    update_id: i32,
    user_id: i64,
    outcome: Result<Response, Failed>,
}

async fn deliver_to(server: Server, bot_id: i64, webhook: Webhook) {
    let client = match Client::new(&webhook) {
        Ok(client) => Arc::new(client),
        Err(why) => {
            // The bot was there a moment ago.
            let _ = server.state.note_failed_delivery(bot_id, &why.to_string());
            return;
        }
    };
    let most = usize::try_from(webhook.max_connections).unwrap_or(1);
    let mut schedule = Schedule::default();
    let mut busy: BTreeSet<i64> = BTreeSet::new();
    let mut on_the_way = JoinSet::new();
    let mut gone_since = None;
    let mut watch = server.state.watch();
    loop {
        if server.state.webhook(bot_id).as_ref() != Some(&webhook) {
            return;
        }
        let now = server.state.clock().now();
        let queued = server.state.queued_updates(bot_id, most * 2);
        schedule.forget_all_but(queued.iter().map(|(update_id, _)| *update_id));
        let mut seen = BTreeSet::new();
        for (update_id, user_id) in queued {
            // The first of each chat only: the others wait for it.
            let first = seen.insert(user_id) && !busy.contains(&user_id);
            if !first || on_the_way.len() >= most || !schedule.is_due(update_id, now) {
                continue;
            }
            busy.insert(user_id);
            let (server, client) = (Arc::clone(&server), Arc::clone(&client));
            let attempt = schedule.failures(update_id);
            on_the_way.spawn(async move {
                let outcome = send(&server, bot_id, &client, update_id, attempt).await;
                Delivered { update_id, user_id, outcome }
            });
        }
        tokio::select! {
            Some(delivered) = on_the_way.join_next(), if !on_the_way.is_empty() => {
                let Ok(Delivered { update_id, user_id, outcome }) = delivered else { return };
                busy.remove(&user_id);
                let now = server.state.clock().now();
                let retry_after = match outcome {
                    Ok(response) if response.status.is_success() => {
                        gone_since = None;
                        // Both only fail for a bot that is gone.
                        let _ = server.state.drop_update(bot_id, update_id);
                        answered(&server, bot_id, response);
                        continue;
                    }
                    Ok(response) => {
                        if response.status == StatusCode::GONE {
                            let since = *gone_since.get_or_insert(now);
                            if since.duration_until(now) > GONE {
                                let _ = server.state.set_webhook(bot_id, None);
                                server.webhooks.look_again();
                                return;
                            }
                        } else {
                            gone_since = None;
                        }
                        let _ = server.state.note_failed_delivery(bot_id, &response.complaint());
                        response.retry_after
                    }
                    Err(failed) => {
                        let _ = server.state.note_failed_delivery(bot_id, &failed.to_string());
                        None
                    }
                };
                schedule.fail(update_id, now, retry_after);
            }
            () = watch.changed() => {}
            () = tokio::time::sleep(TICK), if schedule.waits() => {}
            () = server.ends() => return,
        }
    }
}

/// Sends one update, if it is still to be sent.
async fn send(
    server: &Server,
    bot_id: i64,
    client: &Client,
    update_id: i32,
    attempt: u32,
) -> Result<Response, Failed> {
    let (Some(bot), Some(pending)) =
        (server.state.bot(bot_id), server.state.pending_update(bot_id, update_id))
    else {
        return Ok(Response::nothing());
    };
    let Some((update, _)) = rendered(server, &bot, &pending) else { return Ok(Response::nothing()) };
    let began = Instant::now();
    let outcome = client.post(update.to_string()).await;
    let (status, answer) = match &outcome {
        Ok(response) => {
            let shown = &response.body[..response.body.len().min(SHOWN)];
            (Some(response.status.as_u16()), String::from_utf8_lossy(shown).into_owned())
        }
        Err(failed) => (None, failed.to_string()),
    };
    let milliseconds = milliseconds(began.elapsed());
    server.note(Some(bot_id), LogEvent::Delivered { update_id, attempt, status, answer, milliseconds });
    outcome
}

/// Carries out the method that an answer carries, if it is one for answers.
fn answered(server: &Server, bot_id: i64, response: Response) {
    let server = Arc::clone(server);
    tokio::spawn(async move {
        let parameters = Parameters::of_webhook_answer(&response.headers, response.body, LARGEST_BODY).await;
        let method = parameters.text("method").to_ascii_lowercase();
        if method.is_empty() {
            return;
        }
        if NOT_IN_ANSWERS.contains(&method.as_str()) || method.starts_with("get") {
            let notice = format!("{method} in the answer of a webhook: Telegram passes it over");
            server.note(Some(bot_id), LogEvent::Noticed { notice });
            return;
        }
        if let Some(bot) = server.state.bot(bot_id) {
            carry_out_unheard(&server, bot, parameters).await;
        }
    });
}
