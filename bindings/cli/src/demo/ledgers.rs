//! The bank's and the billers' ledgers, read from their files by SQL of our own: nothing of the code
//! that wrote them is believed here.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

/// An order in the bank's ledger.
pub(super) struct Order {
    pub id: String,
    /// Under which the biller sees it, in hex.
    pub number: String,
    pub biller: String,
    pub bill: String,
    pub amount: i64,
    pub fee: i64,
    pub state: OrderState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderState {
    Open,
    Settled,
    Refused,
    Reversed,
}

/// A movement of money in the bank's ledger.
pub(super) struct Posting {
    pub debit: String,
    pub credit: String,
    pub minor: i64,
}

/// A number in a biller's books.
pub(super) struct Charge {
    pub biller: String,
    /// In hex.
    pub number: String,
    pub standing: bool,
    /// None for a tombstone.
    pub bill: Option<String>,
    pub version: Option<i64>,
    /// Of the bill, as it is now.
    pub version_now: i64,
    pub amount: i64,
    /// Asked in all when it was charged.
    pub billed: i64,
    /// Milliseconds since 1970.
    pub charged_at: i64,
    pub top_up: bool,
}

/// A movement of money in a biller's books.
pub(super) struct Entry {
    pub biller: String,
    pub number: String,
    pub came: bool,
    pub minor: i64,
}

pub(super) struct Ledgers {
    pub orders: Vec<Order>,
    pub postings: Vec<Posting>,
    /// Payment, kind.
    pub outcomes: Vec<(String, String)>,
    pub charges: Vec<Charge>,
    pub entries: Vec<Entry>,
}

impl Ledgers {
    /// Reads both, and writes nothing.
    pub(super) fn read(folder: &Path) -> rusqlite::Result<Self> {
        let (bank, billers) = (open(&folder.join("ledger.db"))?, open(&folder.join("billers.db"))?);
        Ok(Self {
            orders: all(
                &bank,
                "SELECT payment_id, number, biller, bill_number, amount, fee, state FROM orders ORDER BY taken_at",
                |row| {
                    let state = match row.get::<_, i64>(6)? {
                        3 => OrderState::Settled,
                        4 => OrderState::Refused,
                        5 => OrderState::Reversed,
                        _ => OrderState::Open,
                    };
                    Ok(Order {
                        id: row.get(0)?,
                        number: row.get(1)?,
                        biller: row.get(2)?,
                        bill: row.get(3)?,
                        amount: row.get(4)?,
                        fee: row.get(5)?,
                        state,
                    })
                },
            )?,
            postings: all(&bank, "SELECT debit, credit, minor FROM posting ORDER BY id", |row| {
                Ok(Posting { debit: row.get(0)?, credit: row.get(1)?, minor: row.get(2)? })
            })?,
            outcomes: all(&bank, "SELECT payment_id, kind FROM outcome ORDER BY sequence", |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?,
            charges: all(
                &billers,
                "SELECT c.biller, lower(hex(c.number)), c.state = 'charged', c.bill, c.version_at,
                   coalesce(c.amount, 0), coalesce(c.billed, 0), coalesce(c.charged_at, 0),
                   coalesce(b.kind = 'top_up', 0), coalesce(b.version, 0)
                 FROM charge c LEFT JOIN bill b ON b.biller = c.biller AND b.number = c.bill ORDER BY c.charged_at",
                |row| {
                    Ok(Charge {
                        biller: row.get(0)?,
                        number: row.get(1)?,
                        standing: row.get(2)?,
                        bill: row.get(3)?,
                        version: row.get(4)?,
                        amount: row.get(5)?,
                        billed: row.get(6)?,
                        charged_at: row.get(7)?,
                        top_up: row.get(8)?,
                        version_now: row.get(9)?,
                    })
                },
            )?,
            entries: all(
                &billers,
                "SELECT biller, lower(hex(number)), debit = 'bank', amount FROM entry ORDER BY id",
                |row| Ok(Entry { biller: row.get(0)?, number: row.get(1)?, came: row.get(2)?, minor: row.get(3)? }),
            )?,
        })
    }

    /// What all movements at the bank leave in places of that prefix.
    pub(super) fn balance(&self, prefix: &str) -> i64 {
        let of = |posting: &Posting| {
            let came = if posting.credit.starts_with(prefix) { posting.minor } else { 0 };
            let went = if posting.debit.starts_with(prefix) { posting.minor } else { 0 };
            came - went
        };
        self.postings.iter().map(of).sum()
    }

    /// What a biller has received, less what it gave back, for one number or for all.
    pub(super) fn received(&self, biller: &str, number: Option<&str>) -> i64 {
        let of = |entry: &&Entry| entry.biller == biller && number.is_none_or(|number| entry.number == number);
        self.entries.iter().filter(of).map(|entry| if entry.came { entry.minor } else { -entry.minor }).sum()
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], read)?.collect()
}
