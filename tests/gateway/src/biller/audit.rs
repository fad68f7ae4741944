//! The billers' books, read by someone who does not believe them: the sums are made from the
//! entries, and compared with what the bills and charges claim.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{Billers, BillersError};
use crate::leg::ChargeNumber;

/// What the books say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// By biller, from the entries alone.
    pub sums: BTreeMap<String, Sums>,
    /// One line for each thing that cannot be, with the invariant that it breaks.
    pub broken: Vec<String>,
}

/// Money that went through a biller, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Received from the bank.
    pub received_minor: i64,
    /// Given back to it.
    pub given_back_minor: i64,
}

/// A number in a biller's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeLine {
    /// The biller.
    pub biller: String,
    /// The number.
    pub number: ChargeNumber,
    /// Charged, and not undone.
    pub charged: bool,
    /// The bill and the version that it was charged for; none for a tombstone.
    pub payable: Option<(String, i64)>,
    /// In minor units; 0 for a tombstone.
    pub amount_minor: i64,
    /// The biller's reference; empty for a tombstone.
    pub reference: String,
}

/// Each entry as a movement of one bill: in is positive, out negative.
const MOVES: &str = "WITH move(id, biller, number, bill, amount) AS (
   SELECT id, biller, number, credit, amount FROM entry WHERE debit = 'bank'
   UNION ALL SELECT id, biller, number, debit, -amount FROM entry WHERE credit = 'bank')";

/// Each gives a line per thing that is wrong.
const CHECKS: &[(&str, &str)] = &[
    (
        "I1 two unreversed charges of one payable",
        "SELECT biller || ' ' || bill || ' v' || version_at FROM charge WHERE state = 'charged'
         GROUP BY biller, bill, version_at HAVING count(*) > 1",
    ),
    (
        "I1 more received than was asked",
        ", running AS (SELECT biller, number, bill, amount, sum(amount) OVER (PARTITION BY biller, bill ORDER BY id) AS held
           FROM move)
         SELECT r.biller || ' ' || r.bill FROM running r JOIN charge c USING (biller, number)
         JOIN bill b ON b.biller = r.biller AND b.number = r.bill
         WHERE b.kind = 'bill' AND r.amount > 0 AND r.held > c.billed",
    ),
    (
        "I5 a charge whose entries are not one receipt and, if undone, one return",
        "SELECT c.biller || ' ' || hex(c.number) FROM charge c LEFT JOIN
           (SELECT biller, number, sum(debit = 'bank') AS ins, sum(credit = 'bank') AS outs, count(*) AS entries,
            min(amount) AS least, max(amount) AS most FROM entry GROUP BY biller, number) e USING (biller, number)
         WHERE c.bill IS NOT NULL AND (e.ins IS NOT 1 OR e.outs IS NOT (c.state = 'undone')
           OR e.entries IS NOT e.ins + e.outs OR e.least <> c.amount OR e.most <> c.amount)",
    ),
    (
        "I5 an entry without a charge, or of a tombstone, or of another bill",
        "SELECT e.biller || ' ' || e.id FROM entry e LEFT JOIN charge c USING (biller, number)
         WHERE c.bill IS NULL OR iif(e.debit = 'bank', e.credit, e.debit) <> c.bill",
    ),
    (
        "I5 a bill that does not hold what its entries brought",
        " SELECT b.biller || ' ' || b.number FROM bill b LEFT JOIN
           (SELECT biller, bill, sum(amount) AS held FROM move GROUP BY biller, bill) m
         ON m.biller = b.biller AND m.bill = b.number WHERE b.received <> coalesce(m.held, 0)",
    ),
    (
        "I5 a bill whose state is not what it received",
        "SELECT biller || ' ' || number FROM bill WHERE kind = 'bill' AND (
           (state = 'paid' AND received < billed) OR (state = 'open' AND received >= billed))",
    ),
];

impl Billers {
    /// Reads the books and says what cannot be.
    ///
    /// # Errors
    /// They cannot be read: that is not the same as "all is well".
    pub fn audit(&self) -> Result<Audit, BillersError> {
        let connection = self.lock();
        let mut audit = Audit { sums: sums(&connection)?, broken: Vec::new() };
        for (what, sql) in CHECKS {
            let mut statement = connection.prepare_cached(&format!("{MOVES} {sql}"))?;
            for line in statement.query_map([], |row| row.get::<_, String>(0))? {
                audit.broken.push(format!("{what}: {}", line?));
            }
        }
        Ok(audit)
    }

    /// Every number that the books know, by biller and number.
    ///
    /// # Errors
    /// The books.
    pub fn charges(&self) -> Result<Vec<ChargeLine>, BillersError> {
        let connection = self.lock();
        let sql = "SELECT biller, number, state, bill, version_at, amount, reference FROM charge
                   ORDER BY biller, number";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let (bill, version): (Option<String>, Option<i64>) = (row.get("bill")?, row.get("version_at")?);
            lines.push(ChargeLine {
                biller: row.get("biller")?,
                number: ChargeNumber::new(row.get("number")?),
                charged: row.get_ref("state")?.as_str().is_ok_and(|state| state == "charged"),
                payable: bill.zip(version),
                amount_minor: row.get::<_, Option<i64>>("amount")?.unwrap_or(0),
                reference: row.get::<_, Option<String>>("reference")?.unwrap_or_default(),
            });
        }
        Ok(lines)
    }
}

fn sums(connection: &Connection) -> Result<BTreeMap<String, Sums>, BillersError> {
    let sql = "SELECT b.id, (SELECT coalesce(sum(amount), 0) FROM entry WHERE biller = b.id AND debit = 'bank'),
               (SELECT coalesce(sum(amount), 0) FROM entry WHERE biller = b.id AND credit = 'bank') FROM biller b";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, Sums { received_minor: row.get(1)?, given_back_minor: row.get(2)? }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
