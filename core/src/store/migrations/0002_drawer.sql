-- Cards of receipts, a drawerful a row, in the order of the newest in each: what a search reads. The row of a receipt each
-- (outcome_search) is written no more. It stays: taking a table away reads all of it, and a file that is broken there
-- must open. Short, so that the schema stays on the one page without which no file opens.
CREATE TABLE drawer(
 id TEXT PRIMARY KEY NOT NULL,
 cards INTEGER,
 record_version INTEGER NOT NULL,
 sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
