import type { PruneProgress } from "@pay/core";

const day = (at: number) => new Date(at).toISOString().slice(0, 10);
const counted = (payments: number) => `${payments.toLocaleString("en")} ${payments === 1 ? "payment" : "payments"}`;

export function progressLine({ payments, upTo }: PruneProgress, dryRun: boolean): string {
  return `${counted(payments)} ${dryRun ? "found" : "removed"}, which last changed on ${day(upTo)} or before`;
}

export function totalLine(payments: number, dryRun: boolean, stopped: boolean): string {
  if (dryRun) return `${counted(payments)} would be removed${stopped ? ", and more: the count was stopped" : ""}.`;
  return `${counted(payments)} removed${stopped ? "; stopped, run it again to continue" : ""}.`;
}
