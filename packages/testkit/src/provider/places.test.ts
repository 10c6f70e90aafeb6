import assert from "node:assert/strict";
import { describe, it } from "@jest/globals";
import { type Callback, move, type Place, read, repeat, textAt, whole, write } from "./places.ts";

const form = whole({ method: "POST", query: "a=1&b=%20x", body: "status=paid&sign=a%2Bb", headers: { "X-Sign": "s" } });
const json = whole({ method: "POST", body: '{"data":{"status":"paid","amount":19.90},"sign":"abc"}' });
const text = ({ body, headers, query }: Callback) => [query, body.toString(), headers];

describe("a place", () => {
  it("is read decoded, and in JSON as JSON", () => {
    assert.equal(read(form, { in: "query", name: "b" }), " x");
    assert.equal(read(form, { in: "form", name: "sign" }), "a+b");
    assert.equal(read(form, { in: "header", name: "x-sign" }), "s");
    assert.equal(read(json, { in: "json", name: "data.status" }), '"paid"');
    assert.equal(textAt(json, { in: "json", name: "data.status" }), "paid");
    for (const place of ["query", "form", "header", "json"] as const) {
      assert.equal(read(form, { in: place, name: "none" }), undefined);
    }
  });

  it("is written with all else as it was", () => {
    assert.deepEqual(text(write(form, { in: "query", name: "a" }, "&")), ["a=%26&b=%20x", ...text(form).slice(1)]);
    assert.deepEqual(text(write(form, { in: "form", name: "status" }, undefined))[1], "sign=a%2Bb");
    assert.deepEqual(text(write(form, { in: "form", name: "new" }, "1"))[1], "status=paid&sign=a%2Bb&new=1");
    assert.deepEqual(text(write(form, { in: "header", name: "X-SIGN" }, undefined))[2], {});
    assert.deepEqual(
      text(write(json, { in: "json", name: "data.amount" }, "19.990"))[1],
      '{"data":{"status":"paid","amount":19.990},"sign":"abc"}',
    );
    assert.equal(read(write(json, { in: "json", name: "data.status" }, undefined), DATA), '{"amount":19.9}');
  });

  it("is repeated before and behind what stands there", () => {
    assert.deepEqual(
      repeat(form, { in: "query", name: "a" }, "2").map(({ query }) => query),
      ["a=2&a=1&b=%20x", "a=1&b=%20x&a=2", "a=1&b=%20x&a=1"],
    );
    assert.deepEqual(
      repeat(json, { in: "json", name: "data.status" }, '"x"').map(({ body }) => body.toString()),
      ['{"data":{"status":"x","status":"paid","amount":19.9},"sign":"abc"}'],
    );
    assert.deepEqual(
      repeat(form, { in: "header", name: "x-sign" }, "t").map(({ headers }) => headers["x-sign"]),
      ["s, t", "t, s"],
    );
    assert.deepEqual(repeat(form, { in: "query", name: "none" }, "2"), []);
  });

  it("is moved to every other place, and to no other where the body is signed", () => {
    const moved = move(form, { in: "query", name: "a" }, false);
    assert.ok(moved.every(({ query }) => query === "b=%20x"));
    assert.ok(moved.some(({ body }) => body.toString() === "status=paid&sign=a%2Bb&a=1"));
    assert.ok(moved.some(({ headers }) => headers.a === "1"));
    assert.ok(moved.some(({ headers }) => headers.cookie === "a=1"));
    for (const { body } of move(form, { in: "header", name: "x-sign" }, true)) {
      assert.equal(body.toString(), form.body.toString());
    }
    assert.ok(move(json, { in: "header", name: "none" }, false).length === 0);
  });

  it("may be of another format, as its own functions say", () => {
    const place: Place = {
      in: "elsewhere",
      read: ({ body }) => /<status>(.*)<\/status>/.exec(body.toString())?.[1],
      write: (callback, status = "") => ({ ...callback, body: Buffer.from(`<status>${status}</status>`) }),
    };
    const xml = whole({ method: "POST", body: "<status>paid</status>" });
    assert.equal(read(xml, place), "paid");
    assert.equal(write(xml, place, "failed").body.toString(), "<status>failed</status>");
    assert.deepEqual([repeat(xml, place, "x"), move(xml, place, false)], [[], []]);
  });
});

const DATA: Place = { in: "json", name: "data" };
