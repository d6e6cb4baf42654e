//! `users.userFull`: what some libraries ask for only to learn who they are. There is nothing in it but the user.

use grammers_tl_types as tl;
use tl::{Identifiable as _, LAYER, Serializable, enums, types};

use super::layers::{History, id_in};

/// `userFull`: every one has gained optional fields, and one a second word of flags.
pub(super) const USER_FULL: &History = &[
    (232, 0xb90c_2afd),
    (224, 0x06cb_e645),
    (216, types::UserFull::CONSTRUCTOR_ID),
    (214, 0xc577_b5ad),
    (211, 0x7e63_ce1f),
    (201, 0x99e7_8045),
    (200, 0xd223_4ea0),
    (196, 0x4d97_5bbc),
    (195, 0x979d_2376),
    (189, 0x1f58_e369),
    (177, 0xcc99_7720),
    (SECOND_FLAGS, 0x22ff_3e85),
    (164, 0xb9b1_2c6c),
    (160, 0x4fe1_cc86),
    (158, 0x93ea_db53),
];
const SECOND_FLAGS: i32 = 176;

const PEER_SETTINGS: &History =
    &[(200, types::PeerSettings::CONSTRUCTOR_ID), (177, 0xacd6_6c5e), (135, 0xa518_110d)];

const PEER_NOTIFY_SETTINGS: &History =
    &[(160, types::PeerNotifySettings::CONSTRUCTOR_ID), (140, 0xa83b_0426)];

/// A user, as the client's layer has it.
pub(super) struct FullUser {
    pub(super) user: enums::User,
    /// The layer it announced, 0 before it did.
    pub(super) layer: i32,
}

impl Serializable for FullUser {
    fn serialize(&self, buffer: &mut impl Extend<u8>) {
        let layer = if self.layer == 0 { LAYER } else { self.layer };
        let (id, none) = (self.user.id(), 0_i32);
        types::users::UserFull::CONSTRUCTOR_ID.serialize(buffer);
        id_in(USER_FULL, layer).serialize(buffer);
        none.serialize(buffer);
        if layer >= SECOND_FLAGS {
            none.serialize(buffer);
        }
        id.serialize(buffer);
        for settings in [PEER_SETTINGS, PEER_NOTIFY_SETTINGS] {
            id_in(settings, layer).serialize(buffer);
            none.serialize(buffer);
        }
        let common_chats = none;
        common_chats.serialize(buffer);
        Vec::<enums::Chat>::new().serialize(buffer);
        [self.user.clone()].to_vec().serialize(buffer);
    }
}

#[cfg(test)]
mod tests {
    use newer_tl_types as newer;
    use tl::Deserializable as _;

    use super::*;
    use crate::dc::layers::in_layer;
    use crate::dc::users::bare;

    fn answer(layer: i32) -> Vec<u8> {
        in_layer(FullUser { user: enums::User::User(bare(7)), layer }.to_bytes(), layer)
    }

    #[test]
    fn two_schemas_read_it_whole() {
        let enums::users::UserFull::Full(ours) = enums::users::UserFull::from_bytes(&answer(222)).unwrap();
        assert_eq!(ours.to_bytes(), answer(222)[4..]);
        assert_eq!((ours.users.len(), answer(0)), (1, answer(222)));

        use newer::{Deserializable as _, Serializable as _};
        let newer = newer::enums::users::UserFull::from_bytes(&answer(230)).unwrap();
        assert_eq!(newer.to_bytes(), answer(230));
    }

    #[test]
    fn layer_232_has_an_id_of_its_own() {
        // What TDLib 1.8.69 takes, which has no other.
        assert_eq!(answer(232)[4..8], 0xb90c_2afd_u32.to_le_bytes());
        assert_eq!(answer(232)[8..], answer(230)[8..]);
    }

    #[test]
    fn before_layer_176_there_is_one_word_of_flags() {
        assert_eq!(answer(175).len() + 4, answer(176).len());
        assert_eq!(answer(158)[4..8], 0x93ea_db53_u32.to_le_bytes());
    }
}
