//! Who is who, and what of updates clients want in order to settle down.

use grammers_tl_types as tl;
use tl::{Identifiable as _, enums, functions, types};

use super::caller::{Answer, Caller, bot, call, user};
use crate::dc::clock::unix_time;
use crate::dc::full_user::FullUser;
use crate::dc::shared::Shared;
use crate::dc::{clock, delivery, users};
use telegram_passport::cloud::CloudError;

pub(super) fn answer(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    updates(shared, caller, id, rest).or_else(|| people(shared, caller, id, rest))
}

fn updates(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    match id {
        functions::updates::GetState::CONSTRUCTOR_ID => call(rest, |_: functions::updates::GetState| {
            let viewer = viewer(shared, caller)?;
            shared.sessions.want_updates(caller.session, caller.key.identity);
            Ok(state(shared, viewer))
        }),
        functions::updates::GetDifference::CONSTRUCTOR_ID => {
            call(rest, |request: functions::updates::GetDifference| {
                let viewer = viewer(shared, caller)?;
                shared.sessions.want_updates(caller.session, caller.key.identity);
                Ok(difference(shared, viewer, request.pts))
            })
        }
        _ => None,
    }
}

fn state(shared: &Shared, viewer: i64) -> enums::updates::State {
    enums::updates::State::State(types::updates::State {
        pts: delivery::pts(shared.state.share_count(viewer)),
        qts: 0,
        date: clock::date(unix_time()),
        seq: 1,
        unread_count: 0,
    })
}

/// What a bot missed since its `pts`.
fn difference(shared: &Shared, viewer: i64, pts: i32) -> enums::updates::Difference {
    let seen = u32::try_from(pts.saturating_sub(1)).unwrap_or(0);
    let missed = shared.state.inbox_after(viewer, seen);
    if missed.is_empty() {
        return enums::updates::Difference::Empty(types::updates::DifferenceEmpty {
            date: clock::date(unix_time()),
            seq: 1,
        });
    }
    let mut senders: Vec<i64> = missed.iter().map(|share| share.from.id).collect();
    senders.sort_unstable();
    senders.dedup();
    enums::updates::Difference::Difference(types::updates::Difference {
        new_messages: missed.iter().map(|share| delivery::message_to_bot(shared, share)).collect(),
        new_encrypted_messages: Vec::new(),
        other_updates: Vec::new(),
        chats: Vec::new(),
        users: senders.iter().filter_map(|id| users::find(shared, viewer, *id)).collect(),
        state: state(shared, viewer),
    })
}

fn people(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    match id {
        functions::users::GetUsers::CONSTRUCTOR_ID => call(rest, |request: functions::users::GetUsers| {
            let viewer = viewer(shared, caller)?;
            Ok(request
                .id
                .iter()
                .filter_map(|user| users::find(shared, viewer, id_of(user, viewer)?))
                .collect::<Vec<_>>())
        }),
        functions::users::GetFullUser::CONSTRUCTOR_ID => {
            call(rest, |request: functions::users::GetFullUser| {
                let viewer = viewer(shared, caller)?;
                let user = id_of(&request.id, viewer).and_then(|id| users::find(shared, viewer, id));
                let user = user.ok_or_else(|| CloudError::from_rpc(400, "USER_ID_INVALID"))?;
                Ok(FullUser { user, layer: caller.layer })
            })
        }
        functions::contacts::ResolveUsername::CONSTRUCTOR_ID => {
            call(rest, |request: functions::contacts::ResolveUsername| {
                let viewer = viewer(shared, caller)?;
                let bot = shared
                    .state
                    .bot_of_username(&request.username)
                    .ok_or_else(|| CloudError::from_rpc(400, "USERNAME_NOT_OCCUPIED"))?;
                Ok(enums::contacts::ResolvedPeer::Peer(types::contacts::ResolvedPeer {
                    peer: enums::Peer::User(types::PeerUser { user_id: bot.id }),
                    chats: Vec::new(),
                    users: users::find(shared, viewer, bot.id).into_iter().collect(),
                }))
            })
        }
        _ => None,
    }
}

/// The person or the bot who asks.
fn viewer(shared: &Shared, caller: &Caller) -> Result<i64, CloudError> {
    user(shared, caller).or_else(|_| bot(shared, caller))
}

fn id_of(user: &enums::InputUser, viewer: i64) -> Option<i64> {
    match user {
        enums::InputUser::UserSelf => Some(viewer),
        enums::InputUser::User(user) => Some(user.user_id),
        _ => None,
    }
}
