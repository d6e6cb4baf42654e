//! People and bots as TL shows them, in the layer the client announced.

use grammers_tl_types as tl;
use tl::{Cursor, Deserializable as _, Identifiable as _, Serializable as _, enums, types};

use super::Shared;
use super::convert::date;
use crate::cloud::User;

/// A person to their own sessions.
pub(super) fn person_itself(shared: &Shared, user_id: i64) -> enums::User {
    let mut user = types::User { is_self: true, ..bare(user_id) };
    if let Some(profile) = shared.state.profile(user_id) {
        user.phone = Some(profile.phone.0.clone());
        user.first_name = Some(profile.first_name);
        user.last_name = (!profile.last_name.is_empty()).then_some(profile.last_name);
    }
    enums::User::User(user)
}

/// A bot to its own sessions.
pub(super) fn bot_itself(shared: &Shared, bot_id: i64) -> enums::User {
    match shared.state.bot(bot_id) {
        Some(bot) => {
            let user = User {
                id: bot.id,
                first_name: bot.name,
                username: Some(bot.username),
                bot: true,
                verified: bot.verified,
                scam: bot.scam,
                fake: bot.fake,
            };
            enums::User::User(types::User { is_self: true, ..known(&user) })
        }
        None => enums::User::Empty(types::UserEmpty { id: bot_id }),
    }
}

/// Somebody else.
pub(super) fn other(user: &User) -> enums::User {
    enums::User::User(known(user))
}

/// Anybody by id, as `viewer` sees them; `None` for an id nobody has.
pub(super) fn find(shared: &Shared, viewer: i64, user_id: i64) -> Option<enums::User> {
    if shared.state.bot(user_id).is_some() {
        let user = bot_itself(shared, user_id);
        return Some(if viewer == user_id { user } else { without_self(user) });
    }
    shared.state.profile(user_id)?;
    let user = person_itself(shared, user_id);
    Some(if viewer == user_id { user } else { without_self(user) })
}

fn without_self(user: enums::User) -> enums::User {
    match user {
        // A phone number is shown to its owner only.
        enums::User::User(user) => enums::User::User(types::User { is_self: false, phone: None, ..user }),
        empty => empty,
    }
}

fn known(user: &User) -> types::User {
    types::User {
        bot: user.bot,
        verified: user.verified,
        scam: user.scam,
        fake: user.fake,
        first_name: Some(user.first_name.clone()),
        username: user.username.clone(),
        bot_info_version: user.bot.then_some(1),
        ..bare(user.id)
    }
}

/// The access hash every session may use: made from the id, since nothing here is secret.
pub(super) fn access_hash(user_id: i64) -> i64 {
    user_id.wrapping_mul(0x5851_f42d_4c95_7f2d) | 1
}

fn bare(id: i64) -> types::User {
    types::User {
        is_self: false,
        contact: false,
        mutual_contact: false,
        deleted: false,
        bot: false,
        bot_chat_history: false,
        bot_nochats: false,
        verified: false,
        restricted: false,
        min: false,
        bot_inline_geo: false,
        support: false,
        scam: false,
        apply_min_photo: false,
        fake: false,
        bot_attach_menu: false,
        premium: false,
        attach_menu_enabled: false,
        bot_can_edit: false,
        close_friend: false,
        stories_hidden: false,
        stories_unavailable: true,
        contact_require_premium: false,
        bot_business: false,
        bot_has_main_app: false,
        bot_forum_view: false,
        bot_forum_can_manage_topics: false,
        id,
        access_hash: Some(access_hash(id)),
        first_name: None,
        last_name: None,
        username: None,
        phone: None,
        photo: None,
        status: None,
        bot_info_version: None,
        restriction_reason: None,
        bot_inline_placeholder: None,
        lang_code: None,
        emoji_status: None,
        usernames: None,
        stories_max_id: None,
        color: None,
        profile_color: None,
        bot_active_users: None,
        bot_verification_icon: None,
        send_paid_messages_stars: None,
    }
}

/// The `authorization` of a session: what its client said of itself.
pub(super) fn session_record(shared: &Shared, identity: i64, current: bool) -> enums::Authorization {
    let client = shared.clients.find(identity).unwrap_or_default();
    enums::Authorization::Authorization(types::Authorization {
        current,
        official_app: false,
        password_pending: false,
        encrypted_requests_disabled: true,
        call_requests_disabled: true,
        unconfirmed: false,
        hash: if current { 0 } else { identity },
        device_model: client.device.device_model,
        platform: String::new(),
        system_version: client.device.system_version,
        api_id: client.device.api_id,
        app_name: format!("application {}", client.device.api_id),
        app_version: client.device.app_version,
        date_created: date(client.created),
        date_active: date(client.active),
        ip: "127.0.0.1".to_owned(),
        country: "loopback".to_owned(),
        region: String::new(),
    })
}

/// The first layer that knows `user` by its newer id. (227 has the older one, 229 the newer; 228 was not seen.)
const NEWER_USER: i32 = 228;

/// `user#b1b8cc83`: nothing moved, there are only more flags.
pub(super) const NEWER_USER_ID: u32 = 0xb1b8_cc83;

/// An answer as this layer knows it: `user` is the only constructor sent here that has changed.
pub(super) fn in_layer(mut answer: Vec<u8>, layer: i32) -> Vec<u8> {
    if layer < NEWER_USER {
        return answer;
    }
    let mut place = 0;
    while let Some(rest) = answer.get(place..).filter(|rest| rest.len() >= 4) {
        place += match user_at(rest) {
            Some(length) => {
                answer[place..place + 4].copy_from_slice(&NEWER_USER_ID.to_le_bytes());
                length
            }
            None => 4,
        };
    }
    answer
}

/// The length of the `user` that these bytes begin with; other bytes do not come out of reading and writing whole.
fn user_at(bytes: &[u8]) -> Option<usize> {
    if bytes[..4] != types::User::CONSTRUCTOR_ID.to_le_bytes() {
        return None;
    }
    let mut cursor = Cursor::from_slice(bytes);
    let user = enums::User::deserialize(&mut cursor).ok()?;
    let length = cursor.pos();
    (user.to_bytes() == bytes[..length]).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_users_change_with_the_layer() {
        let user = enums::User::User(types::User { first_name: Some("Ann".to_owned()), ..bare(7) });
        let lookalike = types::User::CONSTRUCTOR_ID.to_le_bytes().repeat(3);
        let answer = [user.to_bytes(), lookalike.clone(), user.to_bytes()].concat();
        assert_eq!(in_layer(answer.clone(), 222), answer);
        let newer = in_layer(answer.clone(), 230);
        assert_eq!(newer[..4], NEWER_USER_ID.to_le_bytes());
        let length = user.to_bytes().len();
        assert_eq!(newer[4..length], answer[4..length]);
        assert_eq!(newer[length..length + lookalike.len()], lookalike);
        assert_eq!(newer[length + lookalike.len()..][..4], NEWER_USER_ID.to_le_bytes());
    }
}
