import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { ChannelCredentials, credentials } from "@grpc/grpc-js";
import type { GrpcTlsOptions } from "../config.ts";

type SecureConnector = ReturnType<ChannelCredentials["_createSecureConnector"]>;

/**
 * What the connections of one channel came to. grpc-js tells a failed connection only as a sentence; this keeps what
 * the sentence was made of, so that failures are told apart by fact and code.
 */
export class Link {
  readonly #sockets: Socket[] = [];
  readonly #watcher: LinkWatcher;
  #destroyed = false;
  #ended = false;
  /** The one that the connection went over which came up. */
  #attended: Socket | null = null;
  #goaway: string | null = null;
  /** The newest error of a socket or of a TLS handshake. */
  error: unknown;
  /** A TLS handshake was completed. */
  secured = false;

  constructor(watcher: LinkWatcher = { onGoaway: () => {}, onLost: () => {} }) {
    this.#watcher = watcher;
  }

  admit(socket: Socket): void {
    if (this.#destroyed) socket.destroy();
    this.#sockets.push(socket);
    socket.on("error", (error) => {
      this.error = error;
    });
  }

  /**
   * To be called once the connection is up: from then on the watcher is told of a GOAWAY, and once of the loss. grpc-js
   * keeps the HTTP/2 session to itself, and takes every listener off it until its settings have come; Node notes it on
   * the socket it is bound to, under a key that changes from version to version. Where that is not found, GOAWAYs are
   * not seen and a loss is told by what became of the socket.
   */
  attend(): void {
    // Of a name that is tried at two addresses at once, the other one is let go.
    const up = this.#sockets.filter((socket) => !socket.destroyed && socket.bytesRead > 0);
    const socket = up.findLast((one) => sessionOn(one) !== undefined) ?? up.at(-1);
    if (socket === undefined || this.#attended !== null) return;
    this.#attended = socket;
    socket.once("end", () => {
      this.#ended = true;
    });
    socket.once("close", () => {
      if (!this.#destroyed) this.#watcher.onLost(this.#whyLost());
    });
    sessionOn(socket)?.once("goaway", (code: number, _lastStream: number, data?: Buffer) => {
      this.#goaway = describeGoaway(code, data);
      if (!this.#destroyed) this.#watcher.onGoaway(this.#goaway);
    });
  }

  #whyLost(): string {
    if (this.#goaway !== null) return this.#goaway;
    const { code, message } = (this.error ?? {}) as { code?: unknown; message?: unknown };
    if (typeof code === "string") return code.startsWith("ERR_SSL_") ? `TLS alert: ${code}` : code;
    if (typeof message === "string") return message;
    return this.#ended ? "the target closed it without a GOAWAY" : "reason not known";
  }

  /** A TCP connection was made. */
  get accepted(): boolean {
    return this.#sockets.length > 0;
  }

  /** Something came back on it. */
  get answered(): boolean {
    return this.#sockets.some(({ bytesRead }) => bytesRead > 0);
  }

  /** This end of the connection, as the other end sees it; null for Unix sockets. */
  get localAddress(): string | null {
    const sockets = this.#attended === null ? this.#sockets : [...this.#sockets, this.#attended];
    const socket = sockets.findLast(({ localPort }) => localPort !== undefined);
    if (socket?.localAddress === undefined) return null;
    const { localAddress, localPort } = socket;
    return localAddress.includes(":") ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
  }

  /**
   * Throws when no connection is wanted any more. grpc-js tries once more after its channel is closed, and makes another
   * one by itself for a call that begins after a GOAWAY; here, that is for the next channel to do, at most once a second.
   */
  permit(): void {
    if (this.#destroyed) throw new Error("the channel is closed");
    if (this.#attended !== null) throw new Error("the connection is lost");
  }

  /** grpc-js lets go of connections only some time after their channel is closed, and of half-made ones never. */
  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#sockets) socket.destroy();
  }
}

export interface LinkWatcher {
  /** @param reason code and debug text, for people */
  onGoaway(reason: string): void;
  /** Once, unless the link was destroyed from here. */
  onLost(reason: string): void;
}

function sessionOn(socket: Socket): ClientHttp2Session | undefined {
  const bound = socket as unknown as Record<PropertyKey, unknown>;
  for (const key of Reflect.ownKeys(bound)) {
    const value = bound[key] as Partial<ClientHttp2Session> | null | undefined;
    if (typeof value?.goaway === "function" && typeof value.ping === "function") {
      return value as ClientHttp2Session;
    }
  }
  return undefined;
}

/** By code: RFC 9113, section 7. */
const HTTP2_ERRORS = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];
const DEBUG_TEXT_MAX = 100;

/** `GOAWAY NO_ERROR (max_age)`: the code, and the debug text as far as it can be shown. */
export function describeGoaway(code: number, data: Uint8Array | undefined): string {
  const name = HTTP2_ERRORS[code] ?? `code ${code}`;
  const text = Buffer.from(data ?? [])
    .toString("utf8")
    .replace(/[\p{Cc}\uFFFD]+/gu, " ")
    .trim();
  if (text === "") return `GOAWAY ${name}`;
  return `GOAWAY ${name} (${text.length > DEBUG_TEXT_MAX ? `${text.slice(0, DEBUG_TEXT_MAX)} …` : text})`;
}

/** Credentials that let the link see every socket of the channel. The underscored methods are grpc-js's, unpublished. */
export class LinkCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials;
  readonly #link: Link;

  constructor(tls: GrpcTlsOptions | null | undefined, link: Link) {
    super();
    this.#inner = tls ? createTls(tls) : credentials.createInsecure();
    this.#link = link;
  }

  override _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    ...args: Parameters<ChannelCredentials["_createSecureConnector"]>
  ): SecureConnector {
    const connector = this.#inner._createSecureConnector(...args);
    return {
      connect: async (socket) => {
        this.#link.admit(socket);
        try {
          const result = await connector.connect(socket);
          if (result.socket !== socket) {
            this.#link.admit(result.socket);
            this.#link.secured = true;
          }
          return result;
        } catch (error) {
          this.#link.error = error;
          throw error;
        }
      },
      waitForReady: async () => {
        this.#link.permit();
        await connector.waitForReady();
      },
      getCallCredentials: () => connector.getCallCredentials(),
      destroy: () => connector.destroy(),
    };
  }
}

/** Throws what Node throws for PEM texts that cannot be read. */
function createTls({ ca, cert, key, rejectUnauthorized }: GrpcTlsOptions): ChannelCredentials {
  const bytes = (pem: string | undefined) => (pem === undefined ? null : Buffer.from(pem));
  return credentials.createSsl(
    bytes(ca),
    bytes(key),
    bytes(cert),
    rejectUnauthorized === undefined ? {} : { rejectUnauthorized },
  );
}
