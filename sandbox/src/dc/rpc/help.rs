//! Configuration, for clients that are signed in or not.

use grammers_tl_types as tl;
use tl::{Identifiable as _, enums, functions, types};

use super::caller::{Answer, Caller, call};
use crate::dc::clock::unix_time;
use crate::dc::shared::Shared;
use crate::dc::{clock, convert};

/// For how many seconds a configuration is good.
const LIFETIME: i64 = 3600;

pub(super) fn answer(shared: &Shared, _caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    match id {
        functions::help::GetConfig::CONSTRUCTOR_ID => {
            call(rest, |_: functions::help::GetConfig| Ok(config(shared)))
        }
        functions::help::GetNearestDc::CONSTRUCTOR_ID => call(rest, |_: functions::help::GetNearestDc| {
            Ok(enums::NearestDc::Dc(types::NearestDc {
                country: "XX".to_owned(),
                this_dc: shared.dc_id,
                nearest_dc: shared.dc_id,
            }))
        }),
        functions::help::GetAppConfig::CONSTRUCTOR_ID => call(rest, |_: functions::help::GetAppConfig| {
            Ok(enums::help::AppConfig::Config(types::help::AppConfig {
                hash: 1,
                config: enums::Jsonvalue::JsonObject(types::JsonObject { value: Vec::new() }),
            }))
        }),
        functions::help::GetPromoData::CONSTRUCTOR_ID => call(rest, |_: functions::help::GetPromoData| {
            let expires = clock::date(unix_time() + LIFETIME);
            Ok(enums::help::PromoData::Empty(types::help::PromoDataEmpty { expires }))
        }),
        functions::help::GetTermsOfServiceUpdate::CONSTRUCTOR_ID => {
            call(rest, |_: functions::help::GetTermsOfServiceUpdate| {
                let expires = clock::date(unix_time() + LIFETIME);
                Ok(enums::help::TermsOfServiceUpdate::Empty(types::help::TermsOfServiceUpdateEmpty {
                    expires,
                }))
            })
        }
        functions::help::GetPassportConfig::CONSTRUCTOR_ID => {
            call(rest, |request: functions::help::GetPassportConfig| {
                Ok(convert::passport_config_to_tl(shared.state.passport_config(request.hash)))
            })
        }
        _ => None,
    }
}

/// `config`: loopback addresses only, and the limits Telegram's servers name.
fn config(shared: &Shared) -> enums::Config {
    let now = unix_time();
    let dc_options = shared
        .addresses
        .iter()
        .map(|(id, address)| {
            enums::DcOption::Option(types::DcOption {
                ipv6: address.is_ipv6(),
                media_only: false,
                tcpo_only: false,
                cdn: false,
                r#static: true,
                this_port_only: false,
                id: *id,
                ip_address: address.ip().to_string(),
                port: i32::from(address.port()),
                secret: None,
            })
        })
        .collect();
    enums::Config::Config(types::Config {
        default_p2p_contacts: false,
        preload_featured_stickers: false,
        revoke_pm_inbox: false,
        blocked_mode: false,
        force_try_ipv6: false,
        date: clock::date(now),
        expires: clock::date(now + LIFETIME),
        test_mode: false,
        this_dc: shared.dc_id,
        dc_options,
        dc_txt_domain_name: "sandbox.invalid".to_owned(),
        chat_size_max: 200,
        megagroup_size_max: 200_000,
        forwarded_count_max: 100,
        online_update_period_ms: 210_000,
        offline_blur_timeout_ms: 5000,
        offline_idle_timeout_ms: 30_000,
        online_cloud_timeout_ms: 300_000,
        notify_cloud_delay_ms: 30_000,
        notify_default_delay_ms: 1500,
        push_chat_period_ms: 60_000,
        push_chat_limit: 2,
        edit_time_limit: 172_800,
        revoke_time_limit: i32::MAX,
        revoke_pm_time_limit: i32::MAX,
        rating_e_decay: 2_419_200,
        stickers_recent_limit: 200,
        channels_read_media_period: 604_800,
        tmp_sessions: None,
        call_receive_timeout_ms: 20_000,
        call_ring_timeout_ms: 90_000,
        call_connect_timeout_ms: 30_000,
        call_packet_timeout_ms: 10_000,
        me_url_prefix: "https://sandbox.invalid/".to_owned(),
        autoupdate_url_prefix: None,
        gif_search_username: None,
        venue_search_username: None,
        img_search_username: None,
        static_maps_provider: None,
        caption_length_max: 1024,
        message_length_max: 4096,
        webfile_dc_id: shared.dc_id,
        suggested_lang_code: None,
        lang_pack_version: None,
        base_lang_pack_version: None,
        reactions_default: None,
        autologin_token: None,
    })
}
