-- Schema 1. Each row is an opaque id, the few clear columns that queries need, and a sealed body
-- whose authentication covers every other column: a row moved, copied or edited does not open.
-- STRICT, so that a value read back has the type it was sealed with.

-- 'bpay': tells our files from other people's SQLite databases.
PRAGMA application_id = 0x62706179;

CREATE TABLE profile(
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    profile TEXT NOT NULL,
    canary BLOB
) STRICT;

-- One sealed JSON value per name.
CREATE TABLE setting(
    id             TEXT PRIMARY KEY NOT NULL,
    record_version INTEGER NOT NULL,
    sealed         BLOB NOT NULL
) STRICT;

CREATE TABLE account(
    id             TEXT PRIMARY KEY NOT NULL,
    lookup         BLOB UNIQUE,
    state          TEXT,
    record_version INTEGER NOT NULL,
    sealed         BLOB NOT NULL
) STRICT;

CREATE TABLE bill(
    id             TEXT PRIMARY KEY NOT NULL,
    account        TEXT,
    lookup         BLOB UNIQUE,
    version        INTEGER,
    state          TEXT,
    as_of_ms       INTEGER,
    record_version INTEGER NOT NULL,
    sealed         BLOB NOT NULL
) STRICT;
CREATE INDEX bill_by_account ON bill(account);

CREATE TABLE payment(
    id               TEXT PRIMARY KEY NOT NULL,
    payable          BLOB,
    state            TEXT,
    journal_sequence INTEGER UNIQUE,
    created_ms       INTEGER,
    valid_until_ms   INTEGER,
    record_version   INTEGER NOT NULL,
    sealed           BLOB NOT NULL
) STRICT;
-- One open order per payable (I1), held by the database and not by whoever remembers to look.
CREATE UNIQUE INDEX payment_open ON payment(payable) WHERE state IN ('authorized', 'in_doubt');
CREATE INDEX payment_by_state ON payment(state, created_ms);

CREATE TABLE outcome(
    id             TEXT PRIMARY KEY NOT NULL,
    payment        TEXT,
    kind           TEXT,
    epoch          TEXT,
    sequence       INTEGER,
    issued_ms      INTEGER,
    record_version INTEGER NOT NULL,
    sealed         BLOB NOT NULL
) STRICT;
CREATE INDEX outcome_by_payment ON outcome(payment);
CREATE INDEX outcome_by_time ON outcome(issued_ms DESC, id);

-- The narrow row that search reads: its sealed body is at most 128 bytes.
CREATE TABLE outcome_search(
    id             TEXT PRIMARY KEY NOT NULL,
    issued_ms      INTEGER,
    record_version INTEGER NOT NULL,
    sealed         BLOB NOT NULL CHECK (length(sealed) <= 128)
) STRICT;
CREATE INDEX outcome_search_by_time ON outcome_search(issued_ms DESC, id);

-- Documents by keys that are not known yet, whole, in order of arrival.
CREATE TABLE unverified(
    id             TEXT PRIMARY KEY NOT NULL,
    position       INTEGER UNIQUE,
    record_version INTEGER NOT NULL,
    sealed         BLOB NOT NULL
) STRICT;

-- What the shell has yet to acknowledge, in order.
CREATE TABLE event(
    id             TEXT PRIMARY KEY NOT NULL,
    position       INTEGER UNIQUE,
    subject        TEXT,
    record_version INTEGER NOT NULL,
    sealed         BLOB NOT NULL
) STRICT;
CREATE INDEX event_by_subject ON event(subject);
