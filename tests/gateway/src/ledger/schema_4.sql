-- Where a customer's codes go: the number that the newest device was activated with, sealed for that
-- activation, which itself is forgotten after a day.
CREATE TABLE reach(
    customer TEXT PRIMARY KEY,
    activation TEXT NOT NULL,         -- for which the number is sealed
    phone_sealed BLOB NOT NULL,
    language TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT OR REPLACE INTO reach(customer, activation, phone_sealed, language)
    SELECT customer, id, phone_sealed, language FROM activation
    WHERE device IS NOT NULL AND customer IS NOT NULL ORDER BY expires_at;

-- Second factors that were asked for, each bound to one digest.
CREATE TABLE step_up(
    id TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    purpose TEXT NOT NULL,            -- payment, limits
    digest TEXT NOT NULL,
    code BLOB NOT NULL,               -- hash
    attempts_left INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    due BLOB                          -- the code, sealed, until its message is on its way
) STRICT, WITHOUT ROWID;
CREATE INDEX step_up_of ON step_up(customer, digest);

-- Look-ups of all customers together at a biller.
CREATE INDEX looked_up_at ON looked_up(biller, at);

-- Hosted steps that add a method: begun, and not yet ended.
CREATE TABLE hosted(
    token BLOB PRIMARY KEY,           -- SHA-256 of what the address of the page ends in
    customer TEXT NOT NULL,
    kind TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
