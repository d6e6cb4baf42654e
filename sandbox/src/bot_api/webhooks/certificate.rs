//! Whom a webhook over https has to be: exactly who has the certificate that the bot uploaded.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

/// What a connection to a webhook with this certificate asks for; without one, nobody is trusted: the sandbox knows no
/// authority. `None` for what is no certificate.
pub(super) fn tls(certificate: Option<&str>) -> Option<ClientConfig> {
    let pinned = match certificate {
        Some(pem) => Some(CertificateDer::from_pem_slice(pem.as_bytes()).ok()?),
        None => None,
    };
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Pinned { pinned, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    // Dangerous is what compares with something else than the very certificate.
    Some(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Trusts one certificate, whatever it says of itself: one made as Telegram's manual says names no host, and is an
/// authority of its own, which the usual check refuses.
#[derive(Debug)]
struct Pinned {
    pinned: Option<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.pinned {
            Some(pinned) if pinned == end_entity => Ok(ServerCertVerified::assertion()),
            _ => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
