//! A short burst (fault 25), and that its reader of the ledgers finds what must not be.
#![allow(clippy::unwrap_used)]

use benches::burst::{Plan, audit_again, run};
use end_to_end::audit::Invariant;
use rusqlite::Connection;

#[tokio::test(flavor = "multi_thread")]
async fn fault_25_a_burst_of_orders_loses_none_and_doubles_none() {
    let (report, crowd) = run(Plan { seconds: 1, a_second: 200 }, |_| {}).await;
    assert!(report.is_ok(), "{report:?}");
    assert_eq!((report.orders, report.ends, report.bills), (200, 200, 100));

    // The same reader, with books that are wrong: one bill twice, and a cent that is nowhere.
    let billers = Connection::open(crowd.ledgers().join("billers.db")).unwrap();
    let doubled = "UPDATE charge SET bill = (SELECT bill FROM charge WHERE state = 'charged' ORDER BY number LIMIT 1),
        version_at = (SELECT version_at FROM charge WHERE state = 'charged' ORDER BY number LIMIT 1)
        WHERE number = (SELECT max(number) FROM charge WHERE state = 'charged')";
    assert_eq!(billers.execute(doubled, []).unwrap(), 1);
    let found = audit_again(&crowd);
    assert!(found.violations.iter().any(|one| one.invariant == Invariant::I1), "{found:?}");
    let bank = Connection::open(crowd.ledgers().join("ledger.db")).unwrap();
    assert_eq!(bank.execute("UPDATE method SET balance = balance + 1 WHERE id = 'm_C1001_account'", []).unwrap(), 1);
    let found = audit_again(&crowd);
    assert!(found.violations.iter().any(|one| one.what.starts_with("m_C1001_account")), "{found:?}");
    crowd.stop().await;
}
