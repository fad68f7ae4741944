//! Looks at everything and names what is broken, for the doctor and for tests (I9). Repairs and
//! deletes nothing.

use super::{
    Store, StoreError, Tx,
    seal::{Keys, Place},
};

/// The tables whose rows are sealed.
pub(super) const TABLES: [&str; 9] =
    ["setting", "account", "bill", "payment", "outcome", "outcome_search", "unverified", "event", "drawer"];

/// Most rows and pages named: a file that is lost altogether needs no longer list.
pub(super) const MOST: usize = 100;

/// What is broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What SQLite says of its own structure.
    pub structure: Vec<String>,
    /// Table and id of rows that do not open, at most 100 in all.
    pub rows: Vec<(&'static str, String)>,
    /// How many rows were looked at.
    pub seen: u64,
}

impl Findings {
    /// Whether nothing is broken.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.structure.is_empty() && self.rows.is_empty()
    }
}

impl Store {
    /// Opens every row; takes as long as that takes. While locked it looks at the structure alone.
    ///
    /// # Errors
    /// Those that end the search; damage is a finding, not an error, as long as SQLite can go on.
    pub fn check(&self) -> Result<Findings, StoreError> {
        self.read_long(|tx| {
            let mut findings = Findings {
                structure: tx.select("PRAGMA integrity_check(100)", [], |row| row.get(0))?,
                ..Findings::default()
            };
            findings.structure.retain(|line| line != "ok");
            if let Some(keys) = tx.keys.as_deref() {
                for table in TABLES {
                    tx.check_table(keys, table, &mut findings)?;
                }
            }
            Ok(findings)
        })
    }
}

impl Tx<'_> {
    fn check_table(&self, keys: &Keys, table: &'static str, findings: &mut Findings) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare(&format!("SELECT * FROM {table}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            findings.seen += 1;
            let (place, sealed) = Place::of_row(self.profile, table, row)?;
            if keys.open(&sealed, &place).is_err() && findings.rows.len() < MOST {
                findings.rows.push((table, row.get("id")?));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::migrate::STEPS, TABLES};

    #[test]
    fn every_sealed_table_is_looked_at() {
        let tables: Vec<&str> = STEPS
            .iter()
            .flat_map(|step| step.split("CREATE TABLE ").skip(1))
            .filter(|text| text.split(';').next().is_some_and(|table| table.contains("sealed")))
            .filter_map(|text| text.split('(').next())
            .collect();
        assert_eq!(tables, TABLES);
    }
}
