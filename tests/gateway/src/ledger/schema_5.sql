-- What persons at the bank have said about orders that no rule ends (rule 12). Only ever added to: who
-- ruled what, and when, is for the auditors. The second of two who agree has the effect.
CREATE TABLE ruling(
    id INTEGER PRIMARY KEY,
    payment_id TEXT NOT NULL,
    ruling TEXT NOT NULL,             -- charged, not-charged
    biller_minor INTEGER NOT NULL,    -- what the biller is to have
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    effect INTEGER NOT NULL           -- 1: the second, by which it was done
) STRICT;
CREATE INDEX ruling_of ON ruling(payment_id, id);
