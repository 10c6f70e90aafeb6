-- Times are Unix milliseconds, amounts minor units. Ids sort by time and byte by byte, hence the collation "C".
CREATE TABLE pay.payment (
  id               text COLLATE "C" PRIMARY KEY,
  order_id         text COLLATE "C" NOT NULL,
  state            text NOT NULL,
  amount           bigint NOT NULL,
  currency         text NOT NULL,
  description      text NOT NULL,
  provider         text NOT NULL,
  adapter          text NOT NULL,
  account          text COLLATE "C" NOT NULL,
  ref              text COLLATE "C",
  created_at       bigint NOT NULL,
  updated_at       bigint NOT NULL,
  expires_at       bigint NOT NULL,
  version          integer NOT NULL,
  cause            text NOT NULL,
  reversed         boolean NOT NULL,
  next             jsonb,
  return_success   text NOT NULL,
  return_failure   text NOT NULL,
  key_id           text NOT NULL,
  buyer_digest     text COLLATE "C",
  checkout_key     text COLLATE "C",
  checkout_attempt integer,
  checkout_digests jsonb
);
CREATE UNIQUE INDEX payment_ref ON pay.payment (account, ref) WHERE ref IS NOT NULL;
CREATE INDEX payment_without_ref ON pay.payment (account, created_at) WHERE ref IS NULL;
CREATE INDEX payment_buyer ON pay.payment (account, buyer_digest, created_at)
  WHERE ref IS NULL AND buyer_digest IS NOT NULL;
CREATE INDEX payment_order ON pay.payment (order_id);
CREATE INDEX payment_open ON pay.payment (expires_at) WHERE state IN ('created', 'pending', 'unknown');
CREATE INDEX payment_created ON pay.payment (created_at) WHERE state = 'created';
CREATE UNIQUE INDEX payment_checkout ON pay.payment (checkout_key, checkout_attempt) WHERE checkout_key IS NOT NULL;

-- Which payment of an order succeeded first.
CREATE TABLE pay.order_success (
  order_id   text COLLATE "C" PRIMARY KEY,
  payment_id text COLLATE "C" NOT NULL
);

-- What was heard of a payment, folded: a repetition finds its twin here.
CREATE TABLE pay.inbox (
  payment_id  text COLLATE "C" NOT NULL,
  digest      text COLLATE "C" NOT NULL,
  received_at bigint NOT NULL,
  PRIMARY KEY (payment_id, digest)
);

CREATE TABLE pay.history (
  payment_id text COLLATE "C" NOT NULL,
  sequence   integer NOT NULL,
  at         bigint NOT NULL,
  fact       jsonb NOT NULL,
  from_state text NOT NULL,
  to_state   text NOT NULL,
  reviews    jsonb NOT NULL,
  PRIMARY KEY (payment_id, sequence)
);

CREATE TABLE pay.review (
  id         text COLLATE "C" PRIMARY KEY,
  kind       text NOT NULL,
  payment_id text COLLATE "C",
  digest     text COLLATE "C" NOT NULL,
  opened_at  bigint NOT NULL,
  details    jsonb NOT NULL,
  candidates jsonb NOT NULL,
  status     text NOT NULL,
  actions    jsonb NOT NULL
);
CREATE UNIQUE INDEX review_open ON pay.review (kind, digest, coalesce(payment_id, '')) WHERE status = 'open';
CREATE INDEX review_listed ON pay.review (opened_at, id) WHERE status = 'open';
CREATE INDEX review_payment ON pay.review (payment_id, opened_at) WHERE payment_id IS NOT NULL;

CREATE TABLE pay.orphan (
  account      text COLLATE "C" NOT NULL,
  subject      text COLLATE "C" NOT NULL,
  digest       text COLLATE "C" NOT NULL,
  fact         jsonb NOT NULL,
  received_at  bigint NOT NULL,
  buyer_digest text COLLATE "C",
  reviewed     boolean NOT NULL DEFAULT false,
  PRIMARY KEY (account, subject, digest)
);
CREATE INDEX orphan_stale ON pay.orphan (received_at) WHERE NOT reviewed;

-- What never changes of an event's payment is read from the payment; the rest is kept here as it was then.
CREATE TABLE pay.outbox (
  payment_id  text COLLATE "C" NOT NULL,
  sequence    integer NOT NULL,
  event_id    text COLLATE "C" NOT NULL,
  type        text NOT NULL,
  occurred_at bigint NOT NULL,
  late        boolean NOT NULL,
  state       text NOT NULL,
  ref         text COLLATE "C",
  updated_at  bigint NOT NULL,
  expires_at  bigint NOT NULL,
  dispatched  boolean NOT NULL DEFAULT false,
  PRIMARY KEY (payment_id, sequence)
);
CREATE INDEX outbox_new ON pay.outbox (payment_id, sequence) WHERE NOT dispatched;

CREATE TABLE pay.handler (
  type text NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY (type, name)
);

CREATE TABLE pay.delivery (
  payment_id text COLLATE "C" NOT NULL,
  handler    text COLLATE "C" NOT NULL,
  sequence   integer NOT NULL,
  type       text NOT NULL,
  status     text NOT NULL,
  attempts   integer NOT NULL,
  -- When it may be taken: its time while due, the end of the lease while leased.
  due_at     bigint NOT NULL,
  error      text,
  PRIMARY KEY (payment_id, handler, sequence)
);
CREATE INDEX delivery_due ON pay.delivery (type, handler, due_at, payment_id, sequence) WHERE status IN ('due', 'leased');
CREATE INDEX delivery_overtakable ON pay.delivery (payment_id)
  WHERE status IN ('due', 'leased') AND type IN ('payment.failed', 'payment.expired', 'payment.canceled');
