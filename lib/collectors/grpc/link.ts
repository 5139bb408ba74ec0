import type { Socket } from "node:net";
import { ChannelCredentials, credentials } from "@grpc/grpc-js";
import type { GrpcTlsOptions } from "./config.ts";

type SecureConnector = ReturnType<ChannelCredentials["_createSecureConnector"]>;

/**
 * What the connections of one channel came to. grpc-js tells a failed connection only as a sentence; this keeps what
 * the sentence was made of, so that failures are told apart by fact and code.
 */
export class Link {
  readonly #sockets: Socket[] = [];
  #destroyed = false;
  /** The newest error of a socket or of a TLS handshake. */
  error: unknown;

  admit(socket: Socket): void {
    if (this.#destroyed) socket.destroy();
    this.#sockets.push(socket);
    socket.on("error", (error) => {
      this.error = error;
    });
  }

  /** A TCP connection was made. */
  get accepted(): boolean {
    return this.#sockets.length > 0;
  }

  /** Something came back on it. */
  get answered(): boolean {
    return this.#sockets.some(({ bytesRead }) => bytesRead > 0);
  }

  /** This end of the newest socket, as the other end sees it; null for Unix sockets. */
  get localAddress(): string | null {
    const socket = this.#sockets.findLast(({ localPort }) => localPort !== undefined);
    if (socket?.localAddress === undefined) return null;
    const { localAddress, localPort } = socket;
    return localAddress.includes(":") ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
  }

  /** Throws when no connection is wanted any more: grpc-js tries once more after its channel is closed. */
  permit(): void {
    if (this.#destroyed) throw new Error("the channel is closed");
  }

  /** grpc-js lets go of connections only some time after their channel is closed, and of half-made ones never. */
  destroy(): void {
    this.#destroyed = true;
    for (const socket of this.#sockets) socket.destroy();
  }
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
          if (result.socket !== socket) this.#link.admit(result.socket);
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
