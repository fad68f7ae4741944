//! The lines of the bank's statements, as they came, and what they say together about a number.

use rusqlite::{Row, params};

use super::{
    super::{BillersError, books::Books, transition::State},
    compare::Said,
};
use crate::{
    leg::{
        ChargeNumber,
        differences::Difference,
        statement::{Line, LineKind},
    },
    moment,
};

/// How far the moment of a charge may be from the day that the bank names. The bank does not know that
/// moment: an order is good for minutes, a message for five more, and clocks differ by one or two.
pub(super) const EDGE_MS: i64 = 15 * 60_000;

/// What was said of a number.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) said: Said,
    pub(super) twice: bool,
    pub(super) line: Option<Named>,
}

/// What the line that counts names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) bill: String,
    pub(super) amount: i64,
    pub(super) charge_day: i64,
    pub(super) corrects: bool,
}

/// What the books have under a number.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) state: State,
    pub(super) bill: Option<String>,
    pub(super) amount: Option<i64>,
    pub(super) charged_at: Option<i64>,
}

fn code(kind: LineKind) -> i64 {
    match kind {
        LineKind::Open => 0,
        LineKind::Charged => 1,
        LineKind::Undone => 2,
        LineKind::Repaid => 3,
    }
}

fn said(code: i64) -> Result<Said, BillersError> {
    match code {
        0 => Ok(Said::Open),
        1 => Ok(Said::Charged),
        2 => Ok(Said::Undone),
        3 => Ok(Said::Repaid),
        _ => Err(BillersError::Broken("stated.kind")),
    }
}

struct OneLine {
    kind: i64,
    corrects: bool,
    day: i64,
    times: i64,
    named: Named,
}

impl Books<'_> {
    /// Takes a line of the statement of `day`. A correction counts in the place of one that came before it, of
    /// the same day as well.
    pub(super) fn state(&self, line: &Line, day: i64) -> Result<(), BillersError> {
        let sql = "INSERT INTO stated(biller, number, kind, corrects, day, bill, amount, charge_day, times)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)
                   ON CONFLICT DO UPDATE SET
                      times = iif(corrects AND (bill, amount) IS NOT (?6, ?7), 1, times + 1),
                      bill = iif(corrects, ?6, bill), amount = iif(corrects, ?7, amount)";
        self.connection.prepare_cached(sql)?.execute(params![
            self.biller,
            line.number.bytes(),
            code(line.kind),
            line.corrects,
            day,
            line.bill_number,
            line.amount_minor,
            moment::day_of(line.day),
        ])?;
        Ok(())
    }

    /// Forgets the lines of a statement that did not come whole.
    pub(super) fn forget_lines(&self, day: i64) -> Result<(), BillersError> {
        let sql = "DELETE FROM stated WHERE biller = ?1 AND day = ?2
                   AND NOT EXISTS (SELECT 1 FROM reconciled WHERE biller = ?1 AND day = ?2)";
        self.connection.prepare_cached(sql)?.execute(params![self.biller, day])?;
        Ok(())
    }

    /// What all lines about a number say together: the furthest end; or a correction, and what came
    /// after it.
    pub(super) fn told(&self, number: ChargeNumber) -> Result<Told, BillersError> {
        let sql = "SELECT kind, corrects, day, times, bill, amount, charge_day FROM stated
                   WHERE biller = ?1 AND number = ?2 ORDER BY day, corrects, kind";
        let mut look = self.connection.prepare_cached(sql)?;
        let row = |row: &Row<'_>| {
            let corrects = row.get(1)?;
            let named = Named { bill: row.get(4)?, amount: row.get(5)?, charge_day: row.get(6)?, corrects };
            Ok(OneLine { kind: row.get(0)?, corrects, day: row.get(2)?, times: row.get(3)?, named })
        };
        let rows = look.query_map(params![self.biller, number.bytes()], row)?.collect::<Result<Vec<_>, _>>()?;
        let corrected = rows.iter().rposition(|row| row.corrects);
        let since = corrected.and_then(|at| rows.get(at)).map(|row| row.day);
        let counts: Vec<&OneLine> = match (corrected, since) {
            (Some(at), Some(day)) => {
                rows.iter().enumerate().filter(|(nth, row)| *nth == at || row.day > day).map(|(_, row)| row).collect()
            }
            _ => rows.iter().collect(),
        };
        let Some(best) = counts.iter().max_by_key(|row| row.kind) else {
            return Ok(Told { said: Said::Nothing, twice: false, line: None });
        };
        let times: i64 = counts.iter().filter(|row| row.kind == best.kind && row.kind > 0).map(|row| row.times).sum();
        Ok(Told { said: said(best.kind)?, twice: times > 1, line: Some(best.named.clone()) })
    }

    /// What the books have under a number.
    pub(super) fn own(&self, number: ChargeNumber) -> Result<Own, BillersError> {
        let sql = "SELECT charged_at FROM charge WHERE biller = ?1 AND number = ?2";
        let Some(known) = self.known(number)? else {
            return Ok(Own { state: State::Unknown, bill: None, amount: None, charged_at: None });
        };
        let mut look = self.connection.prepare_cached(sql)?;
        let charged_at = look.query_row(params![self.biller, number.bytes()], |row| row.get(0))?;
        let amount = known.landed.map(|landed| landed.amount_minor);
        Ok(Own { state: known.state, bill: known.bill, amount, charged_at })
    }

    /// Whether a number was missing here once: its charge is a later one than the bank speaks of.
    pub(super) fn was_missing(&self, number: ChargeNumber) -> Result<bool, BillersError> {
        let sql = "SELECT 1 FROM difference WHERE biller = ?1 AND number = ?2 AND what = ?3";
        let missing = Difference::ExtraLine.as_str();
        Ok(self.connection.prepare_cached(sql)?.exists(params![self.biller, number.bytes(), missing])?)
    }

    /// Numbers that the statement of `day` names.
    pub(super) fn named_on(&self, day: i64, after: Option<ChargeNumber>) -> Result<Vec<ChargeNumber>, BillersError> {
        let sql = "SELECT DISTINCT number FROM stated INDEXED BY stated_on
                   WHERE biller = ?1 AND day = ?2 AND number > ?3 ORDER BY number LIMIT 500";
        self.numbers(sql, day, day, after)
    }

    /// Numbers that are charged here, on which no line was ever: those whose line had to be on `day` or
    /// before. A charge close to the end of the day may be the bank's of the next one.
    pub(super) fn unnamed_on(&self, day: i64, after: Option<ChargeNumber>) -> Result<Vec<ChargeNumber>, BillersError> {
        // From where the page before ended, along the index: a whole day may be missing.
        let sql = "SELECT number FROM charge c WHERE biller = ?1 AND charged_at < ?4 AND state = 'charged'
                   AND (charged_at, number) > (coalesce(
                      (SELECT charged_at FROM charge WHERE biller = ?1 AND number = ?3), ?2 - 1), ?3)
                   AND NOT EXISTS (SELECT 1 FROM stated s WHERE s.biller = c.biller AND s.number = c.number)
                   ORDER BY charged_at, number LIMIT 500";
        let (from, until) = (moment::day_begins(day) - EDGE_MS, moment::day_begins(day + 1) - EDGE_MS);
        self.numbers(sql, from, until, after)
    }

    /// Numbers that an earlier statement listed as open, and neither this one nor any other since.
    pub(super) fn dropped_on(&self, day: i64, after: Option<ChargeNumber>) -> Result<Vec<ChargeNumber>, BillersError> {
        let sql = "SELECT DISTINCT number FROM stated o INDEXED BY stated_open
                   WHERE biller = ?1 AND day < ?2 AND kind = 0 AND number > ?3
                   AND NOT EXISTS (SELECT 1 FROM stated s WHERE s.biller = o.biller AND s.number = o.number
                      AND (s.kind > 0 OR s.day >= ?4))
                   ORDER BY number LIMIT 500";
        self.numbers(sql, day, day, after)
    }

    fn numbers(
        &self,
        sql: &str,
        second: i64,
        fourth: i64,
        after: Option<ChargeNumber>,
    ) -> Result<Vec<ChargeNumber>, BillersError> {
        // Below every number is the empty one.
        let after = after.map(|number| number.bytes().to_vec()).unwrap_or_default();
        let mut look = self.connection.prepare_cached(sql)?;
        let rows = if look.parameter_count() == 4 {
            look.query_map(params![self.biller, second, after, fourth], |row| row.get::<_, [u8; 32]>(0))?
                .collect::<Result<Vec<_>, _>>()?
        } else {
            look.query_map(params![self.biller, second, after], |row| row.get::<_, [u8; 32]>(0))?
                .collect::<Result<Vec<_>, _>>()?
        };
        Ok(rows.into_iter().map(ChargeNumber::new).collect())
    }

    /// The statement of a day that was checked before, by the signature of its last page.
    pub(super) fn checked(&self, day: i64) -> Result<Option<String>, BillersError> {
        use rusqlite::OptionalExtension as _;
        let sql = "SELECT signature FROM reconciled WHERE biller = ?1 AND day = ?2";
        let mut look = self.connection.prepare_cached(sql)?;
        Ok(look.query_row(params![self.biller, day], |row| row.get(0)).optional()?)
    }

    /// The statement of a day is checked.
    pub(super) fn check(&self, day: i64, signature: &str, lines: i64) -> Result<(), BillersError> {
        let sql = "INSERT INTO reconciled(biller, day, signature, lines, at) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO UPDATE SET at = ?5";
        let now = self.now.as_millisecond();
        self.connection.prepare_cached(sql)?.execute(params![self.biller, day, signature, lines, now])?;
        Ok(())
    }

    /// The first day that was not checked yet, of those up to `yesterday`: the one after the last that was;
    /// before that, the one on which the books were opened, as a restore may have taken every charge out of
    /// them. Books that were opened since are asked about yesterday, of which there is a statement all the same.
    pub(super) fn next_day(&self, yesterday: i64) -> Result<i64, BillersError> {
        let sql = "SELECT (SELECT max(day) + 1 FROM reconciled WHERE biller = ?1),
                   (SELECT min(at) FROM (SELECT min(charged_at) AS at FROM charge WHERE biller = ?1
                    UNION ALL SELECT opened_at FROM biller WHERE id = ?1))";
        let mut look = self.connection.prepare_cached(sql)?;
        let (next, opened): (Option<i64>, Option<i64>) =
            look.query_row(params![self.biller], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let first = opened.map_or(yesterday, moment::bank_day).min(yesterday);
        Ok(next.unwrap_or(first))
    }
}
