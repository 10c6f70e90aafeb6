import { describe, expect, it } from "@jest/globals";
import { base32, createIds, firstPaymentIdOf, parsePaymentId } from "./ids.ts";

describe("an id", () => {
  // From the specification's own valid.yml.
  it.each([
    ["00000000-0000-0000-0000-000000000000", "00000000000000000000000000"],
    ["00000000-0000-0000-0000-000000000001", "00000000000000000000000001"],
    ["00000000-0000-0000-0000-00000000000a", "0000000000000000000000000a"],
    ["00000000-0000-0000-0000-000000000010", "0000000000000000000000000g"],
    ["00000000-0000-0000-0000-000000000020", "00000000000000000000000010"],
    ["ffffffff-ffff-ffff-ffff-ffffffffffff", "7zzzzzzzzzzzzzzzzzzzzzzzzz"],
    ["0110c853-1d09-52d8-d73e-1194e95b5f19", "0123456789abcdefghjkmnpqrs"],
    ["01890a5d-ac96-774b-bcce-b302099a8057", "01h455vb4pex5vsknk084sn02q"],
  ])("writes %s as TypeIDs do", (uuid, text) => {
    expect(base32(Buffer.from(uuid.replaceAll("-", ""), "hex"))).toBe(text);
  });

  it("sorts after the first one of its moment and before that of the next", () => {
    for (const at of [0, 1, 31, 32, Date.UTC(2026, 0, 1), 2 ** 48 - 2]) {
      for (const byte of [0, 255]) {
        const made = createIds(
          () => at,
          (size) => new Uint8Array(size).fill(byte),
        ).payment();
        expect(parsePaymentId(firstPaymentIdOf(at))).toBe(firstPaymentIdOf(at));
        expect([firstPaymentIdOf(at), made, firstPaymentIdOf(at + 1)].sort()[1]).toBe(made);
        expect(made.slice(0, 14)).toBe(firstPaymentIdOf(at).slice(0, 14));
      }
    }
    expect(firstPaymentIdOf(-1)).toBe(firstPaymentIdOf(0));
    expect(firstPaymentIdOf(Number.MAX_SAFE_INTEGER)).toBe("pay_7zzzzzzzzz0000000000000000");
  });

  it("is of the moment it was made, and sorts by it", () => {
    let now = Date.UTC(2026, 0, 1);
    const random = (size: number) => new Uint8Array(size).fill(255);
    const ids = createIds(() => now, random);
    const made = [0, 1, 1000, 1e9].map((later) => {
      now += later;
      return ids.payment();
    });
    expect(made).toEqual([...made].sort());
    expect(made.map(parsePaymentId)).toEqual(made);
    expect(new Set(made.map((id) => id.slice(0, 13))).size).toBeGreaterThan(1);
  });
});
