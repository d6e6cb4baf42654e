//! What a share sets off: a service message to the bot, with everything, and one to the person, with the kinds.

use grammers_tl_types as tl;
use tl::{Serializable as _, enums, types};

use super::authorisations::Authorisation;
use super::file_view::FileSizes;
use super::session::{MessageKind, Occasion};
use super::shared::Shared;
use super::{clock, convert, layers, users};
use crate::state::Delivery;

/// Tells the bot's sessions and the person's of the last share between them.
pub(super) fn announce(shared: &Shared, user_id: i64, bot_id: i64) {
    let Some(delivery) = shared.state.last_share(bot_id, user_id) else { return };

    let to_bot =
        updates(shared, bot_id, user_id, message_to_bot(shared, &delivery), pts(delivery.share.number));
    push(shared, Authorisation::Bot(bot_id), &to_bot);
    let to_person = updates(shared, user_id, bot_id, message_to_person(&delivery, bot_id), pts(1));
    push(shared, Authorisation::User(user_id), &to_person);
}

/// The `pts` after so many messages; a new account begins with 1.
pub(super) fn pts(messages: u32) -> i32 {
    i32::try_from(messages).unwrap_or(i32::MAX - 1) + 1
}

/// What the bot sees: the values it asked for, and the credentials.
pub(super) fn message_to_bot(shared: &Shared, delivery: &Delivery) -> enums::Message {
    let action = enums::MessageAction::SecureValuesSentMe(types::MessageActionSecureValuesSentMe {
        values: convert::values_to_tl(delivery.share.values.clone(), shared.file_view(FileSizes::True)),
        credentials: convert::credentials_to_tl(delivery.share.credentials.clone()),
    });
    service_message(delivery, false, delivery.from.id, delivery.from.id, action)
}

/// What the person sees: the kinds they sent.
fn message_to_person(delivery: &Delivery, bot_id: i64) -> enums::Message {
    let action = enums::MessageAction::SecureValuesSent(types::MessageActionSecureValuesSent {
        types: delivery.share.values.iter().map(|value| convert::kind_to_tl(value.kind)).collect(),
    });
    service_message(delivery, true, delivery.from.id, bot_id, action)
}

fn service_message(
    delivery: &Delivery,
    out: bool,
    from: i64,
    peer: i64,
    action: enums::MessageAction,
) -> enums::Message {
    let peer_of = |user_id| enums::Peer::User(types::PeerUser { user_id });
    enums::Message::Service(types::MessageService {
        out,
        mentioned: false,
        media_unread: false,
        reactions_are_possible: false,
        silent: false,
        post: false,
        legacy: false,
        id: delivery.message_id,
        from_id: Some(peer_of(from)),
        peer_id: peer_of(peer),
        saved_peer_id: None,
        reply_to: None,
        date: clock::date(delivery.date.seconds()),
        action,
        reactions: None,
        ttl_period: None,
    })
}

fn updates(shared: &Shared, viewer: i64, other: i64, message: enums::Message, pts: i32) -> enums::Updates {
    let enums::Message::Service(service) = &message else {
        unreachable!("only service messages are made here")
    };
    enums::Updates::Updates(types::Updates {
        date: service.date,
        updates: vec![enums::Update::NewMessage(types::UpdateNewMessage {
            message: message.clone(),
            pts,
            pts_count: 1,
        })],
        users: [viewer, other].iter().filter_map(|id| users::find(shared, viewer, *id)).collect(),
        chats: Vec::new(),
        seq: 0,
    })
}

fn push(shared: &Shared, to: Authorisation, updates: &enums::Updates) {
    let identities = shared.authorisations.identities(to);
    for (session, identity) in shared.sessions.listeners(&identities) {
        let layer = shared.clients.layer(identity);
        shared.sessions.send(
            session,
            MessageKind::ContentRelated,
            Occasion::Notification,
            layers::in_layer(updates.to_bytes(), layer),
        );
    }
}
