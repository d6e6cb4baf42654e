//! People and bots as TL shows them.

use grammers_tl_types as tl;
use tl::{enums, types};

use super::clock::date;
use super::shared::Shared;
use telegram_passport::cloud::User;

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

pub(super) fn bare(id: i64) -> types::User {
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

/// The `authorization` of a session: what its client announced of itself.
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
