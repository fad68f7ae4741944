//! echoes/: what a person compares when an account is bound, and the digest by which an order says
//! that it was compared (`echo_digest` of Account, Quote and Order in the contract).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{base64url, sha256, tidy};

/// A file of echoes/.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EchoVector {
    /// What it shows.
    pub about: String,
    /// The biller's id.
    pub biller: String,
    /// The number that was looked up.
    pub customer_number: String,
    /// As the biller shows the holder.
    pub holder_masked: String,
    /// As the biller shows the address.
    pub address_masked: String,
    /// RFC 8785 form of the object of these four; its UTF-8 bytes are hashed.
    pub canonical: String,
    /// base64url of SHA-256 of those bytes.
    pub echo_digest: String,
}

/// All files of the folder.
#[must_use]
pub fn generate() -> BTreeMap<String, EchoVector> {
    let mut all = BTreeMap::new();
    for (name, about, holder, address) in [
        ("plain", "As most are.", "**明", "上海市浦东新区世纪大道***号*栋***室"),
        ("other-holder", "Another holder: another digest.", "**民", "上海市浦东新区世纪大道***号*栋***室"),
        ("no-address", "A biller that shows no address.", "**明", ""),
        ("escapes", "Characters that JSON escapes, and those that it must not.", "A\"*\\*\t", "5/7 <B> \u{7f}\u{2028}"),
        ("beyond-16-bits", "A character that UTF-16 writes as two.", "*𠮷", "😀路**号"),
    ] {
        let (biller, number) = ("power-sh", "3110001017");
        let canonical = tidy(&json!({
            "biller": biller, "customer_number": number, "holder_masked": holder, "address_masked": address
        }));
        let vector = EchoVector {
            about: about.into(),
            biller: biller.into(),
            customer_number: number.into(),
            holder_masked: holder.into(),
            address_masked: address.into(),
            echo_digest: base64url(&sha256(canonical.as_bytes())),
            canonical,
        };
        all.insert(name.to_owned(), vector);
    }
    all
}
