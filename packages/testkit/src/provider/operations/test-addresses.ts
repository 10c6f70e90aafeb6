import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Call, PaymentProvider } from "@pay/core/adapter";
import { each } from "../fixtures/recorded-callbacks.ts";
import type { WireAnswer } from "../fixtures/wire.ts";
import { createRequest, inTime, newCall, type Subject } from "../subject.ts";
import { everyOperation, formsOf, performEach } from "./every-operation.ts";

/** Tests where requests go: to the address of the options, and without one to the gateway for real money. */
export function testAddresses(subject: Subject): void {
  const { check, fixtures, makeByDefault } = subject;
  check("sends its requests to the address of its options, and nowhere else", async () => {
    const hosts = await hostsOf(async () => {
      await performEach(subject);
      await formsOf(subject);
    });
    const foreign = hosts.filter((host) => host !== "127.0.0.1");
    assert.equal(foreign[0], undefined, `a request goes to ${foreign[0]}; make each address from the option baseUrl`);
  });

  check("reaches the gateway for real money where its options name no address", async () => {
    const { productionUrl } = fixtures;
    const provider = makeByDefault();
    if (provider === undefined) {
      return assert.equal(productionUrl, undefined, "productionUrl: remove it, since the adapter needs a baseUrl");
    }
    assert.ok(
      productionUrl,
      "productionUrl: add the address of the document, since the adapter works without a baseUrl",
    );
    await each(await addressesOf(subject, provider), ({ urls }) => {
      for (const url of urls) {
        const isThere = url.startsWith(productionUrl) && /^(?:$|[/?])/.test(url.slice(productionUrl.length));
        assert.ok(isThere, `a request goes to ${new URL(url).origin}, and not to productionUrl`);
      }
    });
  });
}

/** The hosts of all requests that this process sends while this runs. */
async function hostsOf(run: () => Promise<void>): Promise<readonly string[]> {
  const hosts: string[] = [];
  const onFetch = (message: unknown) => {
    hosts.push(
      new URL(String((message as { readonly request: { readonly origin: unknown } }).request.origin)).hostname,
    );
  };
  const onRequest = (message: unknown) => {
    hosts.push((message as { readonly request: { readonly host: string } }).request.host);
  };
  subscribe("undici:request:create", onFetch);
  subscribe("http.client.request.start", onRequest);
  try {
    await run();
    return hosts;
  } finally {
    unsubscribe("undici:request:create", onFetch);
    unsubscribe("http.client.request.start", onRequest);
  }
}

interface Addressed {
  readonly label: string;
  readonly urls: readonly string[];
}

/** The addresses to which the provider's requests, and its buyers' forms, would go. No request leaves this machine. */
async function addressesOf(subject: Subject, provider: PaymentProvider): Promise<readonly Addressed[]> {
  const { create } = subject.fixtures;
  const found: Addressed[] = [];
  for (const { answer, label, run } of everyOperation(subject)) {
    const { call, urls } = recordingCall(subject, answer);
    // The outcome does not matter here.
    await inTime(
      Promise.resolve(run(provider, call)).catch(() => {}),
      label,
    );
    found.push({ label, urls });
  }
  if (!("form" in create)) return found;
  const { next } = (await provider.create(createRequest(provider, create.requests[0]), newCall())) as {
    readonly next?: { readonly url?: string };
  };
  return [...found, { label: "the form of create", urls: next?.url === undefined ? [] : [next.url] }];
}

/** A call whose requests are answered here. */
function recordingCall({ fixtures }: Subject, answer: WireAnswer): { readonly call: Call; readonly urls: string[] } {
  const urls: string[] = [];
  const { http, now, signal } = newCall();
  const answered = http.extend({
    async fetch(input, init) {
      const request = new Request(input, init);
      urls.push(request.url);
      const { pathname, search } = new URL(request.url);
      const sent = { method: request.method, target: pathname + search, headers: Object.fromEntries(request.headers) };
      const { body, headers, status } = fixtures.before?.({ ...sent, body: await request.text() }) ?? answer;
      return new Response(status === 204 ? null : body, { status, ...(headers && { headers }) });
    },
  });
  return { call: { http: answered, now, signal }, urls };
}
