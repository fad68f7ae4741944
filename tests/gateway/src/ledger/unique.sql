-- The second wall, held by the database: one claimed order per payable, whatever its version, and
-- one settled order per payable and version. A claim holds money. What a restore took up as claimed
-- without any (it was being reversed, and never claimed) is only ever asked after, never charged, so
-- several of these may stand beside each other.
DROP INDEX IF EXISTS one_claimed;
CREATE UNIQUE INDEX IF NOT EXISTS one_held ON orders(biller, bill_number) WHERE state = 1 AND held > 0;
CREATE UNIQUE INDEX IF NOT EXISTS one_settled ON orders(biller, bill_number, bill_version) WHERE state = 3;
