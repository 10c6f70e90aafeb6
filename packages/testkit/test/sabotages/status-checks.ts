import type { PaymentId, PaymentRecord, StatusCheck } from "@pay/core/store";
import { NOTHING, type Sabotage, writing } from "./sabotage.ts";

const DUE = "leases status checks when they are due and not before, oldest first, and no more than the limit";
const LEASED =
  "leases a status check to one process while the lease lasts, and again with the next attempt when it ended";
const AT_ONCE = "leases each status check to one of the processes that come at the same time, and leaves none behind";
const WAITING =
  "keeps the earlier time of a status check that is scheduled again while it waits, under the newest version";
const MEANWHILE = "leases a status check that is scheduled again while a process does it, from the first attempt";
const COUNTED = "counts payments that wait by account, provider and key, sorted by these, and no closed ones";
const BY_REF = "gives the payment of a provider reference, of the account alone";

export const STATUS_CHECKS: readonly Sabotage[] = [
  {
    does: "forgets that a gateway is to be asked",
    noticedBy: DUE,
    to: writing(() => ({ checkStatusAt: undefined as never })),
  },
  {
    does: "asks before the time has come",
    noticedBy: DUE,
    to: (store) => ({ leaseStatusChecks: (now, until, limit) => store.leaseStatusChecks(now + 1, until, limit) }),
  },
  {
    does: "asks the newest first",
    noticedBy: DUE,
    to: (store) => ({
      leaseStatusChecks: async (now, until, limit) => (await store.leaseStatusChecks(now, until, limit)).toReversed(),
    }),
  },
  {
    does: "gives more to be asked than was asked for",
    noticedBy: DUE,
    to: (store) => ({ leaseStatusChecks: (now, until, limit) => store.leaseStatusChecks(now, until, limit + 1) }),
  },
  {
    does: "gives a payment to be asked twice",
    noticedBy: LEASED,
    to: (store) => ({ leaseStatusChecks: (now, _, limit) => store.leaseStatusChecks(now, now, limit) }),
  },
  {
    does: "never ends the lease of what is to be asked",
    noticedBy: LEASED,
    to: (store) => ({
      leaseStatusChecks: (now, _, limit) => store.leaseStatusChecks(now, Number.MAX_SAFE_INTEGER, limit),
    }),
  },
  {
    does: "counts no questions",
    noticedBy: LEASED,
    to: (store) => ({
      leaseStatusChecks: async (...given) =>
        (await store.leaseStatusChecks(...given)).map((ask) => ({ ...ask, attempt: 1 })),
    }),
  },
  {
    does: "gives alike to processes that ask for what is to be asked at the same time",
    noticedBy: AT_ONCE,
    to: (store) => {
      let pending: Promise<readonly StatusCheck[]> | undefined;
      return {
        leaseStatusChecks(...given) {
          pending ??= store.leaseStatusChecks(...given).finally(() => {
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
        async leaseStatusChecks(...given) {
          if (taking) return [];
          taking = true;
          try {
            return await store.leaseStatusChecks(...given);
          } finally {
            taking = false;
          }
        },
      };
    },
  },
  {
    does: "has asked what was decided by a rule that threw",
    noticedBy: "schedules no status check that was not committed",
    to: (store) => ({
      async update(query, decide) {
        try {
          return await store.update(query, decide);
        } catch (error) {
          const due = { record: (await store.payment(query.paymentId!))!, checkStatusAt: 0 };
          await store.update(query, () => ({ changes: { ...NOTHING, ...due }, result: undefined }));
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
      return writing(({ record, checkStatusAt }) => {
        if (record === undefined || checkStatusAt === undefined) return {};
        const { id: paymentId } = record.payment;
        const version = asked.get(paymentId);
        if (version !== undefined) void store.finishStatusCheck({ paymentId, version, attempt: 0 });
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
        ...writing(({ record, checkStatusAt }) => {
          const id = record?.payment.id;
          if (id !== undefined && checkStatusAt !== undefined && !first.has(id)) first.set(id, record!.version);
          return {};
        })(store),
        leaseStatusChecks: async (...given) =>
          (await store.leaseStatusChecks(...given)).map((ask) => ({ ...ask, version: first.get(ask.paymentId)! })),
      };
    },
  },
  {
    does: "counts on where a payment is asked for again",
    noticedBy: MEANWHILE,
    to: (store) => {
      const leases = new Map<PaymentId, number>();
      return {
        async leaseStatusChecks(...given) {
          const statusChecks = await store.leaseStatusChecks(...given);
          return statusChecks.map((ask) => {
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
        ...writing(({ record, checkStatusAt }) => {
          const id = record?.payment.id;
          if (id === undefined || checkStatusAt === undefined) return {};
          if (waiting.has(id)) return { checkStatusAt: undefined as never };
          waiting.add(id);
          return {};
        })(store),
        async finishStatusCheck(ask, dueAt) {
          if (dueAt === undefined) waiting.delete(ask.paymentId);
          await store.finishStatusCheck(ask, dueAt);
        },
      };
    },
  },
  {
    does: "takes what is asked for again for the same question",
    noticedBy: "ignores the end of a status check that was scheduled again meanwhile",
    to: (store) => {
      const versions = new Map<PaymentId, number>();
      return {
        ...writing(({ record, checkStatusAt }) => {
          if (record !== undefined && checkStatusAt !== undefined) versions.set(record.payment.id, record.version);
          return {};
        })(store),
        finishStatusCheck: (ask, dueAt) =>
          store.finishStatusCheck({ ...ask, version: versions.get(ask.paymentId) ?? ask.version }, dueAt),
      };
    },
  },
  {
    does: "ends the status check that another process does",
    noticedBy: "ignores the end of a status check that another process took over",
    to: (store) => {
      const attempts = new Map<string, number>();
      const key = ({ paymentId, version }: StatusCheck) => `${paymentId} ${version}`;
      return {
        async leaseStatusChecks(...given) {
          const statusChecks = await store.leaseStatusChecks(...given);
          for (const ask of statusChecks) attempts.set(key(ask), ask.attempt);
          return statusChecks;
        },
        finishStatusCheck: (ask, dueAt) =>
          store.finishStatusCheck({ ...ask, attempt: attempts.get(key(ask)) ?? 0 }, dueAt),
      };
    },
  },
  {
    does: "asks on and on",
    noticedBy: "forgets a finished status check, until it is scheduled again",
    to: (store) => ({ finishStatusCheck: (ask, dueAt = 0) => store.finishStatusCheck(ask, dueAt) }),
  },
  {
    does: "asks again at once",
    noticedBy: "repeats a status check without an answer, at its time and with the next attempt",
    to: (store) => ({ finishStatusCheck: (ask, dueAt) => store.finishStatusCheck(ask, dueAt && 0) }),
  },
  {
    does: "never asks a second time",
    noticedBy: "repeats a status check without an answer, at its time and with the next attempt",
    to: (store) => ({ finishStatusCheck: (ask) => store.finishStatusCheck(ask) }),
  },
  {
    does: "fails where there is nothing to end",
    noticedBy: "ends a status check of an unknown payment without an error",
    to: (store) => ({
      async finishStatusCheck(ask, dueAt) {
        if ((await store.payment(ask.paymentId)) === undefined) throw new Error("There is no such payment.");
        await store.finishStatusCheck(ask, dueAt);
      },
    }),
  },
  {
    does: "gives the payment of a provider reference at any account",
    noticedBy: BY_REF,
    to: (store) => ({
      paymentByProviderReference: async (merchantAccount, providerReference) =>
        (await store.paymentByProviderReference("acme:SHOP1", providerReference)) ??
        (await store.paymentByProviderReference(merchantAccount, providerReference)),
    }),
  },
  {
    does: "gives payments by the provider references they were opened with",
    noticedBy: BY_REF,
    to: (store) => {
      const opened: PaymentRecord[] = [];
      return {
        insert(request) {
          opened.push(request.record);
          return store.insert(request);
        },
        paymentByProviderReference: async (merchantAccount, providerReference) =>
          opened.find(
            ({ payment }) =>
              payment.merchantAccount === merchantAccount && payment.providerReference === providerReference,
          ),
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
        openPaymentsByAccount: async () =>
          (await store.openPaymentsByAccount()).map((row) => ({ ...row, payments: row.payments + closed })),
      };
    },
  },
  {
    does: "counts no payments of which a refund is under way",
    noticedBy: COUNTED,
    to: (store) => ({
      openPaymentsByAccount: async () => (await store.openPaymentsByAccount()).filter(({ payments }) => payments > 0),
    }),
  },
  {
    does: "counts together what came under several keys",
    noticedBy: COUNTED,
    to: (store) => ({
      openPaymentsByAccount: async () => (await store.openPaymentsByAccount()).filter(({ keyId }) => keyId !== "k2"),
    }),
  },
  {
    does: "sorts accounts as people do",
    noticedBy: COUNTED,
    to: (store) => ({
      openPaymentsByAccount: async () =>
        (await store.openPaymentsByAccount()).toSorted(
          (a, b) => a.merchantAccount.localeCompare(b.merchantAccount) || a.providerName.localeCompare(b.providerName),
        ),
    }),
  },
];
