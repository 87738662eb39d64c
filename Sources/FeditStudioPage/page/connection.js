// The WebSocket to the fedit that served this page. The token from the address is the first message.

export class Connection {
  constructor() {
    this.handlers = new Map();
    this.binary = new Map();
    this.waiting = new Map();
    this.nextID = 1;
    this.isOpen = false;
  }

  /** Calls `handler(message)` for each message of a type. */
  on(type, handler) { this.handlers.set(type, handler); }

  /** Calls `handler(head, bytes)` for each binary message of a type. */
  onBinary(type, handler) { this.binary.set(type, handler); }

  open(token) {
    this.socket = new WebSocket(`ws://${location.host}/socket`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.isOpen = true;
      this.socket.send(token);
    };
    this.socket.onclose = (event) => {
      this.isOpen = false;
      for (const { reject } of this.waiting.values()) reject(new Error("fedit has ended"));
      this.waiting.clear();
      this.handlers.get("closed")?.(event);
    };
    this.socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.take(JSON.parse(data));
      else this.takeBytes(data);
    };
  }

  take(message) {
    const waiting = message.id != null ? this.waiting.get(message.id) : null;
    if (waiting) {
      this.waiting.delete(message.id);
      if (message.type === "refused") waiting.reject(Object.assign(new Error(message.message), { hints: message.hints }));
      else waiting.resolve(message);
      return;
    }
    this.handlers.get(message.type)?.(message);
  }

  takeBytes(buffer) {
    const length = new DataView(buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    const bytes = new Uint8Array(buffer, 4 + length);
    if (head.id != null && this.waiting.has(head.id)) {
      const { resolve } = this.waiting.get(head.id);
      this.waiting.delete(head.id);
      resolve({ ...head, bytes });
    } else {
      this.binary.get(head.type)?.(head, bytes);
    }
  }

  send(message) {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
  }

  /** Sends a message and waits for its answer; what is refused is thrown. */
  ask(message) {
    const id = this.nextID++;
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(new Error("fedit has ended"));
      this.waiting.set(id, { resolve, reject });
      this.send({ ...message, id });
    });
  }

  /** Sends a file in parts and waits until it is written. */
  async upload(file) {
    const answer = this.ask({ type: "upload", bytes: file.size });
    const part = 1 << 20;
    for (let at = 0; at < file.size; at += part) {
      this.socket.send(await file.slice(at, at + part).arrayBuffer());
    }
    return answer;
  }
}
