-- Times are Unix milliseconds, amounts are minor units. The collation "C" sorts ids byte by byte, and so by time.
CREATE TABLE pay.payment (
  id                 text COLLATE "C" PRIMARY KEY,
  order_id           text COLLATE "C" NOT NULL,
  state              text NOT NULL,
  amount             bigint NOT NULL,
  currency           text NOT NULL,
  description        text NOT NULL,
  provider_name      text NOT NULL,
  adapter            text NOT NULL,
  merchant_account   text COLLATE "C" NOT NULL,
  provider_reference text COLLATE "C",
  created_at         bigint NOT NULL,
  updated_at         bigint NOT NULL,
  expires_at         bigint NOT NULL,
  superseded         jsonb,
  version            integer NOT NULL,
  cause              text NOT NULL,
  reversed           boolean NOT NULL,
  next               jsonb,
  refunds            jsonb,
  return_success     text NOT NULL,
  return_failure     text NOT NULL,
  key_id             text NOT NULL,
  buyer_digest       text COLLATE "C",
  checkout_key       text COLLATE "C",
  checkout_attempt   integer,
  checkout_digests   jsonb
);
-- The reference first: operators look for it without the account.
CREATE UNIQUE INDEX payment_provider_reference ON pay.payment (provider_reference, merchant_account)
  WHERE provider_reference IS NOT NULL;
CREATE INDEX payment_without_provider_reference ON pay.payment (merchant_account, created_at)
  WHERE provider_reference IS NULL;
CREATE INDEX payment_buyer ON pay.payment (merchant_account, buyer_digest, created_at)
  WHERE provider_reference IS NULL AND buyer_digest IS NOT NULL;
CREATE INDEX payment_order ON pay.payment (order_id);
CREATE INDEX payment_open ON pay.payment (expires_at) WHERE state IN ('created', 'pending', 'unknown');
-- The start reads the payments with refunds from here: they are few.
CREATE INDEX payment_refunds ON pay.payment (id) WHERE refunds IS NOT NULL;
CREATE INDEX payment_created ON pay.payment (created_at) WHERE state = 'created';
-- Pruning reads closed payments (not open) from here, the longest unchanged first.
CREATE INDEX payment_closed ON pay.payment (updated_at, id) WHERE state NOT IN ('created', 'pending', 'unknown');
CREATE UNIQUE INDEX payment_checkout ON pay.payment (checkout_key, checkout_attempt) WHERE checkout_key IS NOT NULL;

-- The payment that paid an order.
CREATE TABLE pay.order_success (
  order_id   text COLLATE "C" PRIMARY KEY,
  payment_id text COLLATE "C" NOT NULL
);

-- Digests of the notifications that were applied to a payment: a repetition finds its duplicate here.
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
CREATE INDEX review_listed ON pay.review (id) WHERE status = 'open';
CREATE INDEX review_payment ON pay.review (payment_id, opened_at) WHERE payment_id IS NOT NULL;

-- Authenticated notifications whose payment is not in the database, or not yet.
CREATE TABLE pay.unmatched (
  merchant_account text COLLATE "C" NOT NULL,
  subject          text COLLATE "C" NOT NULL,
  digest           text COLLATE "C" NOT NULL,
  fact             jsonb NOT NULL,
  received_at      bigint NOT NULL,
  buyer_digest     text COLLATE "C",
  reviewed         boolean NOT NULL DEFAULT false,
  PRIMARY KEY (merchant_account, subject, digest)
);
CREATE INDEX unmatched_stale ON pay.unmatched (received_at) WHERE NOT reviewed;

-- Events. A stream is a payment or a review, by its id: the events of one stream are delivered in order. The row of a payment's
-- event keeps the changeable columns of the payment as they were then; the others are read from the payment. The row of a
-- review's event keeps the whole review.
CREATE TABLE pay.outbox (
  stream             text COLLATE "C" NOT NULL,
  sequence           integer NOT NULL,
  event_id           text COLLATE "C" NOT NULL,
  type               text NOT NULL,
  occurred_at        bigint NOT NULL,
  late               boolean,
  state              text,
  provider_reference text COLLATE "C",
  updated_at         bigint,
  expires_at         bigint,
  superseded         jsonb,
  refund             jsonb,
  review             jsonb,
  dispatched         boolean NOT NULL DEFAULT false,
  PRIMARY KEY (stream, sequence)
);
CREATE INDEX outbox_new ON pay.outbox (stream, sequence) WHERE NOT dispatched;

CREATE TABLE pay.handler (
  type text NOT NULL,
  name text COLLATE "C" NOT NULL,
  PRIMARY KEY (type, name)
);

CREATE TABLE pay.delivery (
  stream     text COLLATE "C" NOT NULL,
  handler    text COLLATE "C" NOT NULL,
  sequence   integer NOT NULL,
  type       text NOT NULL,
  status     text NOT NULL,
  attempts   integer NOT NULL,
  -- How often it was leased: only the newest lease may end the delivery.
  lease      integer NOT NULL DEFAULT 0,
  -- A process may take the delivery from this time on. While it is leased, this is the end of the lease.
  due_at     bigint NOT NULL,
  error      text,
  PRIMARY KEY (stream, handler, sequence)
);
CREATE INDEX delivery_due ON pay.delivery (type, handler, due_at, stream, sequence) WHERE status IN ('due', 'leased');
-- What operators look at: few rows, and none of a delivery that succeeds at once.
CREATE INDEX delivery_failing ON pay.delivery (stream, handler, sequence)
  WHERE error IS NOT NULL AND status NOT IN ('delivered', 'superseded');
CREATE INDEX delivery_supersedable ON pay.delivery (stream)
  WHERE status IN ('due', 'leased') AND type IN ('payment.failed', 'payment.expired', 'payment.canceled');

-- Payments whose status Pay is going to request from their gateway.
CREATE TABLE pay.status_check (
  payment_id text COLLATE "C" PRIMARY KEY,
  -- The payment's version at the newest request for a check.
  version    integer NOT NULL,
  -- When that request wants the gateway asked.
  requested_for bigint NOT NULL,
  attempts   integer NOT NULL,
  -- A process may take the check from this time on. While it is leased, this is the end of the lease.
  due_at     bigint NOT NULL
);
CREATE INDEX status_check_due ON pay.status_check (due_at, payment_id);
