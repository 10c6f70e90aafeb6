/** A gateway's answer to a create request. */
export interface GatewayAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export function jsonAnswer(value: object, status = 200): GatewayAnswer {
  return { status, contentType: "application/json", body: JSON.stringify(value) };
}

export function textAnswer(text: string, status = 200): GatewayAnswer {
  return { status, contentType: "text/plain; charset=UTF-8", body: text };
}

/** The type of a `content-type` header without parameters, in lower case; empty if there is no such header. */
export function mediaType(header: string | null | undefined): string {
  return (header ?? "").split(";")[0]!.trim().toLowerCase();
}

/** Parses a JSON object. Returns null for anything else, including arrays and invalid JSON. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
