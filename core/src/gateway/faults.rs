//! From a client's error to the fault that the rest of the core knows: by types, never by texts,
//! and without anything of the request in it.

use std::{error::Error as StdError, io};

use jiff::Timestamp;
use rustls::{CertificateError, Error as TlsError, OtherError};

use super::verifier::PinMismatch;
use crate::platform::TransportFault;

/// No device clock is right that shows an earlier time: this source is younger.
pub(super) const SOURCE_DATE: Timestamp = Timestamp::constant(1_795_305_600, 0); // 2026-11-22

/// The fault of TLS in the causes of an error, if there is one. `now` is the device's time, `floor`
/// a time that has certainly passed.
pub(super) fn tls_fault(error: &(dyn StdError + 'static), now: Timestamp, floor: Timestamp) -> Option<TransportFault> {
    let fault = find::<TlsError>(error).map(classify)?;
    // A clock that is behind the past is wrong, and no other fault of time can be told with it.
    let provably_wrong = fault == TransportFault::CertificateTime && now < floor;
    Some(if provably_wrong { TransportFault::ClockWrong } else { fault })
}

/// Whether the peer's answer was no HTTP.
pub(super) fn no_http(error: &(dyn StdError + 'static)) -> bool {
    find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse)
}

/// The first error of that type in the chain of causes.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        // `source()` of an I/O error skips the very error that it wraps.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

// Both enums are open ones of rustls; what is not named here is a fault of the handshake.
#[allow(clippy::wildcard_enum_match_arm)]
fn classify(error: &TlsError) -> TransportFault {
    use CertificateError as C;
    let TlsError::InvalidCertificate(certificate) = error else {
        return TransportFault::Tls(error.to_string());
    };
    match certificate {
        C::Other(OtherError(other)) => match other.downcast_ref::<PinMismatch>() {
            Some(mismatch) => {
                TransportFault::PinMismatch { seen: mismatch.seen.iter().map(ToString::to_string).collect() }
            }
            None => TransportFault::Tls(error.to_string()),
        },
        // "Same subject, other key" shows as a bad signature.
        C::UnknownIssuer | C::BadSignature => TransportFault::Untrusted,
        C::NotValidForName | C::NotValidForNameContext { .. } => TransportFault::WrongName,
        C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. } => {
            TransportFault::CertificateTime
        }
        _ => TransportFault::Tls(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(error: TlsError, now: i64) -> Option<TransportFault> {
        let (now, floor) = (Timestamp::from_second(now).unwrap(), Timestamp::from_second(1_000).unwrap());
        tls_fault(&io::Error::other(io::Error::other(error)), now, floor)
    }

    #[test]
    fn a_clock_behind_the_past_is_wrong_and_no_other_is_blamed() {
        let expired = || TlsError::InvalidCertificate(CertificateError::NotValidYet);
        assert_eq!(fault(expired(), 999), Some(TransportFault::ClockWrong));
        assert_eq!(fault(expired(), 1_000), Some(TransportFault::CertificateTime));
        let unknown = || TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
        assert_eq!(fault(unknown(), 999), Some(TransportFault::Untrusted));
    }

    #[test]
    fn an_error_without_tls_has_no_fault_of_tls() {
        let error = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(tls_fault(&error, SOURCE_DATE, SOURCE_DATE), None);
    }

    #[test]
    fn the_source_date_is_the_date_that_it_says() {
        assert_eq!(SOURCE_DATE.to_string(), "2026-11-22T00:00:00Z");
    }
}
