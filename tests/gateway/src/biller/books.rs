//! What is read from and written to the billers' books. Nothing here decides: the house asks
//! [`super::transition`] with what [`Books::payable`] and the like say, and writes down its word.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::{
    BillersError, masking,
    seeds::{SeedAccount, SeedBill},
    transition::{Payable, State},
};
use crate::{
    leg::{
        ChargeNumber,
        answer::{Account, Bill, BillState, Item, Kind, Landed},
        request::Charge,
    },
    plant,
};

/// The only currency of the sandbox's billers (ISO 4217).
pub const CURRENCY: &str = "CNY";

/// The books of one biller, inside a transaction.
pub(super) struct Books<'a> {
    pub(super) connection: &'a Connection,
    pub(super) biller: &'a str,
    pub(super) partial: bool,
    pub(super) now: Timestamp,
}

/// What is special about an account at this moment.
pub(super) struct Special {
    pub(super) revises: i64,
    pub(super) refuses: i64,
    pub(super) slow_ms: u32,
}

/// A number that the books know.
pub(super) struct Known {
    pub(super) state: State,
    /// None for a tombstone.
    pub(super) landed: Option<Landed>,
    pub(super) bill: Option<String>,
}

impl Books<'_> {
    /// Whether the biller is closed, and until when.
    pub(super) fn closed(&self) -> Result<(bool, Option<Timestamp>), BillersError> {
        let sql = "SELECT closed, retry_at FROM biller WHERE id = ?1";
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?));
        let (closed, retry_at) = self.connection.prepare_cached(sql)?.query_row([self.biller], row)?;
        Ok((closed, retry_at.map(time).transpose()?))
    }

    /// What is special about an account, if there is such a one.
    pub(super) fn special(&self, customer: &str) -> Result<Option<Special>, BillersError> {
        let sql = "SELECT revises, refuses, slow_ms FROM account WHERE biller = ?1 AND number = ?2";
        let row = |row: &Row<'_>| Ok(Special { revises: row.get(0)?, refuses: row.get(1)?, slow_ms: row.get(2)? });
        Ok(self.connection.prepare_cached(sql)?.query_row([self.biller, customer], row).optional()?)
    }

    /// Where a number stands.
    pub(super) fn known(&self, number: ChargeNumber) -> Result<Option<Known>, BillersError> {
        let sql = "SELECT state, reference, version_after, amount, bill FROM charge WHERE biller = ?1 AND number = ?2";
        type Columns = (String, Option<String>, Option<i64>, Option<i64>, Option<String>);
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        let mut statement = self.connection.prepare_cached(sql)?;
        let found: Option<Columns> = statement.query_row(params![self.biller, number.bytes()], row).optional()?;
        let Some((state, reference, version, amount, bill)) = found else { return Ok(None) };
        let state = match state.as_str() {
            "charged" => State::Charged,
            "undone" => State::Undone,
            _ => return Err(BillersError::Broken("charge.state")),
        };
        let landed = match (reference, version, amount) {
            (Some(reference), Some(version), Some(amount_minor)) => Some(Landed { reference, version, amount_minor }),
            (None, None, None) => None,
            _ => return Err(BillersError::Broken("charge")),
        };
        Ok(Some(Known { state, landed, bill }))
    }

    /// How a new charge finds its payable.
    pub(super) fn payable(&self, charge: &Charge) -> Result<Payable, BillersError> {
        let Some((customer, bill)) = self.bill(&charge.bill_number)? else { return Ok(Payable::Wrong) };
        if customer != charge.customer_number || charge.currency != CURRENCY || bill.state == BillState::Cancelled {
            return Ok(Payable::Wrong);
        }
        if bill.state == BillState::Paid {
            return Ok(Payable::Taken);
        }
        if bill.version != charge.version {
            let sql = "SELECT 1 FROM charge WHERE biller = ?1 AND bill = ?2 AND version_at = ?3 AND state = 'charged'";
            let of = params![self.biller, charge.bill_number, charge.version];
            let taken = self.connection.prepare_cached(sql)?.exists(of)?;
            return Ok(if taken { Payable::Taken } else { Payable::Stale });
        }
        let fits = (bill.minimum_minor..=bill.maximum_minor).contains(&charge.amount_minor);
        Ok(if fits { Payable::Open } else { Payable::Wrong })
    }

    /// Writes a charge down: the number, the money, and the bill's new version.
    pub(super) fn charge(&self, charge: &Charge, reference: &str) -> Result<Landed, BillersError> {
        let after = charge.version.saturating_add(1);
        let billed: i64 = self
            .connection
            .prepare_cached("SELECT billed FROM bill WHERE biller = ?1 AND number = ?2")?
            .query_row([self.biller, &charge.bill_number], |row| row.get(0))?;
        let raise = i64::from(!plant::is("version-not-raised"));
        self.connection
            .prepare_cached(
                "UPDATE bill SET version = version + :raise, received = received + :amount, updated_at = :now,
                 state = CASE WHEN kind = 'bill' AND received + :amount >= billed THEN 'paid' ELSE state END
                 WHERE biller = :biller AND number = :bill",
            )?
            .execute(named_params! {
                ":raise": raise, ":amount": charge.amount_minor, ":now": self.now.as_millisecond(),
                ":biller": self.biller, ":bill": charge.bill_number,
            })?;
        self.connection
            .prepare_cached(
                "INSERT INTO charge(biller, number, state, bill, version_at, version_after, amount, billed, reference,
                 charged_at) VALUES (?1, ?2, 'charged', ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                self.biller,
                charge.number.bytes(),
                charge.bill_number,
                charge.version,
                after,
                charge.amount_minor,
                billed,
                reference,
                self.now.as_millisecond(),
            ])?;
        self.entry(charge.number, "bank", &charge.bill_number, charge.amount_minor)?;
        if plant::is("biller-credits-twice") {
            self.entry(charge.number, "bank", &charge.bill_number, charge.amount_minor)?;
        }
        Ok(Landed { reference: reference.to_owned(), version: after, amount_minor: charge.amount_minor })
    }

    /// Undoes a charge: gives the money back and reopens the bill, under a new version.
    pub(super) fn undo(&self, number: ChargeNumber, bill: &str, amount: i64) -> Result<(), BillersError> {
        self.connection
            .prepare_cached("UPDATE charge SET state = 'undone', undone_at = ?3 WHERE biller = ?1 AND number = ?2")?
            .execute(params![self.biller, number.bytes(), self.now.as_millisecond()])?;
        self.connection
            .prepare_cached(
                "UPDATE bill SET version = version + 1, received = received - :amount, updated_at = :now,
                 state = CASE WHEN kind = 'bill' AND state = 'paid' AND received - :amount < billed
                         THEN 'open' ELSE state END
                 WHERE biller = :biller AND number = :bill",
            )?
            .execute(named_params! {
                ":amount": amount, ":now": self.now.as_millisecond(), ":biller": self.biller, ":bill": bill,
            })?;
        if plant::is("refund-keeps-the-money") {
            return Ok(());
        }
        self.entry(number, bill, "bank", amount)
    }

    /// Sees to it that a number that was never charged never will be.
    pub(super) fn tombstone(&self, number: ChargeNumber) -> Result<(), BillersError> {
        self.connection
            .prepare_cached("INSERT INTO charge(biller, number, state, undone_at) VALUES (?1, ?2, 'undone', ?3)")?
            .execute(params![self.biller, number.bytes(), self.now.as_millisecond()])?;
        Ok(())
    }

    fn entry(&self, number: ChargeNumber, debit: &str, credit: &str, amount: i64) -> Result<(), BillersError> {
        self.connection
            .prepare_cached(
                "INSERT INTO entry(biller, number, debit, credit, amount, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![self.biller, number.bytes(), debit, credit, amount, self.now.as_millisecond()])?;
        Ok(())
    }

    /// One charge fewer to refuse.
    pub(super) fn refused_once(&self, customer: &str) -> Result<(), BillersError> {
        let sql = "UPDATE account SET refuses = refuses - 1 WHERE biller = ?1 AND number = ?2 AND refuses > 0";
        self.connection.prepare_cached(sql)?.execute([self.biller, customer])?;
        Ok(())
    }

    /// One revision fewer to make.
    pub(super) fn revised_once(&self, customer: &str) -> Result<(), BillersError> {
        let sql = "UPDATE account SET revises = revises - 1 WHERE biller = ?1 AND number = ?2 AND revises > 0";
        self.connection.prepare_cached(sql)?.execute([self.biller, customer])?;
        Ok(())
    }

    /// An account with all its bills: those that are open, oldest first, then the others, newest first.
    pub(super) fn account(&self, customer: &str) -> Result<Option<Account>, BillersError> {
        let sql = "SELECT holder, address FROM account WHERE biller = ?1 AND number = ?2";
        let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let mut statement = self.connection.prepare_cached(sql)?;
        let Some((holder, address)) = statement.query_row([self.biller, customer], row).optional()? else {
            return Ok(None);
        };
        let sql = "SELECT * FROM bill WHERE biller = ?1 AND customer = ?2 ORDER BY due_date, number";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([self.biller, customer])?;
        let mut bills = Vec::new();
        while let Some(row) = rows.next()? {
            bills.push(self.read_bill(row)?.1);
        }
        let (open, mut ended): (Vec<_>, Vec<_>) = bills.into_iter().partition(|bill| bill.state == BillState::Open);
        ended.sort_by_key(|bill| std::cmp::Reverse(bill.updated_at));
        let (holder_masked, address_masked) = (masking::holder(&holder), masking::address(&address));
        Ok(Some(Account { holder_masked, address_masked, bills: [open, ended].concat(), more: None }))
    }

    /// A bill, and whose it is.
    pub(super) fn bill(&self, number: &str) -> Result<Option<(String, Bill)>, BillersError> {
        let mut statement = self.connection.prepare_cached("SELECT * FROM bill WHERE biller = ?1 AND number = ?2")?;
        let mut rows = statement.query([self.biller, number])?;
        match rows.next()? {
            Some(row) => Ok(Some(self.read_bill(row)?)),
            None => Ok(None),
        }
    }

    fn read_bill(&self, row: &Row<'_>) -> Result<(String, Bill), BillersError> {
        let kind = Kind::parse(row.get_ref("kind")?.as_str().unwrap_or_default());
        let kind = kind.ok_or(BillersError::Broken("bill.kind"))?;
        let state = BillState::parse(row.get_ref("state")?.as_str().unwrap_or_default());
        let state = state.ok_or(BillersError::Broken("bill.state"))?;
        let (billed, received): (i64, i64) = (row.get("billed")?, row.get("received")?);
        let (minimum, maximum): (i64, i64) = (row.get("minimum")?, row.get("maximum")?);
        let amount = match (kind, state) {
            (Kind::Bill, BillState::Open) => billed.saturating_sub(received).max(0),
            (Kind::Bill, BillState::Paid | BillState::Cancelled) | (Kind::TopUp, _) => 0,
        };
        let (minimum_minor, maximum_minor) = match kind {
            Kind::TopUp => (minimum, maximum),
            Kind::Bill if self.partial => (minimum.min(amount), amount),
            Kind::Bill => (amount, amount),
        };
        let due: Option<String> = row.get("due_date")?;
        let due_date = due.map(|due| due.parse().map_err(|_| BillersError::Broken("bill.due_date"))).transpose()?;
        let items: Vec<(String, i64)> = serde_json::from_str(row.get_ref("items")?.as_str().unwrap_or_default())
            .map_err(|_| BillersError::Broken("bill.items"))?;
        let bill = Bill {
            bill_number: row.get("number")?,
            version: row.get("version")?,
            kind,
            state,
            currency: CURRENCY.to_owned(),
            amount_minor: amount,
            minimum_minor,
            maximum_minor,
            late_fee_minor: row.get("late_fee")?,
            period: row.get("period")?,
            due_date,
            updated_at: time(row.get("updated_at")?)?,
            items: items.into_iter().map(|(label, amount_minor)| Item { label, amount_minor }).collect(),
        };
        Ok((row.get("customer")?, bill))
    }

    /// Asks another amount from now on, under a new version. A paid bill that asks for more is open
    /// again. Gives whether there was such a bill.
    pub(super) fn revise(&self, bill: &str, amount: i64) -> Result<bool, BillersError> {
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE bill SET billed = received + :amount, version = version + 1, updated_at = :now,
                 items = '[]', state = CASE WHEN :amount > 0 THEN 'open' ELSE 'paid' END
                 WHERE biller = :biller AND number = :bill AND kind = 'bill' AND state <> 'cancelled'",
            )?
            .execute(named_params! {
                ":amount": amount, ":now": self.now.as_millisecond(), ":biller": self.biller, ":bill": bill,
            })?;
        Ok(changed == 1)
    }

    /// Withdraws an open bill, under a new version. Gives whether there was one.
    pub(super) fn cancel(&self, bill: &str) -> Result<bool, BillersError> {
        let sql = "UPDATE bill SET state = 'cancelled', version = version + 1, updated_at = ?3
                   WHERE biller = ?1 AND number = ?2 AND kind = 'bill' AND state = 'open'";
        let changed =
            self.connection.prepare_cached(sql)?.execute(params![self.biller, bill, self.now.as_millisecond()])?;
        Ok(changed == 1)
    }

    /// A new account, with its bills.
    pub(super) fn add_account(&self, account: &SeedAccount) -> Result<(), BillersError> {
        let sql = "INSERT INTO account(biller, number, holder, address, revises, refuses, slow_ms)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
        let behaviour = account.behaviour;
        let added = self.connection.prepare_cached(sql)?.execute(params![
            self.biller,
            account.number,
            account.holder,
            account.address,
            behaviour.revises,
            behaviour.refuses,
            behaviour.slow_ms,
        ])?;
        if added == 0 {
            return Err(BillersError::AlreadyThere);
        }
        account.bills.iter().try_for_each(|bill| self.add_bill(&account.number, bill))
    }

    /// A new bill of an account.
    pub(super) fn add_bill(&self, customer: &str, bill: &SeedBill) -> Result<(), BillersError> {
        let state = if bill.paid { BillState::Paid } else { BillState::Open };
        // What was paid before the sandbox began is in nobody's ledger here.
        let billed = if bill.paid { 0 } else { bill.amount_minor };
        let items = serde_json::to_string(&bill.items).map_err(|_| BillersError::Broken("bill.items"))?;
        let sql = "INSERT INTO bill(biller, number, customer, kind, state, version, billed, received, minimum, maximum,
                   late_fee, period, due_date, updated_at, items)
                   VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, 0, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING";
        let added = self.connection.prepare_cached(sql)?.execute(params![
            self.biller,
            bill.number,
            customer,
            bill.kind.as_str(),
            state.as_str(),
            billed,
            bill.minimum_minor,
            bill.maximum_minor,
            bill.late_fee_minor,
            bill.period,
            bill.due_date.map(|date| date.to_string()),
            self.now.as_millisecond(),
            items,
        ])?;
        if added == 0 { Err(BillersError::AlreadyThere) } else { Ok(()) }
    }
}

pub(super) fn time(millis: i64) -> Result<Timestamp, BillersError> {
    Timestamp::from_millisecond(millis).map_err(|_| BillersError::Broken("time"))
}
