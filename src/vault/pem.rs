use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// One PEM block: its label and what it encodes.
pub(super) struct Pem<'a> {
    pub(super) label: &'a str,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// Whether the first block is encrypted inside, the old way of OpenSSL: `RSA PRIVATE KEY` with headers (RFC 1421).
pub(super) fn is_encrypted_inside(text: &str) -> bool {
    let block = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END));
    block.is_some_and(|(body, _)| body.lines().any(|line| line.trim_end() == "Proc-Type: 4,ENCRYPTED"))
}

/// Reads the first block. Text around it, the length of lines and their ends (LF, CRLF) do not matter, as for the
/// official clients; the base64 itself is strict. `None` if it is not PEM.
pub(super) fn parse(text: &str) -> Option<Pem<'_>> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (label, rest) = rest.split_once(DASHES)?;
    let (body, end) = rest.split_once(END)?;
    if !end.strip_prefix(label)?.starts_with(DASHES) {
        return None;
    }
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    base64.extend(body.chars().filter(|character| !character.is_ascii_whitespace()));
    let mut der = Zeroizing::new(vec![0; base64.len() / 4 * 3 + 3]);
    let length = STANDARD.decode_slice(base64.as_bytes(), &mut der).ok()?;
    der.truncate(length);
    Some(Pem { label, der })
}
