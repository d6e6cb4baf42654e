//! How large what is read may be, and what becomes of it.

/// Most bytes of input: 100 MiB.
pub const MAX_INPUT_BYTES: usize = 100 * 1024 * 1024;
/// Most bytes of a picture that a converter made: 512 MiB. A photo of 48 megapixels has some 100 MiB without loss.
pub const MAX_CONVERTED_BYTES: usize = 512 * 1024 * 1024;
/// Most bytes of a scan: 10 MiB, as official clients check.
pub const MAX_JPEG_BYTES: usize = 10 * 1024 * 1024;
/// Most pixels that are decoded at all.
pub const MAX_PIXELS: u64 = 120_000_000;
/// Longest side of a scan, in pixels.
pub const MAX_SIDE: u32 = 2048;
/// One side may be at most this many times the other.
pub const MAX_RATIO: u32 = 20;
/// The JPEG quality of Telegram's own clients.
pub const QUALITY: u8 = 89;
