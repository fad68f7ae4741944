//! The table as a page for people.

use super::Row;

/// Over the table.
const HEAD: &str = "# TLS: what the client thinks of a server

Written by `cargo run --release -p end-to-end -- tls --page`; CI compares (`./test`). Each row is a server of OpenSSL's on a
real socket with certificates of its own, looked at by `billpay doctor`. A payment meets the same verdicts, under
the same codes. *Required* names the codes of which one is wanted.

Revocation lists, OCSP and certificate transparency are not asked: pins, and certificates of short life, stand in
for them: a certificate that wants a stapled answer is taken without one, unless it says so critically.

What takes more than one look is held by `core/tests/tls.rs`, over sockets as well:

| held | by |
|---|---|
| After a change of pins no session is resumed: the next handshake is a full one, with its pins | `row_55_a_change_of_pins_drops_connections_and_sessions` |
| nor is a connection used that was kept open | `row_55_a_change_of_pins_leaves_no_kept_connection_in_use` |
| A session made without pins, for the trust document, is never resumed with them | `row_56_a_session_made_without_pins_is_never_resumed_with_them` |
| Not a byte is sent early, nor offered, though the session would carry it | `row_53_nothing_is_sent_early_though_the_session_would_carry_it` |
| A connection costs one round trip before its request, cold or resumed | `row_53_a_connection_costs_one_round_trip_before_its_request_cold_or_resumed` |
| Another path is tried where one lacks the pin, in whatever order they are sent | `row_54_another_path_is_tried_when_one_lacks_the_pin` |
| A wrong clock and a wrong certificate are told apart | `row_53_a_wrong_clock_and_a_wrong_certificate_are_told_apart` |

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
