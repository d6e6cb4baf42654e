//! Strips and tiles, decompressed.

use std::io::Read;

use flate2::read::ZlibDecoder;
use weezl::{BitOrder, LzwStatus};
use zeroize::Zeroizing;

use super::fault::Fault;
use super::fax;
use super::page::{Chunk, Compression, Page};

/// The bytes of so many rows of a strip or tile, as they were before compression.
pub(super) fn unpack(
    page: &Page,
    chunk: Chunk,
    bytes: &[u8],
    rows: usize,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let wanted = page.row_bytes() * rows;
    let whole = chunk.start..chunk.furthest_end;
    let stated = chunk.start..chunk.stated_end.unwrap_or(chunk.furthest_end).min(bytes.len());
    let attempt = |range: std::ops::Range<usize>| {
        let data = bytes.get(range).ok_or(Fault::Short)?;
        if page.low_bit_first {
            let turned = Zeroizing::new(data.iter().map(|byte| byte.reverse_bits()).collect::<Vec<u8>>());
            return decompress(page, &turned, wanted, rows);
        }
        decompress(page, data, wanted, rows)
    };
    match attempt(stated.clone()) {
        // The count may be too small: what follows up to other data is then still the strip's.
        Err(Fault::Short | Fault::Bad) if whole.end > stated.end => attempt(whole),
        unpacked => unpacked,
    }
}

fn decompress(page: &Page, data: &[u8], wanted: usize, rows: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    match page.compression {
        Compression::None => data.get(..wanted).map(|data| data.to_vec().into()).ok_or(Fault::Short),
        Compression::PackBits => pack_bits(data, wanted),
        Compression::Lzw => lzw(data, wanted),
        Compression::Deflate => deflate(data, wanted),
        Compression::Fax(coding) if page.interleaved() * page.sample.bits() == 1 => {
            fax::decode(data, page.chunk_width, rows, coding)
        }
        Compression::Fax(_) => Err(Fault::Unsupported("fax compression of a picture in colour")),
        Compression::Jpeg | Compression::OldJpeg => Err(Fault::Bad),
    }
}

/// A byte n below 128 is followed by n + 1 bytes as they are, above by one to be repeated 257 - n times.
fn pack_bits(data: &[u8], wanted: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut unpacked = Zeroizing::new(Vec::with_capacity(wanted + 128));
    let mut rest = data;
    while unpacked.len() < wanted {
        let (&head, after) = rest.split_first().ok_or(Fault::Short)?;
        rest = match head {
            0..128 => {
                let (run, after) = after.split_at_checked(usize::from(head) + 1).ok_or(Fault::Short)?;
                unpacked.extend(run);
                after
            }
            128 => after,
            129.. => {
                let (&byte, after) = after.split_first().ok_or(Fault::Short)?;
                unpacked.extend(std::iter::repeat_n(byte, 257 - usize::from(head)));
                after
            }
        };
    }
    unpacked.truncate(wanted);
    Ok(unpacked)
}

fn lzw(data: &[u8], wanted: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    // Until 1992 codes lay with their least significant bit first; then a strip begins so.
    let old = data.starts_with(&[0]) && data.get(1).is_some_and(|byte| byte & 1 == 1);
    let mut decoder = if old {
        weezl::decode::Decoder::new(BitOrder::Lsb, 8)
    } else {
        weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
    };
    let mut unpacked = Zeroizing::new(vec![0; wanted]);
    let (mut from, mut to) = (0, 0);
    while to < wanted {
        let step = decoder.decode_bytes(&data[from..], &mut unpacked[to..]);
        from += step.consumed_in;
        to += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
            Ok(_) if to == wanted => {}
            Ok(_) => return Err(Fault::Short),
            Err(_) => return Err(Fault::Bad),
        }
    }
    Ok(unpacked)
}

fn deflate(data: &[u8], wanted: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut unpacked = Zeroizing::new(vec![0; wanted]);
    ZlibDecoder::new(data).read_exact(&mut unpacked).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Fault::Short,
        _ => Fault::Bad,
    })?;
    Ok(unpacked)
}
