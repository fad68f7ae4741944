//! The table as a page for people.

use super::Row;

/// Over the table.
const HEAD: &str = "# TLS: what the client thinks of a server

Written by `cargo run --release -p end-to-end -- tls --page`; CI compares (`./test`). Each row is a server of OpenSSL's on a
real socket with certificates of its own, looked at by `billpay doctor`. A payment meets the same verdicts, under
the same codes. *Required* names the codes of which one is wanted.

Revocation lists, OCSP and certificate transparency are not asked: pins, and certificates of short life, stand in
for them. That a change of pins ends connections and resumed sessions is held by `core/tests/tls.rs` (row 55).

| server | required | seen |
|---|---|---|
";

/// The whole page.
#[must_use]
pub fn page(rows: &[Row]) -> String {
    let line = |row: &Row| {
        // Of two codes that are as good, which one comes first is the network's affair.
        let required = row.required.join(" or ");
        let seen = if row.ok { required.clone() } else { format!("{} **not as required**", row.seen) };
        format!("| {} | {required} | {seen} |\n", row.server)
    };
    let table: String = rows.iter().map(line).collect();
    let accepted = rows.iter().filter(|row| row.required == ["accepted"]).count();
    format!("{HEAD}{table}\n{} servers, {accepted} of them to be accepted.\n", rows.len())
}
