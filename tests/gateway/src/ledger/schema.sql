-- The bank's ledger. Moments are milliseconds since 1970, amounts minor units of CNY, `changed` a
-- number that only rises: what a phone has not seen yet is what has a higher one than its cursor.

CREATE TABLE life(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    restored_at INTEGER               -- NULL in the first epoch
) STRICT;

CREATE TABLE customer(
    id TEXT PRIMARY KEY,
    phone BLOB NOT NULL UNIQUE,       -- HMAC: looked up, never read
    phone_masked TEXT NOT NULL,
    name_masked TEXT NOT NULL,
    may_pay INTEGER NOT NULL,
    per_payment INTEGER NOT NULL,
    per_day INTEGER NOT NULL,
    step_up_from INTEGER NOT NULL,
    chain_epoch TEXT,                 -- of the last outcome issued or taken up
    chain_sequence INTEGER NOT NULL DEFAULT 0,
    chain_hash TEXT,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE method(
    id TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    last4 TEXT NOT NULL,
    preferred INTEGER NOT NULL,
    state TEXT NOT NULL,
    balance INTEGER NOT NULL,         -- below 0 only by a charge that a restore had forgotten
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX method_of ON method(customer, changed);

CREATE TABLE device(
    id TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    name TEXT NOT NULL,
    keyid TEXT NOT NULL UNIQUE,
    key BLOB NOT NULL,
    order_keyid TEXT NOT NULL,
    order_key BLOB NOT NULL,
    activated_at INTEGER NOT NULL,
    revoked_at INTEGER,
    highest_sequence INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX device_of ON device(customer);

CREATE TABLE activation(
    id TEXT PRIMARY KEY,
    phone BLOB NOT NULL,
    phone_sealed BLOB NOT NULL,       -- to send to again
    phone_masked TEXT NOT NULL,
    customer TEXT,                    -- NULL: the number is not enrolled; looks the same from outside
    keyid TEXT NOT NULL,
    key BLOB NOT NULL,
    order_keyid TEXT NOT NULL,
    order_key BLOB NOT NULL,
    device_name TEXT NOT NULL,
    language TEXT NOT NULL,
    attempts_left INTEGER NOT NULL,
    resend_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    locked_until INTEGER,
    device TEXT                       -- of the code's use
) STRICT, WITHOUT ROWID;
CREATE INDEX activation_of ON activation(phone);

CREATE TABLE code(
    activation TEXT NOT NULL,
    number INTEGER NOT NULL,          -- 1 for the first; the highest is the one that counts
    hash BLOB NOT NULL,
    PRIMARY KEY (activation, number)
) STRICT, WITHOUT ROWID;

-- What was sent to, and guessed for, a number on a day of the bank: a wiped phone changes nothing here.
CREATE TABLE sms_count(
    phone BLOB NOT NULL,
    day INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    PRIMARY KEY (phone, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE nonce(
    keyid TEXT NOT NULL,
    nonce TEXT NOT NULL,
    at INTEGER NOT NULL,              -- as the signature is dated
    PRIMARY KEY (keyid, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonce_at ON nonce(at);

CREATE TABLE answer(
    keyid TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,        -- of method, path and body
    at INTEGER NOT NULL,
    status INTEGER,                   -- NULL: bound to its body, no final answer kept
    body BLOB,
    PRIMARY KEY (keyid, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_at ON answer(at);

CREATE TABLE echo(
    token BLOB PRIMARY KEY,           -- SHA-256
    customer TEXT NOT NULL,
    biller TEXT NOT NULL,
    customer_number TEXT NOT NULL,
    holder_masked TEXT NOT NULL,
    address_masked TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE looked_up(
    customer TEXT NOT NULL,
    biller TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX looked_up_by ON looked_up(customer, at);

CREATE TABLE account(
    id TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    biller TEXT NOT NULL,
    customer_number TEXT NOT NULL,
    holder_masked TEXT NOT NULL,
    address_masked TEXT NOT NULL,
    alias TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    echo_digest TEXT NOT NULL,
    changed INTEGER NOT NULL,
    UNIQUE (customer, biller, customer_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_of ON account(customer, changed);

CREATE TABLE bill(
    account TEXT NOT NULL,
    bill_number TEXT NOT NULL,
    customer TEXT NOT NULL,
    biller TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL,               -- as the wire shows it
    changed INTEGER NOT NULL,
    PRIMARY KEY (account, bill_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX bill_of ON bill(customer, changed);
CREATE INDEX bill_payable ON bill(biller, bill_number);

CREATE TABLE quote(
    token TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    account TEXT NOT NULL,
    body TEXT NOT NULL,
    valid_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX quote_until ON quote(valid_until);

CREATE TABLE orders(
    payment_id TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    number TEXT NOT NULL,             -- under which the biller sees it
    customer TEXT NOT NULL,
    device TEXT NOT NULL,
    journal_sequence INTEGER,         -- NULL where only the receipt is known, as the ones below
    epoch TEXT NOT NULL,
    biller TEXT NOT NULL,
    customer_number TEXT,
    payee TEXT NOT NULL,
    bill_number TEXT NOT NULL,
    bill_version INTEGER,
    amount INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    method TEXT NOT NULL,
    valid_until INTEGER NOT NULL,
    envelope TEXT,
    state INTEGER NOT NULL,           -- 1 claimed, 2 reversing, 3 settled, 4 refused, 5 reversed
    held INTEGER NOT NULL,            -- money held for it now
    taken_at INTEGER NOT NULL,
    day INTEGER NOT NULL,             -- of the bank, for the daily limit
    charge_sent_at INTEGER,           -- the last one; NULL: none that this ledger knows of
    next_at INTEGER NOT NULL,         -- the worker's next turn, while it is open
    tries INTEGER NOT NULL,
    reason TEXT,                      -- why it is being reversed, or was refused
    biller_code TEXT,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX order_of ON orders(customer, changed);
CREATE INDEX order_open ON orders(next_at) WHERE state IN (1, 2);
-- The next ones hold all that their questions need: a row with its envelope is long to read.
CREATE INDEX order_payable ON orders(biller, bill_number, state, bill_version);
CREATE INDEX order_journal ON orders(device, journal_sequence);
CREATE INDEX order_day ON orders(customer, day, state, amount, fee);

CREATE TABLE posting(
    id INTEGER PRIMARY KEY,
    payment_id TEXT NOT NULL,
    debit TEXT NOT NULL,              -- customer:…, held:…, biller:…, fees, bank
    credit TEXT NOT NULL,
    minor INTEGER NOT NULL CHECK (minor > 0),
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX posting_of ON posting(payment_id);

CREATE TABLE outcome(
    payment_id TEXT NOT NULL,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    customer TEXT NOT NULL,
    kind TEXT NOT NULL,
    compact TEXT NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (payment_id, epoch, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX outcome_of ON outcome(customer, changed);
