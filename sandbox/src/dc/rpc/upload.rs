//! File parts, up and down.

use grammers_tl_types as tl;
use tl::{Identifiable as _, enums, functions, types};

use super::caller::{Answer, Caller, bot, call, user};
use crate::dc::clock;
use crate::dc::shared::Shared;
use telegram_passport::cloud::{CloudError, FileLocation, FileRange};

pub(super) fn answer(shared: &Shared, caller: &Caller, id: u32, rest: &[u8]) -> Option<Answer> {
    let state = &shared.state;
    match id {
        functions::upload::SaveFilePart::CONSTRUCTOR_ID => {
            call(rest, |request: functions::upload::SaveFilePart| {
                let part = number(request.file_part, "FILE_PART_INVALID")?;
                state.save_file_part(user(shared, caller)?, request.file_id, part, request.bytes)?;
                Ok(true)
            })
        }
        functions::upload::SaveBigFilePart::CONSTRUCTOR_ID => {
            call(rest, |request: functions::upload::SaveBigFilePart| {
                let part = number(request.file_part, "FILE_PART_INVALID")?;
                let total = number(request.file_total_parts, "FILE_PARTS_INVALID")?;
                state.save_big_file_part(
                    user(shared, caller)?,
                    request.file_id,
                    part,
                    total,
                    request.bytes,
                )?;
                Ok(true)
            })
        }
        functions::upload::GetFile::CONSTRUCTOR_ID => {
            call(rest, |request: functions::upload::GetFile| file(shared, caller, request))
        }
        _ => None,
    }
}

fn file(
    shared: &Shared,
    caller: &Caller,
    request: functions::upload::GetFile,
) -> Result<enums::upload::File, CloudError> {
    let enums::InputFileLocation::InputSecureFileLocation(location) = request.location else {
        return Err(CloudError::from_rpc(400, "LOCATION_INVALID"));
    };
    let location = FileLocation { id: location.id, access_hash: location.access_hash, dc_id: shared.dc_id };
    let range = FileRange {
        offset: u64::try_from(request.offset).map_err(|_| CloudError::from_rpc(400, "OFFSET_INVALID"))?,
        limit: number(request.limit, "LIMIT_INVALID")?,
        precise: request.precise,
    };
    let reader = user(shared, caller).or_else(|_| bot(shared, caller))?;
    let home = shared.homes.of_files(shared.dc_id);
    if home != shared.dc_id {
        return Err(CloudError::from_rpc(303, &format!("FILE_MIGRATE_{home}")));
    }
    let mut chunk = shared.state.file_part(reader, location, shared.faults.misplace(range))?;
    shared.faults.tamper_with_file(&mut chunk);
    Ok(enums::upload::File::File(types::upload::File {
        r#type: enums::storage::FileType::FileUnknown,
        mtime: clock::date(chunk.modified.seconds()),
        bytes: chunk.bytes,
    }))
}

fn number(number: i32, error: &str) -> Result<u32, CloudError> {
    u32::try_from(number).map_err(|_| CloudError::from_rpc(400, error))
}
