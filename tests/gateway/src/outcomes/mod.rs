//! The documents that the bank signs: receipts, refusals, reversals, and the credential of a device.
//!
//! | file | holds |
//! |---|---|
//! | [`jws`] | compact JWS (RFC 7515) by the receipt key, and the check of our own |
//! | [`legible`] | what of a biller's text is signed |
//! | [`payload`] | what the documents say |

pub mod jws;
pub mod legible;
pub mod payload;
