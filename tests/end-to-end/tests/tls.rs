//! That the TLS table can tell clients apart. The table itself is run by `./test`, over OpenSSL's servers.
#![allow(clippy::unwrap_used, reason = "a test may fail there")]

/// What the last run wrote, which CI compares with a run of its own.
const PAGE: &str = include_str!("../../../docs/security/tls.md");

#[test]
fn a_client_that_accepts_everything_and_one_that_refuses_everything_would_both_be_found() {
    let rows: Vec<Vec<&str>> = PAGE
        .lines()
        .skip_while(|line| !line.starts_with("| server |"))
        .skip(2)
        .take_while(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let required = |row: &&Vec<&str>| row.get(1) == Some(&"accepted");
    let accepted = rows.iter().filter(required).count();
    assert!(rows.len() - accepted >= 20, "{} rows to be refused", rows.len() - accepted);
    assert!(accepted >= 8, "{accepted} rows to be accepted");
    assert!(rows.iter().all(|row| row.len() == 3 && row.get(1) == row.get(2)), "not all as required");
    // As the page itself counts them: not one is passed over here.
    let counted = format!("{} servers, {accepted} of them to be accepted.", rows.len());
    assert!(PAGE.contains(&counted), "{counted}");
}
