use std::fmt;

use super::framing::Framing;
use crate::primitives;
use crate::primitives::mtproto::KeyStream;

/// The 16-byte secret of an MTProto proxy (without the `dd` that asks for padding).
#[derive(Clone, Copy)]
pub(in crate::dc) struct ProxySecret(pub(in crate::dc) [u8; 16]);

impl fmt::Debug for ProxySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxySecret(..)")
    }
}

/// What the 64 bytes of an obfuscated connection settle.
pub(super) struct Streams {
    pub(super) framing: Framing,
    pub(super) from_client: KeyStream,
    pub(super) to_client: KeyStream,
    /// The id of the data centre the connection is for.
    pub(super) named: i32,
}

/// Reads the header directly or, failing that, with each proxy secret.
pub(super) fn open(header: &[u8; 64], secrets: &[ProxySecret]) -> Option<Streams> {
    std::iter::once(None).chain(secrets.iter().map(Some)).find_map(|secret| {
        let mut reversed = *header;
        reversed.reverse();
        let mut from_client = key_stream(header, secret);
        let to_client = key_stream(&reversed, secret);
        let mut plain = *header;
        from_client.apply(&mut plain);
        let framing = Framing::from_tag([plain[56], plain[57], plain[58], plain[59]])?;
        // Test data centres are 10000 and more, those for media below 0.
        let named = i32::from(i16::from_le_bytes([plain[60], plain[61]])).abs() % 10_000;
        Some(Streams { framing, from_client, to_client, named })
    })
}

/// Key at 8..40, IV at 40..56; a proxy's secret is hashed behind the key.
fn key_stream(header: &[u8; 64], secret: Option<&ProxySecret>) -> KeyStream {
    let mut key = [0; 32];
    key.copy_from_slice(&header[8..40]);
    if let Some(ProxySecret(secret)) = secret {
        key = primitives::sha256(&[&key, secret]);
    }
    let mut iv = [0; 16];
    iv.copy_from_slice(&header[40..56]);
    KeyStream::new(&key, &iv)
}
