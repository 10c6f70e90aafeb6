import type { LeasedStatusCheck, PaymentId, PaymentRecord } from "@pay/core/store";
import { NOTHING, type Sabotage, writing } from "./sabotage.ts";

const DUE = "leases status checks when they are due and not before, oldest first, and no more than the limit";
const LEASED =
  "leases a status check to one process while the lease lasts, and again with the next attempt when it ended";
const AT_ONCE = "leases each status check to one of the processes that come at the same time, and leaves none behind";
const WAITING =
  "keeps the earlier time of a status check that is scheduled again while it waits, under the newest version and its time";
const MEANWHILE = "leases a status check that is scheduled again while a process does it, from the first attempt";
const COUNTED = "counts payments that wait by account, provider and key, sorted by these, and no closed ones";
const BY_PROVIDER_REFERENCE = "gives the payment of a provider reference, of the account alone";

export const STATUS_CHECKS: readonly Sabotage[] = [
  {
    does: "forgets to schedule a status check",
    noticedBy: DUE,
    to: writing(() => ({ checkStatusAt: undefined as never })),
  },
  {
    does: "leases a status check before it is due",
    noticedBy: DUE,
    to: (store) => ({ leaseStatusChecks: (now, until, limit) => store.leaseStatusChecks(now + 1, until, limit) }),
  },
  {
    does: "leases the newest status check first",
    noticedBy: DUE,
    to: (store) => ({
      leaseStatusChecks: async (now, until, limit) => (await store.leaseStatusChecks(now, until, limit)).toReversed(),
    }),
  },
  {
    does: "leases more status checks than the limit",
    noticedBy: DUE,
    to: (store) => ({ leaseStatusChecks: (now, until, limit) => store.leaseStatusChecks(now, until, limit + 1) }),
  },
  {
    does: "leases status checks of accounts that are left out",
    noticedBy: "leases no status check of the accounts that are left out, and others up to the limit",
    to: (store) => ({ leaseStatusChecks: (now, until, limit) => store.leaseStatusChecks(now, until, limit) }),
  },
  {
    does: "leases a status check twice",
    noticedBy: LEASED,
    to: (store) => ({ leaseStatusChecks: (now, _, limit) => store.leaseStatusChecks(now, now, limit) }),
  },
  {
    does: "never ends the lease of a status check",
    noticedBy: LEASED,
    to: (store) => ({
      leaseStatusChecks: (now, _, limit) => store.leaseStatusChecks(now, Number.MAX_SAFE_INTEGER, limit),
    }),
  },
  {
    does: "counts no attempts of a status check",
    noticedBy: LEASED,
    to: (store) => ({
      leaseStatusChecks: async (...given) =>
        (await store.leaseStatusChecks(...given)).map((check) => ({ ...check, attempt: 1 })),
    }),
  },
  {
    does: "leases the same status checks to processes that come at the same time",
    noticedBy: AT_ONCE,
    to: (store) => {
      let pending: Promise<readonly LeasedStatusCheck[]> | undefined;
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
    does: "leases no status check to one process while it leases to another",
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
    does: "schedules a status check of a decision that threw",
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
    does: "delays a status check that is scheduled again",
    noticedBy: WAITING,
    to: (store) => {
      const versions = new Map<PaymentId, number>();
      return writing(({ record, checkStatusAt }) => {
        if (record === undefined || checkStatusAt === undefined) return {};
        const { id: paymentId } = record.payment;
        const version = versions.get(paymentId);
        if (version !== undefined) void store.finishStatusCheck({ paymentId, version, requestedFor: 0, attempt: 0 });
        versions.set(paymentId, record.version);
        return {};
      })(store);
    },
  },
  {
    does: "keeps the version of the first request for a status check",
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
          (await store.leaseStatusChecks(...given)).map((check) => ({
            ...check,
            version: first.get(check.paymentId)!,
          })),
      };
    },
  },
  {
    does: "keeps the time of the first request for a status check",
    noticedBy: WAITING,
    to: (store) => {
      const first = new Map<PaymentId, number>();
      return {
        ...writing(({ record, checkStatusAt }) => {
          const id = record?.payment.id;
          if (id !== undefined && checkStatusAt !== undefined && !first.has(id)) first.set(id, checkStatusAt);
          return {};
        })(store),
        leaseStatusChecks: async (...given) =>
          (await store.leaseStatusChecks(...given)).map((check) => ({
            ...check,
            requestedFor: first.get(check.paymentId)!,
          })),
      };
    },
  },
  {
    does: "goes on counting attempts when a status check is scheduled again",
    noticedBy: MEANWHILE,
    to: (store) => {
      const leases = new Map<PaymentId, number>();
      return {
        async leaseStatusChecks(...given) {
          const statusChecks = await store.leaseStatusChecks(...given);
          return statusChecks.map((check) => {
            const attempt = (leases.get(check.paymentId) ?? 0) + 1;
            leases.set(check.paymentId, attempt);
            return { ...check, attempt };
          });
        },
      };
    },
  },
  {
    does: "overlooks that a status check is scheduled again",
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
        async finishStatusCheck(check, dueAt) {
          if (dueAt === undefined) waiting.delete(check.paymentId);
          await store.finishStatusCheck(check, dueAt);
        },
      };
    },
  },
  {
    does: "schedules a status check with a line of the history only",
    noticedBy: "schedules a status check of a payment that stays as it is, also while a process does one",
    to: writing(({ history }) => (history.length === 0 ? { checkStatusAt: undefined as never } : {})),
  },
  {
    does: "takes a status check that is scheduled again for the same one",
    noticedBy: "ignores the end of a status check that was scheduled again meanwhile",
    to: (store) => {
      const versions = new Map<PaymentId, number>();
      return {
        ...writing(({ record, checkStatusAt }) => {
          if (record !== undefined && checkStatusAt !== undefined) versions.set(record.payment.id, record.version);
          return {};
        })(store),
        finishStatusCheck: (check, ...next) =>
          store.finishStatusCheck({ ...check, version: versions.get(check.paymentId) ?? check.version }, ...next),
      };
    },
  },
  {
    does: "ends a status check that another process runs",
    noticedBy: "ignores the end of a status check that another process took over",
    to: (store) => {
      const attempts = new Map<string, number>();
      const key = ({ paymentId, version }: Pick<LeasedStatusCheck, "paymentId" | "version">) =>
        `${paymentId} ${version}`;
      return {
        async leaseStatusChecks(...given) {
          const statusChecks = await store.leaseStatusChecks(...given);
          for (const check of statusChecks) attempts.set(key(check), check.attempt);
          return statusChecks;
        },
        finishStatusCheck: (check, ...next) =>
          store.finishStatusCheck({ ...check, attempt: attempts.get(key(check)) ?? 0 }, ...next),
      };
    },
  },
  {
    does: "repeats a finished status check",
    noticedBy: "forgets a finished status check, until it is scheduled again",
    to: (store) => ({ finishStatusCheck: (check, dueAt = 0) => store.finishStatusCheck(check, dueAt) }),
  },
  {
    does: "repeats a status check at once",
    noticedBy: "repeats a status check without an answer, at its time and with the next attempt",
    to: (store) => ({ finishStatusCheck: (check, dueAt) => store.finishStatusCheck(check, dueAt && 0) }),
  },
  {
    does: "counts every attempt of a status check",
    noticedBy: "counts as many attempts of a status check as it is told",
    to: (store) => ({ finishStatusCheck: (check, dueAt) => store.finishStatusCheck(check, dueAt) }),
  },
  {
    does: "never repeats a status check",
    noticedBy: "repeats a status check without an answer, at its time and with the next attempt",
    to: (store) => ({ finishStatusCheck: (check) => store.finishStatusCheck(check) }),
  },
  {
    does: "fails to end a status check of an unknown payment",
    noticedBy: "ends a status check of an unknown payment without an error",
    to: (store) => ({
      async finishStatusCheck(check, dueAt) {
        if ((await store.payment(check.paymentId)) === undefined) throw new Error("There is no such payment.");
        await store.finishStatusCheck(check, dueAt);
      },
    }),
  },
  {
    does: "gives the payment of a provider reference at any account",
    noticedBy: BY_PROVIDER_REFERENCE,
    to: (store) => ({
      paymentByProviderReference: async (merchantAccount, providerReference) =>
        (await store.paymentByProviderReference("acme:SHOP1", providerReference)) ??
        (await store.paymentByProviderReference(merchantAccount, providerReference)),
    }),
  },
  {
    does: "gives payments by the provider references they were opened with",
    noticedBy: BY_PROVIDER_REFERENCE,
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
    does: "leaves out the payments of one key",
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
