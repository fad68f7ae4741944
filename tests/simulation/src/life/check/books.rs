//! The ledgers, read whole through SQL.

use std::collections::{BTreeMap, BTreeSet};

use super::Scene;
use crate::life::{common::Unfit, keeper, record::Facts, suite::sha256};

/// An order at the bank.
pub(super) struct Order {
    pub(super) state: i64,
    pub(super) customer: String,
    pub(super) number: String,
    pub(super) digest: String,
    pub(super) biller: String,
    pub(super) bill: String,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) method: String,
    pub(super) held: i64,
}

pub(super) const CLAIMED: i64 = 1;
pub(super) const REVERSING: i64 = 2;
pub(super) const SETTLED: i64 = 3;
pub(super) const REFUSED: i64 = 4;
pub(super) const REVERSED: i64 = 5;

/// A movement of money at the bank.
pub(super) struct Posting {
    pub(super) payment: String,
    pub(super) debit: String,
    pub(super) credit: String,
    pub(super) minor: i64,
}

/// A document of the bank.
pub(super) struct Outcome {
    pub(super) payment: String,
    pub(super) epoch: String,
    pub(super) sequence: i64,
    pub(super) customer: String,
    pub(super) kind: String,
    pub(super) compact: String,
}

/// A number in a biller's books.
pub(super) struct Charge {
    pub(super) biller: String,
    pub(super) charged: bool,
    pub(super) bill: String,
    pub(super) version: i64,
    pub(super) amount: i64,
    pub(super) asked: i64,
    pub(super) at: i64,
}

/// A movement of money at a biller.
pub(super) struct Entry {
    pub(super) biller: String,
    pub(super) number: String,
    pub(super) debit: String,
    pub(super) credit: String,
    pub(super) amount: i64,
}

/// All of it.
pub(super) struct Books {
    pub(super) epoch: String,
    /// Payments on the operator's list, each with its reason and its date.
    pub(super) operator_list: BTreeSet<String>,
    /// What persons have said about payments, in order: ruling, who, whether it was done by this word.
    pub(super) rulings: BTreeMap<String, Vec<(String, String, bool)>>,
    pub(super) restored: bool,
    pub(super) orders: BTreeMap<String, Order>,
    pub(super) postings: Vec<Posting>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) balances: BTreeMap<String, i64>,
    /// By number, in hex. Tombstones are left out.
    pub(super) charges: BTreeMap<String, Charge>,
    pub(super) entries: Vec<Entry>,
    /// Kind of each bill.
    pub(super) kinds: BTreeMap<(String, String), String>,
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number under which the biller has to see the order of that digest (docs/payments.md, rule 3).
pub(in crate::life) fn number_of(digest: &[u8; 32]) -> String {
    hex(&sha256(&[&b"billpay-charge"[..], digest].concat()))
}

/// The charge of a payment that left a phone.
pub(super) fn charge_of<'a>(books: &'a Books, facts: &Facts, payment: &str) -> Option<&'a Charge> {
    books.charges.get(&number_of(&facts.sent.get(payment)?.digest))
}

/// Rule 4: after a restore nothing about an older order is decided automatically where the biller
/// leaves no tombstones; it is a person's to end, who has it on a list (I4). Where there are persons who
/// did (rule 12), nothing of the kind is left.
pub(super) fn by_hand(books: &Books, facts: &Facts, payment: &str) -> bool {
    let sent = facts.sent.get(payment);
    let ended = books.orders.get(payment).is_some_and(|order| !matches!(order.state, CLAIMED | REVERSING));
    let listed = books.operator_list.contains(payment);
    listed
        && books.restored
        && !ended
        && !facts.ruled
        && sent.is_some_and(|sent| sent.biller == "gas-sh" && sent.epoch != books.epoch)
}

impl Books {
    /// Whether a settled payment was given back: its charge was lost at the biller and could not be
    /// made again (rule 11).
    pub(super) fn is_repaid(&self, payment: &str) -> bool {
        self.outcomes.iter().any(|outcome| outcome.kind == "repayment" && outcome.payment == payment)
    }

    pub(super) fn read(scene: &Scene<'_>) -> Result<Self, Unfit> {
        let bank = keeper::connect(&scene.bank.ledger().path)?;
        let town = keeper::connect(&scene.town.books.path)?;
        let life = "SELECT epoch, restored_at IS NOT NULL FROM life";
        let (epoch, restored) = bank.query_row(life, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let mut look = bank.prepare("SELECT payment_id FROM operator_list WHERE reason <> '' AND since > 0")?;
        let operator_list = look.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut look = bank.prepare("SELECT payment_id, ruling, person, effect FROM ruling ORDER BY id")?;
        let mut rulings: BTreeMap<String, Vec<(String, String, bool)>> = BTreeMap::new();
        let mut rows = look.query([])?;
        while let Some(row) = rows.next()? {
            rulings.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?, row.get(3)?));
        }
        drop(rows);
        let mut look = bank.prepare(
            "SELECT payment_id, state, customer, number, digest, biller, bill_number, amount, fee, method, held
             FROM orders",
        )?;
        let orders = look.query_map([], |row| {
            let order = Order {
                state: row.get(1)?,
                customer: row.get(2)?,
                number: row.get(3)?,
                digest: row.get(4)?,
                biller: row.get(5)?,
                bill: row.get(6)?,
                amount: row.get(7)?,
                fee: row.get(8)?,
                method: row.get(9)?,
                held: row.get(10)?,
            };
            Ok((row.get(0)?, order))
        })?;
        let orders = orders.collect::<Result<_, _>>()?;
        let mut look = bank.prepare("SELECT payment_id, debit, credit, minor FROM posting ORDER BY id")?;
        let postings = look.query_map([], |row| {
            Ok(Posting { payment: row.get(0)?, debit: row.get(1)?, credit: row.get(2)?, minor: row.get(3)? })
        })?;
        let postings = postings.collect::<Result<_, _>>()?;
        let mut look = bank.prepare(
            "SELECT payment_id, epoch, sequence, customer, kind, compact FROM outcome ORDER BY customer, epoch, sequence",
        )?;
        let outcomes = look.query_map([], |row| {
            Ok(Outcome {
                payment: row.get(0)?,
                epoch: row.get(1)?,
                sequence: row.get(2)?,
                customer: row.get(3)?,
                kind: row.get(4)?,
                compact: row.get(5)?,
            })
        })?;
        let outcomes = outcomes.collect::<Result<_, _>>()?;
        let mut look = bank.prepare("SELECT id, balance FROM method")?;
        let balances = look.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let mut look = town.prepare(
            "SELECT number, biller, state = 'charged', bill, version_at, amount, billed, charged_at FROM charge
             WHERE bill IS NOT NULL",
        )?;
        let charges = look.query_map([], |row| {
            let charge = Charge {
                biller: row.get(1)?,
                charged: row.get(2)?,
                bill: row.get(3)?,
                version: row.get(4)?,
                amount: row.get(5)?,
                asked: row.get(6)?,
                at: row.get(7)?,
            };
            Ok((hex(&row.get::<_, Vec<u8>>(0)?), charge))
        })?;
        let charges = charges.collect::<Result<_, _>>()?;
        let mut look = town.prepare("SELECT biller, number, debit, credit, amount FROM entry ORDER BY id")?;
        let entries = look.query_map([], |row| {
            Ok(Entry {
                biller: row.get(0)?,
                number: hex(&row.get::<_, Vec<u8>>(1)?),
                debit: row.get(2)?,
                credit: row.get(3)?,
                amount: row.get(4)?,
            })
        })?;
        let entries = entries.collect::<Result<_, _>>()?;
        let mut look = town.prepare("SELECT biller, number, kind FROM bill")?;
        let kinds =
            look.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?.collect::<Result<_, _>>()?;
        Ok(Self {
            epoch,
            operator_list,
            rulings,
            restored,
            orders,
            postings,
            outcomes,
            balances,
            charges,
            entries,
            kinds,
        })
    }
}
