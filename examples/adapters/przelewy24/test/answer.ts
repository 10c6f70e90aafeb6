import nock from "nock";
import { GATEWAY } from "./fixtures.ts";

export interface Sent {
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly headers: Headers;
}

/** Answers the next call of that method and path, and gives what was sent. */
export function answer(method: string, path: string, code: number, body: string | object): Promise<Sent> {
  return new Promise((resolve) => {
    const scope = nock(GATEWAY).intercept(`/api/v1/transaction/${path}`, method).reply(code, body);
    scope.on("request", ({ headers }: Request, _interceptor: unknown, text: string) => {
      resolve({ body: text === "" ? {} : JSON.parse(text), text, headers });
    });
  });
}
