/** A relay before the server, that can be stopped and started again on its port: as a network, or a restart, is seen by a page. */

import { createServer, request } from "node:http";
import { once } from "node:events";

export class Relay {
  /** What becomes of HTML on its way. */
  page = (html) => html;

  static async start(base) {
    const relay = new Relay();
    relay.base = new URL(base);
    await relay.again();
    return relay;
  }

  /** Listens, on the port of before. */
  async again() {
    this.sockets = new Set();
    this.server = createServer((incoming, outgoing) => this.pass(incoming, outgoing));
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.server.listen(this.port ?? 0, "127.0.0.1");
    await once(this.server, "listening");
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** Every connection is gone, and there will be none. */
  async stop() {
    if (!this.server?.listening) return;
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  pass(incoming, outgoing) {
    const headers = { ...incoming.headers, host: this.base.host, "accept-encoding": "identity" };
    const passed = request({ host: this.base.hostname, port: this.base.port, path: incoming.url, method: incoming.method, headers }, (answer) => {
      if (!/html/.test(answer.headers["content-type"] ?? "")) {
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const html = this.page(Buffer.concat(parts).toString("utf8"));
        const { "content-length": _length, ...rest } = answer.headers;
        outgoing.writeHead(answer.statusCode, rest);
        outgoing.end(html);
      });
    });
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  }
}
