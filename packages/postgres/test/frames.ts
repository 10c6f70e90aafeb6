/**
 * Cuts a stream into the messages of PostgreSQL's protocol: a letter, a length that counts itself, and the rest. The first
 * message of a client has no letter.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function createFrames(opening: boolean): (chunk: Buffer) => readonly Frame[] {
  let rest: Buffer = Buffer.alloc(0);
  let lettered = !opening;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const start = lettered ? 1 : 0;
      if (rest.length < start + 4) return frames;
      const end = start + rest.readInt32BE(start);
      if (rest.length < end) return frames;
      const type = lettered ? String.fromCharCode(rest[0]!) : "";
      const frame = { type, bytes: rest.subarray(0, end), body: rest.subarray(start + 4, end) };
      frames.push(frame);
      rest = rest.subarray(end);
      lettered ||= !isRequest(frame);
    }
  };
}

export interface Frame {
  /** Empty for what a client says first. */
  readonly type: string;
  /** All of it, to be passed on. */
  readonly bytes: Buffer;
  readonly body: Buffer;
}

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;

/** Whether a client asks for encryption, before it says who it is. */
export function isRequest({ type, body }: Frame): boolean {
  return type === "" && [SSL_REQUEST, GSS_REQUEST].includes(body.readInt32BE(0));
}

/** The SQL in a message that has some. */
export function sqlOf({ type, body }: Frame): string | undefined {
  const text = (from: number) => body.toString("utf8", from, body.indexOf(0, from));
  if (type === "Q") return text(0);
  // After the statement's name.
  return type === "P" ? text(body.indexOf(0) + 1) : undefined;
}
