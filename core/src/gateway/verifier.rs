//! TLS server verification with pinned keys.
//!
//! A server is accepted when three things hold: a path from its certificate to a configured root
//! passes every `WebPKI` check, its certificate is valid for the host, and *that path* (leaf,
//! intermediates or root) holds a pinned key. A pinned certificate that is merely sent along proves
//! nothing, because it is not on the path (CVE-2016-2402).
//!
//! rustls does not ask again when a session is resumed: whoever changes the pins must drop the
//! sessions with them. Revocation lists and certificate transparency are not asked: pins, and the
//! short lives of certificates, stand in for them.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, PeerIncompatible, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use thiserror::Error as ThisError;
use webpki::{EndEntityCert, KeyUsage, VerifiedPath};

use crate::model::pins::{Pin, PinSet};

/// The server is one that every ordinary client would trust, but none of its keys is pinned.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[error("the server's certificate is valid, but none of its keys is pinned")]
pub struct PinMismatch {
    /// The keys on the validated path, leaf first.
    pub seen: Vec<Pin>,
}

/// Accepts TLS 1.3 servers of the pinned host whose validated path holds a pinned key.
#[derive(Debug)]
pub struct PinnedVerifier {
    roots: Arc<RootCertStore>,
    pins: PinSet,
    algorithms: WebPkiSupportedAlgorithms,
}

type PathCheck<'a> = Option<&'a dyn Fn(&VerifiedPath<'_>) -> Result<(), webpki::Error>>;

impl PinnedVerifier {
    /// A verifier for these roots and pins; `algorithms` are those of the crypto provider.
    #[must_use]
    pub fn new(roots: Arc<RootCertStore>, pins: PinSet, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { roots, pins, algorithms }
    }

    /// The keys of the first path that passes every `WebPKI` check and `check`.
    fn valid_path(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        check: PathCheck<'_>,
    ) -> Result<Vec<Pin>, webpki::Error> {
        let leaf = EndEntityCert::try_from(end_entity)?;
        let usage = KeyUsage::server_auth();
        let roots = &self.roots.roots;
        leaf.verify_for_usage(self.algorithms.all, roots, intermediates, now, usage, None, check)
            .map(|path| keys_of(&path))
    }

    /// The keys of a path that is valid, one with a pinned key where there is one; none where no path is.
    pub(super) fn best_path(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Vec<Pin> {
        let pinned = self.pinned_path(end_entity, intermediates, now);
        pinned.or_else(|_| self.valid_path(end_entity, intermediates, now, None)).unwrap_or_default()
    }

    /// Looks for a path that is valid and holds a pinned key.
    fn pinned_path(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Vec<Pin>, webpki::Error> {
        // Where this refuses a path, webpki goes on to the next.
        let holds_pin = |path: &VerifiedPath<'_>| {
            let pinned = keys_of(path).into_iter().any(|key| self.pins.holds(key));
            pinned.then_some(()).ok_or(webpki::Error::UnknownIssuer)
        };
        self.valid_path(end_entity, intermediates, now, Some(&holds_pin))
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // The transport connects to no other host; this makes it true of every caller.
        if !server_name.to_str().eq_ignore_ascii_case(self.pins.host()) {
            return Err(Error::General("no pins for this host".to_owned()));
        }
        let leaf = ParsedCertificate::try_from(end_entity)?;
        let pinned = self.pinned_path(end_entity, intermediates, now);
        // Every other fault is named first, so that a mismatch means: valid for all but us.
        if pinned.is_err() {
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&leaf, &self.roots, intermediates, now, algorithms)?;
        }
        verify_server_name(&leaf, server_name)?;
        if pinned.is_ok() {
            return Ok(ServerCertVerified::assertion());
        }
        let seen = self.valid_path(end_entity, intermediates, now, None).unwrap_or_default();
        let mismatch = OtherError(Arc::new(PinMismatch { seen }));
        Err(CertificateError::Other(mismatch).into())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The keys of a path: leaf, intermediates, root.
fn keys_of(path: &VerifiedPath<'_>) -> Vec<Pin> {
    let mut keys = vec![Pin::of(&path.end_entity().subject_public_key_info())];
    keys.extend(path.intermediate_certificates().map(|cert| Pin::of(&cert.subject_public_key_info())));
    keys.push(Pin::of(&in_sequence(&path.anchor().subject_public_key_info)));
    keys
}

/// Puts back the DER SEQUENCE header that a trust anchor's key lacks in [`webpki`].
fn in_sequence(content: &[u8]) -> Vec<u8> {
    let mut length: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    // The long form gives first how many bytes of length follow: never more than eight.
    let count = u8::try_from(length.len()).unwrap_or(u8::MAX);
    match length.first() {
        None => length.push(0),
        Some(short) if count == 1 && *short < 0x80 => {}
        Some(_) => length.insert(0, 0x80 | count),
    }
    [&[0x30], length.as_slice(), content].concat()
}

#[cfg(test)]
mod tests {
    use rustls::DistinguishedName;

    use super::*;

    #[test]
    fn sequence_headers_are_der() {
        for n in [0, 1, 89, 127, 128, 255, 256, 294, 550, 65_000, 70_000] {
            let content = vec![7; n];
            assert_eq!(in_sequence(&content), DistinguishedName::in_sequence(&content).as_ref(), "{n}");
        }
    }
}
