-- Reviews are resolved: what was done about them, and who did it.
ALTER TABLE review ADD COLUMN actions TEXT NOT NULL DEFAULT '[]';
CREATE INDEX review_listed ON review (opened_at, id) WHERE status = 'open';
CREATE INDEX review_payment ON review (payment_id, opened_at) WHERE payment_id IS NOT NULL;

-- Work is taken handler by handler, so that what waits for a handler nobody runs any more is never read past.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (type, handler, due_at, payment_id, sequence) WHERE status IN ('due', 'leased');

-- An orphan's candidates: the same buyer first.
CREATE INDEX payment_buyer ON payment (account, buyer_digest, created_at) WHERE ref IS NULL AND buyer_digest IS NOT NULL;
