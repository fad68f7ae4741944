//! Pure helpers over bytes that several rooms share: canonical JSON, digests, thumbprints,
//! signature formats, and the cryptographic suite that ships. No I/O, no clock, no randomness.

pub mod canonical;
pub mod der;
pub mod digest;
pub mod jwk;
pub mod jws;
pub mod suite;
pub mod thumbprint;
