// An Engine.IO 4 connection over WebSocket: what Socket.IO's packets travel in.

const path = "/socket.io/?EIO=4&transport=websocket";

export class Engine {
  #socket;
  #silence;
  #timer;
  #ended = false;

  // frame takes each message, a string or a Uint8Array; ended why the connection is over.
  constructor(url, { opened, frame, ended }) {
    this.opened = opened;
    this.frame = frame;
    this.ended = ended;
    this.#socket = new WebSocket(url.replace(/^http/, "ws") + path);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => this.#take(data);
    this.#socket.onclose = () => this.close("the connection was closed");
  }

  send(frames) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (const f of frames) this.#socket.send(typeof f === "string" ? `4${f}` : f);
  }

  close(why = "closed here") {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket.close();
    this.ended(why);
  }

  #take(data) {
    if (this.#ended) return;
    this.#expect();
    try {
      this.#packet(data);
    } catch (err) {
      this.close(`parse error: ${err.message}`); // as the JavaScript client does
    }
  }

  #packet(data) {
    if (typeof data !== "string") return this.frame(new Uint8Array(data));
    switch (data[0]) {
      case "0": {
        const { pingInterval, pingTimeout } = JSON.parse(data.slice(1));
        this.#silence = pingInterval + pingTimeout;
        this.#expect();
        return this.opened();
      }
      case "1":
        return this.close("the server closed the connection");
      case "2":
        return this.#socket.send("3");
      case "4":
        return this.frame(data.slice(1));
      case "6":
        return;
    }
    throw new Error(`unknown Engine.IO packet ${data.slice(0, 20)}`);
  }

  // The server pings; without anything from it for so long it is gone.
  #expect() {
    clearTimeout(this.#timer);
    if (this.#silence) this.#timer = setTimeout(() => this.close("the server fell silent"), this.#silence);
  }
}
