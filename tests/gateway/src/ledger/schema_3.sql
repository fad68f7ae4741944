-- What the statement of a biller is made of: a line in the same commit as the end that it tells of.
CREATE TABLE booked(
    id INTEGER PRIMARY KEY,
    biller TEXT NOT NULL,
    day INTEGER NOT NULL,             -- of the bank, on which it was booked
    kind INTEGER NOT NULL,            -- 1 charged, 2 undone, 3 repaid
    corrects INTEGER NOT NULL,        -- counts in the place of every earlier line of the number
    number TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    bill_number TEXT NOT NULL,
    amount INTEGER NOT NULL,
    charge_day INTEGER NOT NULL,      -- of the charge, as far as the bank knows
    taken_at INTEGER NOT NULL         -- when the order was recorded
) STRICT;
CREATE UNIQUE INDEX booked_once ON booked(biller, number, kind, corrects);
CREATE INDEX booked_in ON booked(biller, id);
CREATE INDEX booked_on ON booked(biller, day);

INSERT INTO booked(biller, day, kind, corrects, number, payment_id, bill_number, amount, charge_day, taken_at)
    SELECT biller, (coalesce(at, taken_at) / 1000 + 28800) / 86400, iif(state = 3, 1, 2), 0, number, payment_id,
        bill_number, amount, (min(taken_at, valid_until) / 1000 + 28800) / 86400, taken_at
    FROM orders LEFT JOIN posting USING (payment_id)
    WHERE (state = 3 AND credit = 'biller:' || biller) OR state = 5
    GROUP BY payment_id ORDER BY min(posting.id), payment_id;

CREATE INDEX order_number ON orders(number);

-- What a biller found between the bank's statement and its own books, or the bank itself after a restore.
CREATE TABLE difference(
    biller TEXT NOT NULL,
    number TEXT NOT NULL,
    what TEXT NOT NULL,
    bill_number TEXT,                 -- by the biller's books
    amount INTEGER,                   -- by the biller's books
    since INTEGER NOT NULL,
    repair TEXT,                      -- what follows from it
    next_at INTEGER NOT NULL,         -- the worker's next turn with it, while it is open
    tries INTEGER NOT NULL,
    resolved_at INTEGER,
    PRIMARY KEY (biller, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX difference_open ON difference(next_at) WHERE resolved_at IS NULL;

-- The number of an ended order that is charged or undone once more at the biller (rule 11). The order
-- itself keeps its state and its documents.
CREATE TABLE again(
    payment_id TEXT PRIMARY KEY,
    state INTEGER NOT NULL,           -- as of orders: 1 being charged, 2 being undone, 3 charged, 5 undone
    charge_sent_at INTEGER,
    next_at INTEGER NOT NULL,
    tries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX again_open ON again(next_at) WHERE state IN (1, 2);
