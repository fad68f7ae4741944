-- The second wall, held by the database: one claimed order per payable, whatever its version, and
-- one settled order per payable and version.
CREATE UNIQUE INDEX IF NOT EXISTS one_claimed ON orders(biller, bill_number) WHERE state = 1;
CREATE UNIQUE INDEX IF NOT EXISTS one_settled ON orders(biller, bill_number, bill_version) WHERE state = 3;
