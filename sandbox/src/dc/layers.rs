//! Answers as the layer knows them that a client announced.
//!
//! They are made of layer 222's schema. From layer 158 on two of the constructors that are sent have had other ids:
//! each time they gained optional fields, none of which is sent, so that nothing but the id differs.

use grammers_tl_types as tl;
use tl::{Cursor, Deserializable, Identifiable, Serializable, enums, types};

/// The first layer in which a constructor was seen with an id; the newest first.
pub(super) type History = [(i32, u32)];

/// `user`, from the first with a second word of flags.
pub(super) const USER: &History = &[
    (228, 0xb1b8_cc83),
    (217, types::User::CONSTRUCTOR_ID),
    (200, 0x020b_1422),
    (196, 0x4b46_c37e),
    (185, 0x8331_4fca),
    (167, 0x215c_4438),
    (166, 0xeb60_2f25),
    (160, 0xabb5_f120),
    (148, 0x8f97_c628),
];

/// `messageService`.
const MESSAGE_SERVICE: &History =
    &[(205, types::MessageService::CONSTRUCTOR_ID), (196, 0xd3d2_8540), (124, 0x2b08_5862)];

/// An answer as this layer knows it. Who has announced none gets ours.
pub(super) fn in_layer(mut answer: Vec<u8>, layer: i32) -> Vec<u8> {
    let (user, service) = (id_in(USER, layer), id_in(MESSAGE_SERVICE, layer));
    // Most clients speak ours: their files need not be looked through.
    if layer == 0 || (user, service) == (types::User::CONSTRUCTOR_ID, types::MessageService::CONSTRUCTOR_ID) {
        return answer;
    }
    let mut place = 0;
    while let Some(rest) = answer.get(place..).filter(|rest| rest.len() >= 4) {
        let (id, length) = if let Some(length) = length::<types::User, enums::User>(rest) {
            (user, length)
        } else if length::<types::MessageService, enums::Message>(rest).is_some() {
            // What is in it has ids of its own.
            (service, 4)
        } else {
            place += 4;
            continue;
        };
        answer[place..place + 4].copy_from_slice(&id.to_le_bytes());
        place += length;
    }
    answer
}

/// The id that a constructor has in a layer.
pub(super) fn id_in(history: &History, layer: i32) -> u32 {
    let known = history.iter().find(|(first, _)| layer >= *first);
    known.or(history.last()).expect("no history is empty").1
}

/// The length of the constructor that these bytes begin with, if it is this one; other bytes do not come out of
/// reading and writing whole.
fn length<C: Identifiable, T: Deserializable + Serializable>(bytes: &[u8]) -> Option<usize> {
    if bytes[..4] != C::CONSTRUCTOR_ID.to_le_bytes() {
        return None;
    }
    let mut cursor = Cursor::from_slice(bytes);
    let read = T::deserialize(&mut cursor).ok()?;
    let length = cursor.pos();
    (read.to_bytes() == bytes[..length]).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dc::users::bare;

    #[test]
    fn only_the_ids_of_users_and_service_messages_change() {
        let user = enums::User::User(types::User { first_name: Some("Ann".to_owned()), ..bare(7) });
        let service = enums::Message::Service(types::MessageService {
            out: false,
            mentioned: false,
            media_unread: false,
            reactions_are_possible: false,
            silent: false,
            post: false,
            legacy: false,
            id: 1,
            from_id: None,
            peer_id: enums::Peer::User(types::PeerUser { user_id: 7 }),
            saved_peer_id: None,
            reply_to: None,
            date: 3,
            action: enums::MessageAction::SecureValuesSent(types::MessageActionSecureValuesSent {
                types: Vec::new(),
            }),
            reactions: None,
            ttl_period: None,
        });
        let (user, service) = (user.to_bytes(), service.to_bytes());
        let lookalike = types::User::CONSTRUCTOR_ID.to_le_bytes().repeat(3);
        let answer = [user.clone(), lookalike.clone(), service.clone(), user.clone()].concat();
        for (layer, user_id, service_id) in [
            (0, 0x3177_4388, 0x7a80_0e0a_u32),
            (100, 0x8f97_c628, 0x2b08_5862),
            (158, 0x8f97_c628, 0x2b08_5862),
            (184, 0x215c_4438, 0x2b08_5862),
            (198, 0x4b46_c37e, 0xd3d2_8540),
            (204, 0x020b_1422, 0xd3d2_8540),
            (222, 0x3177_4388, 0x7a80_0e0a),
            (230, 0xb1b8_cc83_u32, 0x7a80_0e0a),
        ] {
            let renamed = |id: u32, bytes: &[u8]| [&id.to_le_bytes(), &bytes[4..]].concat();
            let user = renamed(user_id, &user);
            let expected = [user.clone(), lookalike.clone(), renamed(service_id, &service), user].concat();
            assert_eq!(in_layer(answer.clone(), layer), expected, "{layer}");
        }
    }
}
