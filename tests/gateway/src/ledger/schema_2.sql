-- What a person at the bank has to look at: orders that no rule can end now (I4).
CREATE TABLE operator_list(
    payment_id TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    envelope TEXT                     -- of an order that has no row of its own
) STRICT, WITHOUT ROWID;

-- Codes that are to be sent: a row goes in with the code, and out once the message is on its way.
CREATE TABLE sms_due(
    activation TEXT PRIMARY KEY,
    code_sealed BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How a biller stands, as it said when it was last asked, and which entry of the catalogue it had.
CREATE TABLE biller(
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    entry BLOB NOT NULL,              -- SHA-256 of what the catalogue says of it
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
