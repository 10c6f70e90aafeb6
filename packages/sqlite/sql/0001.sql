-- Times are Unix milliseconds, amounts are minor units. Ids sort by time, so new rows go to the end of an index.

CREATE TABLE payment (
  id                 TEXT PRIMARY KEY,
  order_id           TEXT NOT NULL,
  state              TEXT NOT NULL,
  amount             INTEGER NOT NULL,
  currency           TEXT NOT NULL,
  description        TEXT NOT NULL,
  provider_name      TEXT NOT NULL,
  adapter            TEXT NOT NULL,
  merchant_account   TEXT NOT NULL,
  provider_reference TEXT,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  expires_at         INTEGER NOT NULL,
  superseded         TEXT,
  version            INTEGER NOT NULL,
  cause              TEXT NOT NULL,
  reversed           INTEGER NOT NULL,
  next               TEXT,
  refunds            TEXT,
  return_success     TEXT NOT NULL,
  return_failure     TEXT NOT NULL,
  key_id             TEXT NOT NULL,
  buyer_digest       TEXT,
  checkout_key       TEXT,
  checkout_attempt   INTEGER,
  checkout_digests   TEXT
) STRICT;

-- The reference first: operators look for it without the account.
CREATE UNIQUE INDEX payment_provider_reference ON payment (provider_reference, merchant_account)
  WHERE provider_reference IS NOT NULL;
CREATE INDEX payment_without_provider_reference ON payment (merchant_account, created_at)
  WHERE provider_reference IS NULL;
CREATE INDEX payment_buyer ON payment (merchant_account, buyer_digest, created_at)
  WHERE provider_reference IS NULL AND buyer_digest IS NOT NULL;
CREATE INDEX payment_order ON payment (order_id);
CREATE INDEX payment_open ON payment (expires_at) WHERE state IN ('created', 'pending', 'unknown');
CREATE INDEX payment_created ON payment (created_at) WHERE state = 'created';
-- Pruning reads closed payments (not open) from here, the longest unchanged first.
CREATE INDEX payment_closed ON payment (updated_at, id) WHERE state NOT IN ('created', 'pending', 'unknown');
CREATE INDEX payment_refunds ON payment (id) WHERE refunds IS NOT NULL;
CREATE UNIQUE INDEX payment_checkout ON payment (checkout_key, checkout_attempt) WHERE checkout_key IS NOT NULL;

-- The payment that paid an order.
CREATE TABLE order_success (
  order_id   TEXT PRIMARY KEY,
  payment_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Digests of the notifications that were applied to a payment: a repetition finds its duplicate here.
CREATE TABLE inbox (
  payment_id  TEXT NOT NULL,
  digest      TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (payment_id, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
  payment_id TEXT NOT NULL,
  sequence   INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  fact       TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  reviews    TEXT NOT NULL,
  PRIMARY KEY (payment_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE review (
  id         TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  payment_id TEXT,
  digest     TEXT NOT NULL,
  opened_at  INTEGER NOT NULL,
  details    TEXT NOT NULL,
  candidates TEXT NOT NULL,
  status     TEXT NOT NULL,
  actions    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX review_open ON review (kind, digest, coalesce(payment_id, '')) WHERE status = 'open';
CREATE INDEX review_listed ON review (id) WHERE status = 'open';
CREATE INDEX review_payment ON review (payment_id, opened_at) WHERE payment_id IS NOT NULL;

-- Authenticated notifications whose payment is not in the database, or not yet.
CREATE TABLE unmatched (
  merchant_account TEXT NOT NULL,
  subject          TEXT NOT NULL,
  digest           TEXT NOT NULL,
  fact             TEXT NOT NULL,
  received_at      INTEGER NOT NULL,
  buyer_digest     TEXT,
  reviewed         INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_account, subject, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX unmatched_stale ON unmatched (received_at) WHERE reviewed = 0;

-- Events. A stream is a payment or a review, by its id: the events of one stream are delivered in order.
CREATE TABLE outbox (
  stream     TEXT NOT NULL,
  sequence   INTEGER NOT NULL,
  event_id   TEXT NOT NULL,
  type       TEXT NOT NULL,
  event      TEXT NOT NULL,
  dispatched INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (stream, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_new ON outbox (event_id) WHERE dispatched = 0;

CREATE TABLE handler (
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (type, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
  stream     TEXT NOT NULL,
  handler    TEXT NOT NULL,
  sequence   INTEGER NOT NULL,
  type       TEXT NOT NULL,
  status     TEXT NOT NULL,
  attempts   INTEGER NOT NULL,
  -- How often it was leased: only the newest lease may end the delivery.
  lease      INTEGER NOT NULL DEFAULT 0,
  -- A process may take the delivery from this time on. While it is leased, this is the end of the lease.
  due_at     INTEGER NOT NULL,
  error      TEXT,
  PRIMARY KEY (stream, handler, sequence)
) STRICT, WITHOUT ROWID;

-- In the order in which a process takes deliveries, handler by handler: it never reads past those of an unregistered handler.
CREATE INDEX delivery_due ON delivery (type, handler, due_at, stream, sequence) WHERE status IN ('due', 'leased');
-- What operators look at: few rows, and none of a delivery that succeeds at once.
CREATE INDEX delivery_failing ON delivery (stream, handler, sequence)
  WHERE error IS NOT NULL AND status NOT IN ('delivered', 'superseded');
CREATE INDEX delivery_leased ON delivery (due_at) WHERE status = 'leased';

-- Payments whose status Pay is going to request from their gateway.
CREATE TABLE status_check (
  payment_id TEXT PRIMARY KEY,
  -- The payment's version at the newest request for a check.
  version    INTEGER NOT NULL,
  -- When that request wants the gateway asked.
  requested_for INTEGER NOT NULL,
  attempts   INTEGER NOT NULL,
  -- A process may take the check from this time on. While it is leased, this is the end of the lease.
  due_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX status_check_due ON status_check (due_at, payment_id);
