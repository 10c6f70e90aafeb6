-- What went back to buyers.
ALTER TABLE payment ADD COLUMN refunds TEXT;
CREATE INDEX payment_refunds ON payment (id) WHERE refunds IS NOT NULL;

-- Payments whose gateway is to be asked what became of them.
CREATE TABLE ask (
  payment_id TEXT PRIMARY KEY,
  -- The payment's version with which it was asked for: the newest counts.
  version    INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  -- When it may be asked: its time while waiting, the end of the lease while somebody asks.
  due_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ask_due ON ask (due_at, payment_id);
