import type { Ask, PaymentId, PaymentRecord } from "@pay/core/store";
import { NOTHING, type Sabotage, writing } from "./sabotage.ts";

const DUE =
  "gives payments to be asked when their time has come and not before, oldest first, and no more than asked for";
const LEASED =
  "gives a payment to be asked to nobody else while the lease lasts, and with the next attempt when it ended";
const AT_ONCE = "gives each payment to be asked to one of processes that come at the same time, and leaves none behind";
const WAITING = "keeps the earlier time of a payment that is asked for again while it waits, under the newest version";
const MEANWHILE = "gives a payment that is asked for again while somebody asks, from the first attempt";
const COUNTED = "counts payments that wait by account, provider and key, sorted by these, and no closed ones";
const BY_REF = "gives the payment of a ref, of the account alone";

export const ASKING: readonly Sabotage[] = [
  {
    does: "forgets that a gateway is to be asked",
    noticedBy: DUE,
    to: writing(() => ({ askAt: undefined as never })),
  },
  {
    does: "asks before the time has come",
    noticedBy: DUE,
    to: (store) => ({ leaseAsks: (now, until, limit) => store.leaseAsks(now + 1, until, limit) }),
  },
  {
    does: "asks the newest first",
    noticedBy: DUE,
    to: (store) => ({
      leaseAsks: async (now, until, limit) => (await store.leaseAsks(now, until, limit)).toReversed(),
    }),
  },
  {
    does: "gives more to be asked than was asked for",
    noticedBy: DUE,
    to: (store) => ({ leaseAsks: (now, until, limit) => store.leaseAsks(now, until, limit + 1) }),
  },
  {
    does: "gives a payment to be asked twice",
    noticedBy: LEASED,
    to: (store) => ({ leaseAsks: (now, _, limit) => store.leaseAsks(now, now, limit) }),
  },
  {
    does: "never ends the lease of what is to be asked",
    noticedBy: LEASED,
    to: (store) => ({ leaseAsks: (now, _, limit) => store.leaseAsks(now, Number.MAX_SAFE_INTEGER, limit) }),
  },
  {
    does: "counts no questions",
    noticedBy: LEASED,
    to: (store) => ({
      leaseAsks: async (...given) => (await store.leaseAsks(...given)).map((ask) => ({ ...ask, attempt: 1 })),
    }),
  },
  {
    does: "gives alike to processes that ask for what is to be asked at the same time",
    noticedBy: AT_ONCE,
    to: (store) => {
      let pending: Promise<readonly Ask[]> | undefined;
      return {
        leaseAsks(...given) {
          pending ??= store.leaseAsks(...given).finally(() => {
            pending = undefined;
          });
          return pending;
        },
      };
    },
  },
  {
    does: "passes over what nobody takes while another one takes",
    noticedBy: AT_ONCE,
    to: (store) => {
      let taking = false;
      return {
        async leaseAsks(...given) {
          if (taking) return [];
          taking = true;
          try {
            return await store.leaseAsks(...given);
          } finally {
            taking = false;
          }
        },
      };
    },
  },
  {
    does: "has asked what was decided by a rule that threw",
    noticedBy: "asks for nothing that was not committed",
    to: (store) => ({
      async settle(query, decide) {
        try {
          return await store.settle(query, decide);
        } catch (error) {
          const due = { record: (await store.payment(query.paymentId!))!, askAt: 0 };
          await store.settle(query, () => ({ changes: { ...NOTHING, ...due }, result: undefined }));
          throw error;
        }
      },
    }),
  },
  {
    does: "puts off a payment that is asked for again",
    noticedBy: WAITING,
    to: (store) => {
      const asked = new Map<PaymentId, number>();
      return writing(({ record, askAt }) => {
        if (record === undefined || askAt === undefined) return {};
        const { id: paymentId } = record.payment;
        const version = asked.get(paymentId);
        if (version !== undefined) void store.concludeAsk({ paymentId, version, attempt: 0 });
        asked.set(paymentId, record.version);
        return {};
      })(store);
    },
  },
  {
    does: "keeps the version with which a payment was asked for first",
    noticedBy: WAITING,
    to: (store) => {
      const first = new Map<PaymentId, number>();
      return {
        ...writing(({ record, askAt }) => {
          const id = record?.payment.id;
          if (id !== undefined && askAt !== undefined && !first.has(id)) first.set(id, record!.version);
          return {};
        })(store),
        leaseAsks: async (...given) =>
          (await store.leaseAsks(...given)).map((ask) => ({ ...ask, version: first.get(ask.paymentId)! })),
      };
    },
  },
  {
    does: "counts on where a payment is asked for again",
    noticedBy: MEANWHILE,
    to: (store) => {
      const leases = new Map<PaymentId, number>();
      return {
        async leaseAsks(...given) {
          const asks = await store.leaseAsks(...given);
          return asks.map((ask) => {
            const attempt = (leases.get(ask.paymentId) ?? 0) + 1;
            leases.set(ask.paymentId, attempt);
            return { ...ask, attempt };
          });
        },
      };
    },
  },
  {
    does: "overlooks that a payment is asked for again",
    noticedBy: MEANWHILE,
    to: (store) => {
      const waiting = new Set<PaymentId>();
      return {
        ...writing(({ record, askAt }) => {
          const id = record?.payment.id;
          if (id === undefined || askAt === undefined) return {};
          if (waiting.has(id)) return { askAt: undefined as never };
          waiting.add(id);
          return {};
        })(store),
        async concludeAsk(ask, dueAt) {
          if (dueAt === undefined) waiting.delete(ask.paymentId);
          await store.concludeAsk(ask, dueAt);
        },
      };
    },
  },
  {
    does: "takes what is asked for again for the same question",
    noticedBy: "ignores the end of a question where it was asked for again meanwhile",
    to: (store) => {
      const versions = new Map<PaymentId, number>();
      return {
        ...writing(({ record, askAt }) => {
          if (record !== undefined && askAt !== undefined) versions.set(record.payment.id, record.version);
          return {};
        })(store),
        concludeAsk: (ask, dueAt) =>
          store.concludeAsk({ ...ask, version: versions.get(ask.paymentId) ?? ask.version }, dueAt),
      };
    },
  },
  {
    does: "ends the question of whoever asks now",
    noticedBy: "ignores the end of a question that another process took over",
    to: (store) => {
      const attempts = new Map<string, number>();
      const key = ({ paymentId, version }: Ask) => `${paymentId} ${version}`;
      return {
        async leaseAsks(...given) {
          const asks = await store.leaseAsks(...given);
          for (const ask of asks) attempts.set(key(ask), ask.attempt);
          return asks;
        },
        concludeAsk: (ask, dueAt) => store.concludeAsk({ ...ask, attempt: attempts.get(key(ask)) ?? 0 }, dueAt),
      };
    },
  },
  {
    does: "asks on and on",
    noticedBy: "forgets what was asked, until it is asked for again",
    to: (store) => ({ concludeAsk: (ask, dueAt = 0) => store.concludeAsk(ask, dueAt) }),
  },
  {
    does: "asks again at once",
    noticedBy: "has asked again what the gateway did not know, at its time and with the next attempt",
    to: (store) => ({ concludeAsk: (ask, dueAt) => store.concludeAsk(ask, dueAt && 0) }),
  },
  {
    does: "never asks a second time",
    noticedBy: "has asked again what the gateway did not know, at its time and with the next attempt",
    to: (store) => ({ concludeAsk: (ask) => store.concludeAsk(ask) }),
  },
  {
    does: "fails where there is nothing to end",
    noticedBy: "ends a question about nobody's payment without an error",
    to: (store) => ({
      async concludeAsk(ask, dueAt) {
        if ((await store.payment(ask.paymentId)) === undefined) throw new Error("There is no such payment.");
        await store.concludeAsk(ask, dueAt);
      },
    }),
  },
  {
    does: "gives the payment of a ref at any account",
    noticedBy: BY_REF,
    to: (store) => ({
      paymentByRef: async (account, ref) =>
        (await store.paymentByRef("acme:SHOP1", ref)) ?? (await store.paymentByRef(account, ref)),
    }),
  },
  {
    does: "gives payments by the refs they were opened with",
    noticedBy: BY_REF,
    to: (store) => {
      const opened: PaymentRecord[] = [];
      return {
        open(request) {
          opened.push(request.record);
          return store.open(request);
        },
        paymentByRef: async (account, ref) =>
          opened.find(({ payment }) => payment.account === account && payment.ref === ref),
      };
    },
  },
  {
    does: "counts closed payments with the open ones",
    noticedBy: COUNTED,
    to: (store) => {
      let closed = 0;
      return {
        ...writing(({ record }) => {
          closed += record?.payment.state === "succeeded" ? 1 : 0;
          return {};
        })(store),
        openAccounts: async () =>
          (await store.openAccounts()).map((row) => ({ ...row, payments: row.payments + closed })),
      };
    },
  },
  {
    does: "counts no payments of which a refund is under way",
    noticedBy: COUNTED,
    to: (store) => ({
      openAccounts: async () => (await store.openAccounts()).filter(({ payments }) => payments > 0),
    }),
  },
  {
    does: "counts together what came under several keys",
    noticedBy: COUNTED,
    to: (store) => ({
      openAccounts: async () => (await store.openAccounts()).filter(({ keyId }) => keyId !== "k2"),
    }),
  },
  {
    does: "sorts accounts as people do",
    noticedBy: COUNTED,
    to: (store) => ({
      openAccounts: async () =>
        (await store.openAccounts()).toSorted(
          (a, b) => a.account.localeCompare(b.account) || a.provider.localeCompare(b.provider),
        ),
    }),
  },
];
