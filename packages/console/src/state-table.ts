import type { PaymentState } from "@pay/core";

/** The position of each state in the diagram: the middle of its box. */
export const STATES: Readonly<Record<PaymentState, { readonly x: number; readonly y: number }>> = {
  created: { x: 70, y: 150 },
  pending: { x: 250, y: 75 },
  unknown: { x: 250, y: 225 },
  failed: { x: 450, y: 35 },
  expired: { x: 450, y: 150 },
  canceled: { x: 450, y: 265 },
  succeeded: { x: 640, y: 150 },
};

/** Every transition. `over` is the distance by which its line bends around the boxes in between. */
export const WAYS: readonly { readonly from: PaymentState; readonly to: PaymentState; readonly over?: number }[] = [
  { from: "created", to: "pending" },
  { from: "created", to: "unknown" },
  { from: "created", to: "failed", over: -70 },
  { from: "created", to: "expired" },
  { from: "created", to: "canceled", over: 70 },
  { from: "created", to: "succeeded", over: 330 },
  { from: "unknown", to: "pending" },
  { from: "pending", to: "failed" },
  { from: "unknown", to: "failed" },
  { from: "pending", to: "expired" },
  { from: "unknown", to: "expired" },
  { from: "pending", to: "canceled" },
  { from: "unknown", to: "canceled" },
  { from: "pending", to: "succeeded" },
  { from: "unknown", to: "succeeded" },
  { from: "failed", to: "succeeded" },
  { from: "expired", to: "succeeded" },
  { from: "canceled", to: "succeeded" },
];
