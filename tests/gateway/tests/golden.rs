//! Files of every schema that ever landed (row 62): the bank's ledger and the billers' books open, keep every
//! row, end up equal to fresh ones, survive a kill at any operation on the way, and are left alone where they are
//! newer. The golden files are SQL, as SQLite dumps it: the tables as they were in the commit that each names,
//! the rows of a sandbox that was lived in.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops where it fails")]

use std::{collections::BTreeMap, path::Path, sync::Arc};

use crash_vfs::{CrashFs, Fault, Image, Survival, Trip};
use rusqlite::{Connection, OpenFlags};
use sandbox_gateway::{
    biller::{Billers, seeds::Seeds},
    clock::MovableClock,
    ledger::Ledger,
    location::Location,
    rng::SystemRng,
};

/// The newest, and all that landed; `2b` is the second by that number.
const LEDGERS: [&str; 6] = ["1", "2", "2b", "3", "4", "5"];
const BOOKS: [&str; 3] = ["1", "2", "3"];
const EPOCH: &str = "019a9d3e-7c00-7000-8000-00000000e001";

type Opener = fn(&Location) -> Result<(), String>;

fn ledger(location: &Location) -> Result<(), String> {
    Ledger::open(location, || EPOCH.to_owned(), 0).map(drop).map_err(|error| error.to_string())
}

fn books(location: &Location) -> Result<(), String> {
    let seeds = Seeds::sandbox(jiff::civil::date(2026, 11, 22));
    let clock = Arc::new(MovableClock::system());
    Billers::open(location, clock, Arc::new(SystemRng::new()), seeds).map(drop).map_err(|error| error.to_string())
}

/// Both kinds: the name of the files, the schemas, and what opens them.
const KINDS: [(&str, &[&str], Opener); 2] = [("ledger", &LEDGERS, ledger), ("billers", &BOOKS, books)];

/// A file of that schema.
fn golden(kind: &str, schema: &str, path: &Path) {
    let sql = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{kind}-{schema}.sql"));
    let file = Connection::open(path).unwrap();
    // Tables and rows come in the order of their names.
    file.pragma_update(None, "foreign_keys", false).unwrap();
    file.execute_batch(&std::fs::read_to_string(sql).unwrap()).unwrap();
}

/// What SQLite knows of the tables, without comments and spaces, and the schema's number.
fn shape(file: &Connection) -> Vec<String> {
    let bare = |sql: String| {
        let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ").replace("( ", "(").replace(" )", ")")
    };
    let mut look =
        file.prepare("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY 1, 2").unwrap();
    let rows = look.query_map([], |row| {
        let all: [String; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, bare(row.get(3)?)];
        Ok(all.join(" | "))
    });
    let mut shape: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
    shape.push(file.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap().to_string());
    shape
}

/// How many rows each table has.
fn rows(file: &Connection) -> BTreeMap<String, i64> {
    let mut look =
        file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").unwrap();
    let tables: Vec<String> = look.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let count =
        |table: &String| file.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    tables.iter().map(|table| (table.clone(), count(table))).collect()
}

/// No row is lost; the life of the ledger is one row whatever it was.
fn keeps(before: &BTreeMap<String, i64>, after: &Connection, what: &str) {
    let now = rows(after);
    for (table, count) in before {
        assert!(now[table] >= *count, "{what}: {table} had {count} rows and has {}", now[table]);
    }
}

#[test]
fn row_62_every_schema_that_landed_opens_keeps_its_rows_and_equals_a_fresh_one() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, schemas, open) in KINDS {
        let fresh = folder.path().join(format!("{kind}-fresh"));
        open(&Location::file(&fresh)).unwrap();
        let wanted = shape(&Connection::open(&fresh).unwrap());
        for schema in schemas {
            let path = folder.path().join(format!("{kind}-{schema}"));
            golden(kind, schema, &path);
            let before = rows(&Connection::open(&path).unwrap());
            assert!(before.values().sum::<i64>() > 40, "{kind} {schema}: {before:?}");
            open(&Location::file(&path)).unwrap_or_else(|error| panic!("{kind} {schema}: {error}"));
            let file = Connection::open(&path).unwrap();
            assert_eq!(shape(&file), wanted, "{kind} {schema}");
            keeps(&before, &file, &format!("{kind} {schema}"));
            // And opens again.
            open(&Location::file(&path)).unwrap();
        }
    }
}

#[test]
fn row_62_an_upgrade_that_loses_power_or_fails_at_any_operation_is_done_by_the_next_open() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, schemas, open) in KINDS {
        let fresh = folder.path().join(format!("{kind}-fresh"));
        open(&Location::file(&fresh)).unwrap();
        let wanted = shape(&Connection::open(&fresh).unwrap());
        for schema in schemas {
            let path = folder.path().join(format!("{kind}-{schema}"));
            golden(kind, schema, &path);
            let before = rows(&Connection::open(&path).unwrap());
            let image = Image::of("/it.db", &std::fs::read(&path).unwrap());
            let fs = CrashFs::register(&format!("golden-{kind}-{schema}")).unwrap();
            let location = Location { path: "/it.db".into(), vfs: Some(fs.name().to_owned()) };
            let mut struck = 0;
            // At every operation; an error, of which SQLite tells, at a share of them.
            for (fault, stride) in [(Fault::Power, 1), (Fault::Io, 11)] {
                for at in (0..).step_by(stride) {
                    fs.restore(&image);
                    let met = fs.struck();
                    fs.trip(Trip::any(at, fault));
                    let opened = open(&location);
                    let done = fs.struck() == met && !fs.is_dead();
                    struck += u64::from(!done);
                    fs.power_cut(if at % 2 == 0 { Survival::Nothing } else { Survival::Torn(at) });
                    let what = format!("{kind} {schema}, {fault:?} at {at}: {opened:?}");
                    open(&location).unwrap_or_else(|error| panic!("{what}: {error}"));
                    let file = Connection::open_with_flags_and_vfs("/it.db", OpenFlags::default(), fs.name()).unwrap();
                    assert_eq!(shape(&file), wanted, "{what}");
                    keeps(&before, &file, &what);
                    if done {
                        break;
                    }
                }
            }
            println!("{kind} {schema}: {struck} operations struck");
            assert!(struck > 20, "{kind} {schema}");
        }
    }
}

#[test]
fn row_62_a_newer_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, _, open) in KINDS {
        let path = folder.path().join(kind);
        open(&Location::file(&path)).unwrap();
        let file = Connection::open(&path).unwrap();
        let newest: i64 = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        file.pragma_update(None, "user_version", newest + 1).unwrap();
        drop(file);
        let before = std::fs::read(&path).unwrap();
        assert!(open(&Location::file(&path)).is_err(), "{kind} of a newer schema was opened");
        assert!(std::fs::read(&path).unwrap() == before, "{kind} was changed");
    }
}
