use std::fmt;

#[cfg(feature = "mtproto")]
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

const PREFIX: &str = "tg://login?token=";

/// No token is near as long; a QR code of this size still fits a terminal.
const MAX_TOKEN_LENGTH: usize = 512;

/// A link that signs a device in when a signed-in one approves it: `tg://login?token=…`.
///
/// Whoever has it may be let in instead, so it is shown to the person and to nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginLink(Zeroizing<String>);

/// It is no login link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a login link: it begins with {PREFIX} and goes on in base64url")]
pub struct LoginLinkError;

impl LoginLink {
    /// The link with this token, unless it is none.
    #[cfg(feature = "mtproto")]
    pub(crate) fn of_token(token: &[u8]) -> Result<Self, LoginLinkError> {
        let token = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(token));
        Self::parse(&Zeroizing::new(format!("{PREFIX}{}", *token)))
    }

    /// Reads a link, as a QR code contains it.
    ///
    /// # Errors
    ///
    /// [`LoginLinkError`] if it is anything else.
    pub fn parse(link: &str) -> Result<Self, LoginLinkError> {
        let token = link.trim().strip_prefix(PREFIX).ok_or(LoginLinkError)?;
        let base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
        let sound = (1..=MAX_TOKEN_LENGTH).contains(&token.len()) && token.bytes().all(base64url);
        if sound { Ok(Self(Zeroizing::new(link.trim().to_owned()))) } else { Err(LoginLinkError) }
    }

    /// The link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The link as a QR code made of characters, one line for two rows, with a quiet border; dark on a light
    /// terminal and light on a dark one, both of which phones read.
    #[must_use]
    pub fn to_terminal(&self) -> String {
        let code = QrCode::with_error_correction_level(self.0.as_bytes(), EcLevel::L);
        code.expect("a link of that length fits a QR code").render::<Dense1x2>().build()
    }
}

impl fmt::Debug for LoginLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginLink").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_login_links_are_taken() {
        assert_eq!(LoginLink::parse(" tg://login?token=AB-_= ").unwrap().as_str(), "tg://login?token=AB-_=");
        let long = format!("{PREFIX}{}", "A".repeat(513));
        for link in
            ["", "tg://login", "tg://login?token=", "tg://login?token=a b", "https://t.me/x", long.as_str()]
        {
            assert_eq!(LoginLink::parse(link), Err(LoginLinkError), "{link}");
        }
    }

    #[cfg(feature = "mtproto")]
    #[test]
    fn a_servers_token_makes_a_link_or_none() {
        assert_eq!(LoginLink::of_token(&[0xFB, 0xFF]).unwrap().as_str(), "tg://login?token=-_8");
        for none in [&[][..], &[7; 400]] {
            assert_eq!(LoginLink::of_token(none), Err(LoginLinkError));
        }
    }

    #[test]
    fn the_longest_link_can_be_drawn_and_is_not_printed_otherwise() {
        let link = LoginLink::parse(&format!("{PREFIX}{}", "A".repeat(512))).unwrap();
        let drawn = link.to_terminal();
        let widths: Vec<usize> = drawn.lines().map(|line| line.chars().count()).collect();
        assert!(widths.len() > 20 && widths.iter().all(|width| *width == widths[0]));
        assert_eq!(format!("{link:?}"), "LoginLink { .. }");
    }
}
