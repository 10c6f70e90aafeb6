-- Times are Unix milliseconds, amounts minor units. Ids sort by time, so rows are appended rather than scattered.

CREATE TABLE payment (
  id               TEXT PRIMARY KEY,
  order_id         TEXT NOT NULL,
  state            TEXT NOT NULL,
  amount           INTEGER NOT NULL,
  currency         TEXT NOT NULL,
  description      TEXT NOT NULL,
  provider         TEXT NOT NULL,
  adapter          TEXT NOT NULL,
  account          TEXT NOT NULL,
  ref              TEXT,
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  expires_at       INTEGER NOT NULL,
  version          INTEGER NOT NULL,
  cause            TEXT NOT NULL,
  reversed         INTEGER NOT NULL,
  next             TEXT,
  return_success   TEXT NOT NULL,
  return_failure   TEXT NOT NULL,
  key_id           TEXT NOT NULL,
  buyer_digest     TEXT,
  checkout_key     TEXT,
  checkout_attempt INTEGER,
  checkout_digests TEXT
) STRICT;

CREATE UNIQUE INDEX payment_ref ON payment (account, ref) WHERE ref IS NOT NULL;
CREATE INDEX payment_without_ref ON payment (account, created_at) WHERE ref IS NULL;
CREATE INDEX payment_order ON payment (order_id);
CREATE INDEX payment_open ON payment (expires_at) WHERE state IN ('created', 'pending', 'unknown');
CREATE INDEX payment_created ON payment (created_at) WHERE state = 'created';
CREATE UNIQUE INDEX payment_checkout ON payment (checkout_key, checkout_attempt) WHERE checkout_key IS NOT NULL;

-- Which payment of an order succeeded first.
CREATE TABLE order_success (
  order_id   TEXT PRIMARY KEY,
  payment_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was heard of a payment, folded: a repetition finds its twin here.
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
  status     TEXT NOT NULL DEFAULT 'open'
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX review_open ON review (kind, digest, coalesce(payment_id, '')) WHERE status = 'open';

CREATE TABLE orphan (
  account      TEXT NOT NULL,
  subject      TEXT NOT NULL,
  digest       TEXT NOT NULL,
  fact         TEXT NOT NULL,
  received_at  INTEGER NOT NULL,
  buyer_digest TEXT,
  reviewed     INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (account, subject, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX orphan_stale ON orphan (received_at) WHERE reviewed = 0;

CREATE TABLE outbox (
  payment_id TEXT NOT NULL,
  sequence   INTEGER NOT NULL,
  event_id   TEXT NOT NULL,
  type       TEXT NOT NULL,
  event      TEXT NOT NULL,
  dispatched INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (payment_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_new ON outbox (event_id) WHERE dispatched = 0;

CREATE TABLE handler (
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (type, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
  payment_id TEXT NOT NULL,
  handler    TEXT NOT NULL,
  sequence   INTEGER NOT NULL,
  type       TEXT NOT NULL,
  status     TEXT NOT NULL,
  attempts   INTEGER NOT NULL,
  -- When it may be taken: its time while due, the end of the lease while leased.
  due_at     INTEGER NOT NULL,
  error      TEXT,
  PRIMARY KEY (payment_id, handler, sequence)
) STRICT, WITHOUT ROWID;

-- In the order in which work is taken, so that a backlog is read from its start and no further than needed.
CREATE INDEX delivery_due ON delivery (due_at, payment_id, sequence) WHERE status IN ('due', 'leased');
CREATE INDEX delivery_leased ON delivery (due_at) WHERE status = 'leased';
