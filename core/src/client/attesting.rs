//! What the platform vouches for this app and device (MASVS RESILIENCE-1): handed on, and never judged here.

use thiserror::Error;

use super::Client;

/// What was given cannot stand in a header field: an attestation has 1 to 8192 visible ASCII characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an attestation has 1 to 8192 visible ASCII characters")]
pub struct NotAnAttestation;

impl Client {
    /// Has every signed request from now on carry this token (`Billpay-Attestation`: of Play Integrity, App Attest and
    /// the like), or none. It is kept in memory alone: after each open the shell gives it again, and a new one when its
    /// time is over. What it is worth is for the bank to say.
    ///
    /// # Errors
    /// [`NotAnAttestation`]; the one of before stays.
    pub fn set_attestation(&self, token: Option<&str>) -> Result<(), NotAnAttestation> {
        let fits = |token: &str| (1..=8192).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        if !token.is_none_or(fits) {
            return Err(NotAnAttestation);
        }
        self.0.caller.attest(token.map(str::to_owned));
        Ok(())
    }
}
