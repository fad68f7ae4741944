//! Brings a file to the present schema: numbered steps, each in one transaction with its number.
//!
//! A fresh file goes through the same steps as an old one, so the two cannot drift apart. A newer
//! file is refused before anything is written.

use rusqlite::Connection;

use super::OpenError;
use crate::platform::Rng;

/// The newest schema that this core knows.
pub const SCHEMA: i64 = STEPS.len() as i64;

/// `STEPS[n]` leads from schema n to n + 1. Steps that were released never change.
pub(super) const STEPS: &[&str] =
    &[include_str!("migrations/0001_first.sql"), include_str!("migrations/0002_drawer.sql")];

/// As step 1 sets it.
const APPLICATION: i64 = 0x6270_6179;

/// More steps than there will be: a number above is none that any version wrote.
const MOST: i64 = 100;

/// What step 1 makes.
const FIRST: [&str; 9] =
    ["profile", "setting", "account", "bill", "payment", "outcome", "outcome_search", "unverified", "event"];

/// Whether a table of that name is there.
const THERE: &str = "EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)";

/// What step 2 makes. All that is in it the documents say, too.
const CATALOGUE: &str = "drawer";

/// Runs the missing steps from the schema that [`known`] found, and gives the profile's id, made at random in step 1.
/// Without an `rng` the profile must be there already.
pub(super) fn migrate(connection: &Connection, found: i64, rng: Option<&dyn Rng>) -> Result<String, OpenError> {
    migrate_from(connection, found, rng, STEPS).and_then(|()| profile(connection)).map_err(rotten)
}

fn profile(connection: &Connection) -> Result<String, OpenError> {
    // In one question: every one of them is waited for by whoever opens the app.
    let both = format!("SELECT profile, {THERE} FROM profile WHERE id = 1");
    let found: Option<(Option<String>, bool)> = connection
        .query_row(&both, [CATALOGUE], |row| Ok((row.get(0)?, row.get(1)?)))
        .map(Some)
        .or_else(absent_is_none)?;
    let (profile, catalogue) = found.ok_or(OpenError::Damaged)?;
    if !catalogue {
        make_catalogue(connection)?;
    }
    // Step 1 wrote it in the same commit as the tables: without it, the file is not whole.
    profile.ok_or(OpenError::Damaged)
}

/// Makes the table of the catalogue where somebody took it away: what was in it is written anew out of the documents.
pub(super) fn make_catalogue(connection: &Connection) -> Result<(), rusqlite::Error> {
    if connection.query_row(&format!("SELECT {THERE}"), [CATALOGUE], |row| row.get(0))? {
        return Ok(());
    }
    tracing::warn!("the catalogue of receipts is gone, and is made anew");
    STEPS.get(1).map_or(Ok(()), |step| connection.execute_batch(step))
}

/// What SQLite cannot make sense of, of statements that never change, is what the file says.
pub(super) fn rotten(error: OpenError) -> OpenError {
    const ERROR: i32 = 1;
    if matches!(error, OpenError::Sqlite(code) if code & 0xff == ERROR) { OpenError::Damaged } else { error }
}

/// Brings an empty file to the schema of its number, for a profile that there is already.
pub(super) fn make(connection: &Connection, profile: &str, canary: &[u8]) -> Result<(), OpenError> {
    struct Nothing;
    impl Rng for Nothing {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }
    migrate_by(connection, Some(&Nothing), STEPS)?;
    connection.execute("UPDATE profile SET profile = ?1, canary = ?2", (profile, canary))?;
    Ok(())
}

/// Refuses a file that is another program's or a later version's; writes nothing. Gives its schema, 0 of a new file.
pub(super) fn known(connection: &Connection) -> Result<i64, OpenError> {
    supported(connection, SCHEMA).map_err(rotten)
}

fn supported(connection: &Connection, supported: i64) -> Result<i64, OpenError> {
    let found = schema(connection)?;
    if found > supported { Err(OpenError::Newer { found, supported }) } else { Ok(found) }
}

fn migrate_by(connection: &Connection, rng: Option<&dyn Rng>, steps: &[&str]) -> Result<(), OpenError> {
    let found = supported(connection, i64::try_from(steps.len()).unwrap_or(i64::MAX))?;
    migrate_from(connection, found, rng, steps)
}

fn migrate_from(connection: &Connection, found: i64, rng: Option<&dyn Rng>, steps: &[&str]) -> Result<(), OpenError> {
    let from = usize::try_from(found).map_err(|_| OpenError::Damaged)?;
    for (number, step) in (1_i64..).zip(steps).skip(from) {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let done = run(connection, rng, number, step);
        if done.is_err() {
            // The connection is thrown away by the caller, and with it what is left of this.
            let _ = connection.execute_batch("ROLLBACK");
        }
        done?;
    }
    Ok(())
}

/// One step with its number, up to and with COMMIT. An error of COMMIT needs no care here: the
/// next open looks at the number.
fn run(connection: &Connection, rng: Option<&dyn Rng>, number: i64, step: &str) -> Result<(), OpenError> {
    connection.execute_batch(step)?;
    if number == 1 {
        // Made anew while it was suspended, or lost: not for us to make up for.
        let rng = rng.ok_or(OpenError::Replaced)?;
        let mut id = [0; 16];
        rng.fill(&mut id);
        let id = format!("{:032x}", u128::from_be_bytes(id));
        connection.execute("INSERT INTO profile(id, profile) VALUES (1, ?1)", [id])?;
    }
    connection.pragma_update(None, "user_version", number)?;
    connection.execute_batch("COMMIT")?;
    Ok(())
}

/// After a `COMMIT` that failed: makes sure that what is seen now is what the disk keeps. A sync
/// that failed may have left either answer in memory only, and a log that was deleted without a
/// sync of its directory can come back with the next power cut. So the log is brought into the
/// file, and a commit that changes nothing goes through all syncs, that of the directory included.
pub(super) fn settle(connection: &Connection) -> Result<(), OpenError> {
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        // Someone outside reads the log: it is not in the file yet, and nothing is made sure of.
        return Err(OpenError::InUse);
    }
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    connection.pragma_update(None, "user_version", version)?;
    Ok(())
}

/// The file's schema number, 0 for an empty file; refuses what is not ours.
fn schema(connection: &Connection) -> Result<i64, OpenError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    // Compared by SQLite: a name of another program's may be no text.
    let seen = format!(
        "SELECT count(*), count(*) FILTER (WHERE type = 'table' AND name IN ('{}')),
                count(*) FILTER (WHERE type = 'table' AND name = '{CATALOGUE}') FROM sqlite_schema",
        FIRST.join("', '")
    );
    let (objects, ours, catalogue): (i64, i64, bool) =
        connection.query_row(&seen, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if (version, application, objects) == (0, 0, 0) {
        return Ok(0);
    }
    let whole = ours == FIRST.len() as i64;
    if application != APPLICATION {
        // No other program has all of these: then it is a number of ours that has rotted.
        return Err(if whole { OpenError::Damaged } else { OpenError::Foreign });
    }
    // What is there by the number: all of it, and nothing of a later step. (A catalogue that is not there is made.)
    let as_numbered = match version {
        0 => objects == 0,
        1 => whole && !catalogue,
        _ => whole && version <= MOST,
    };
    if as_numbered || (SCHEMA + 1..=MOST).contains(&version) { Ok(version) } else { Err(OpenError::Damaged) }
}

fn absent_is_none<T>(error: rusqlite::Error) -> Result<Option<T>, OpenError> {
    if error == rusqlite::Error::QueryReturnedNoRows { Ok(None) } else { Err(error.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;

    impl Rng for Zeros {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    fn objects(connection: &Connection) -> i64 {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap()
    }

    /// The statements of a step, one by one.
    fn statements(step: &str) -> Vec<String> {
        let bare: Vec<&str> = step.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
        let bare = bare.join("\n");
        bare.split(';').filter(|text| !text.trim().is_empty()).map(|text| format!("{text};")).collect()
    }

    #[test]
    fn a_migration_killed_at_any_statement_is_all_or_nothing() {
        // Feature 62: a copy of the files is what a kill leaves; the next open finishes the work.
        let every_place = (1..).zip(STEPS).flat_map(|(number, step)| {
            let statements = statements(step);
            (0..=statements.len()).map(move |at| (number, statements[..at].to_vec()))
        });
        let mut places = 0;
        for (number, done) in every_place {
            places += 1;
            let directory = tempfile::tempdir().unwrap();
            let [before, after] = ["before", "after"].map(|name| directory.path().join(name));
            let connection = Connection::open(&before).unwrap();
            let _: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).unwrap();
            let before_it = usize::try_from(number).unwrap() - 1;
            migrate_by(&connection, Some(&Zeros), &STEPS[..before_it]).unwrap();
            let had = objects(&connection);
            // A cache this small spills the unfinished transaction into the log.
            connection.pragma_update(None, "cache_size", 1).unwrap();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            for statement in &done {
                connection.execute_batch(statement).unwrap();
            }
            connection.pragma_update(None, "user_version", number).unwrap();
            for side in ["", "-wal"] {
                let name = |path: &std::path::Path| format!("{}{side}", path.display());
                std::fs::copy(name(&before), name(&after)).unwrap();
            }
            let connection = Connection::open(&after).unwrap();
            let (schema_now, has) = (schema(&connection), objects(&connection));
            assert_eq!((schema_now, has), (Ok(number - 1), had), "killed at {} of {number}", done.len());
            assert_eq!(migrate(&connection, known(&connection).unwrap(), Some(&Zeros)), Ok("0".repeat(32)));
            assert_eq!(schema(&connection), Ok(SCHEMA));
        }
        assert!(places > 18, "{places}");
    }

    #[test]
    fn a_step_that_fails_leaves_the_one_before_it() {
        let connection = Connection::open_in_memory().unwrap();
        let mut steps = STEPS.to_vec();
        migrate_by(&connection, Some(&Zeros), &steps).unwrap();
        let before = objects(&connection);
        steps.push("CREATE TABLE half(x); INSERT INTO half VALUES (1); SELECT nonsense;");
        assert!(matches!(migrate_by(&connection, Some(&Zeros), &steps), Err(OpenError::Sqlite(_))));
        assert_eq!((schema(&connection), objects(&connection)), (Ok(SCHEMA), before));
        // Repaired, it goes on from there, and not from the start.
        *steps.last_mut().unwrap() = "CREATE TABLE whole(x);";
        migrate_by(&connection, Some(&Zeros), &steps).unwrap();
        assert_eq!((schema(&connection), objects(&connection)), (Ok(SCHEMA + 1), before + 1));
        assert_eq!(known(&connection), Err(OpenError::Newer { found: SCHEMA + 1, supported: SCHEMA }));
    }

    #[test]
    fn settling_goes_through_a_commit_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("p.db");
        let connection = Connection::open(&path).unwrap();
        let _: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).unwrap();
        migrate(&connection, known(&connection).unwrap(), Some(&Zeros)).unwrap();
        settle(&connection).unwrap();
        // What was in the log is in the file, and the log begins anew with the one frame.
        let log = std::fs::metadata(directory.path().join("p.db-wal")).unwrap().len();
        assert_eq!(log, 32 + 24 + 4096);
        assert_eq!(schema(&connection), Ok(SCHEMA));
    }

    #[test]
    fn i9_settling_says_so_when_the_log_could_not_be_brought_into_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("p.db");
        let connection = Connection::open(&path).unwrap();
        let _: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).unwrap();
        migrate(&connection, known(&connection).unwrap(), Some(&Zeros)).unwrap();
        connection.busy_timeout(std::time::Duration::from_millis(1)).unwrap();
        let reader = Connection::open(&path).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM profile;").unwrap();
        connection.execute("UPDATE profile SET canary = x'00'", []).unwrap();
        assert_eq!(settle(&connection), Err(OpenError::InUse));
        reader.execute_batch("COMMIT").unwrap();
        assert_eq!(settle(&connection), Ok(()));
    }
}
