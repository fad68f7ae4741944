//! What is recorded is what ran, and playing it comes to the same.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use rusqlite::{Connection, types::Value};
use sql_tape::record;

#[test]
fn a_tape_holds_what_ran_with_its_values_and_plays_it_again() {
    let (count, tape) = record(|| {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "-- A comment.
                 CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);
                 CREATE TABLE log(a);
                 CREATE TRIGGER noted AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;",
            )
            .unwrap();
        for a in 0..3 {
            connection.execute("INSERT INTO t VALUES (?1, ?2)", (a, format!("it's {a}"))).unwrap();
        }
        connection.execute("INSERT INTO t VALUES (?1, ?2)", (2, "twice")).unwrap_err();
        connection.query_row("SELECT count(*) FROM log", [], |row| row.get::<_, i64>(0)).unwrap()
    })
    .unwrap();
    assert_eq!(count, 3);
    assert_eq!((tape.count("CREATE"), tape.count("INSERT INTO t"), tape.count("INSERT INTO log")), (2, 4, 0));
    let second = tape.steps.iter().filter(|step| tape.texts[step.text].starts_with("INSERT")).nth(1).unwrap();
    assert_eq!(second.values, [(1, Value::Integer(1)), (2, Value::Text("it's 1".to_owned()))]);
    // All but the one that failed then, too; and again, in memory of its own.
    assert_eq!(tape.play(), Ok(tape.steps.len() - 1));
    assert_eq!(tape.play(), Ok(tape.steps.len() - 1));
    assert_eq!(tape.without(|_| true).steps, []);
}
