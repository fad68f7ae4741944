//! The ledgers of the bank and of the billers, read from their files by SQL of our own.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use crate::Outcome;

/// An order at the bank.
#[derive(Clone, Debug)]
pub struct Order {
    /// The payment id.
    pub payment: String,
    /// Of the signed order, in base64url.
    pub digest: String,
    /// Under which the biller sees it, in hex.
    pub number: String,
    /// To whom.
    pub biller: String,
    /// To the biller, in minor units.
    pub amount: i64,
    /// To the bank.
    pub fee: i64,
    /// `open`, `settled`, `refused`, `reversed`: the words of the client.
    pub state: String,
    /// Still held for it.
    pub held: i64,
}

/// A charge number at a biller.
#[derive(Clone, Debug)]
pub struct Charge {
    /// At whom.
    pub biller: String,
    /// In hex.
    pub number: String,
    /// Neither undone nor a tombstone.
    pub stands: bool,
    /// What was charged; `None` for a tombstone.
    pub bill: Option<String>,
    /// The bill's version before it.
    pub version: i64,
    /// In minor units.
    pub amount: i64,
    /// What the biller has received under this number, less what it gave back, by its entries.
    pub received: i64,
}

/// A bill at a biller.
#[derive(Clone, Debug)]
pub struct Bill {
    /// At whom.
    pub biller: String,
    /// Its number.
    pub number: String,
    /// A top-up account has no sum that is asked.
    pub top_up: bool,
    /// Asked in all.
    pub billed: i64,
    /// Received in all, by the bill itself.
    pub received: i64,
}

/// A place of money at the bank.
#[derive(Clone, Debug)]
pub struct Place {
    /// `customer:…`, `held:…`, `biller:…`, `fees`, `bank`.
    pub name: String,
    /// What came less what went.
    pub net: i64,
}

/// Both, as they are now.
#[derive(Clone, Debug, Default)]
pub struct Ledgers {
    /// The bank's orders.
    pub orders: Vec<Order>,
    /// Signed outcomes: payment, kind, the document itself.
    pub outcomes: Vec<(String, String, String)>,
    /// Where the bank's money is.
    pub places: Vec<Place>,
    /// What customers have: method, balance.
    pub balances: Vec<(String, i64)>,
    /// The billers' charges.
    pub charges: Vec<Charge>,
    /// The billers' bills.
    pub bills: Vec<Bill>,
}

impl Ledgers {
    /// Reads the files in a sandbox's folder, and writes nothing.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(folder: &Path) -> Outcome<Self> {
        let (bank, billers) = (open(&folder.join("ledger.db"))?, open(&folder.join("billers.db"))?);
        // One moment of each file, not one of each table.
        bank.execute_batch("BEGIN")?;
        billers.execute_batch("BEGIN")?;
        Ok(Self {
            orders: all(
                &bank,
                "SELECT payment_id, digest, number, biller, amount, fee,
                   CASE state WHEN 3 THEN 'settled' WHEN 4 THEN 'refused' WHEN 5 THEN 'reversed' ELSE 'open' END, held
                 FROM orders ORDER BY payment_id",
                |row| {
                    Ok(Order {
                        payment: row.get(0)?,
                        digest: row.get(1)?,
                        number: row.get(2)?,
                        biller: row.get(3)?,
                        amount: row.get(4)?,
                        fee: row.get(5)?,
                        state: row.get(6)?,
                        held: row.get(7)?,
                    })
                },
            )?,
            outcomes: all(&bank, "SELECT payment_id, kind, compact FROM outcome ORDER BY customer, sequence", |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?,
            places: all(
                &bank,
                "SELECT place, sum(minor) FROM (
                   SELECT credit AS place, minor FROM posting UNION ALL SELECT debit, -minor FROM posting
                 ) GROUP BY place ORDER BY place",
                |row| Ok(Place { name: row.get(0)?, net: row.get(1)? }),
            )?,
            balances: all(&bank, "SELECT id, balance FROM method ORDER BY id", |row| Ok((row.get(0)?, row.get(1)?)))?,
            charges: all(
                &billers,
                "SELECT biller, lower(hex(number)), state = 'charged', bill, coalesce(version_at, -1),
                   coalesce(amount, 0),
                   (SELECT coalesce(sum(CASE WHEN debit = 'bank' THEN amount ELSE -amount END), 0) FROM entry e
                    WHERE e.biller = c.biller AND e.number = c.number)
                 FROM charge c ORDER BY biller, number",
                |row| {
                    Ok(Charge {
                        biller: row.get(0)?,
                        number: row.get(1)?,
                        stands: row.get(2)?,
                        bill: row.get(3)?,
                        version: row.get(4)?,
                        amount: row.get(5)?,
                        received: row.get(6)?,
                    })
                },
            )?,
            bills: all(
                &billers,
                "SELECT biller, number, kind = 'top_up', billed, received FROM bill ORDER BY biller, number",
                |row| {
                    Ok(Bill {
                        biller: row.get(0)?,
                        number: row.get(1)?,
                        top_up: row.get(2)?,
                        billed: row.get(3)?,
                        received: row.get(4)?,
                    })
                },
            )?,
        })
    }

    /// What the places whose names begin so have got.
    #[must_use]
    pub fn net(&self, prefix: &str) -> i64 {
        self.places.iter().filter(|place| place.name.starts_with(prefix)).map(|place| place.net).sum()
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], read)?.collect()
}
