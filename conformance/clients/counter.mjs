// Socket.IO clients that count a burst instead of reporting each event: one command a line on standard input, one
// answer a line on standard output, matched by `request`. The process ends with its standard input.

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const counters = [];

function answer(request, fields) {
  process.stdout.write(JSON.stringify({ request, ...fields }) + "\n");
}

class Counter {
  gone = ""; // why the server has disconnected it

  constructor() {
    this.reset();
  }

  reset() {
    this.received = 0;
    this.disorder = 0; // events that came after one of the same sender with a higher number, or with the same
    this.last = 0; // when the last event arrived, milliseconds since 1970
    this.highest = []; // by sender
  }

  // connect returns once the server has put the socket into the rooms.
  connect(url, rooms) {
    const socket = io(url, { transports: ["websocket"], reconnection: false, forceNew: true });
    socket.on("burst", (sender, seq, payload, ack) => this.#count(sender, seq, ack));
    socket.on("mark", (ack) => ack());
    return new Promise((resolve, reject) => {
      socket.on("connect_error", reject);
      socket.on("disconnect", (reason) => (this.gone = reason));
      socket.on("ready", () => socket.emit("join", rooms, resolve));
    });
  }

  #count(sender, seq, ack) {
    this.received++;
    this.last = Date.now();
    if (seq <= (this.highest[sender] ?? -1)) this.disorder++;
    else this.highest[sender] = seq;
    if (ack) ack();
  }
}

async function run({ op, request, url, rooms }) {
  if (op === "connect") {
    const counter = new Counter();
    await counter.connect(url, rooms);
    counters.push(counter);
    answer(request, {});
  } else if (op === "reset") {
    for (const counter of counters) counter.reset();
    answer(request, {});
  } else if (op === "report") {
    const counts = counters.map(({ received, disorder, last, gone }) => ({ received, disorder, last, gone }));
    answer(request, { counts });
  } else {
    throw new Error(`unknown command ${op}`);
  }
}

createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on("line", (line) => run(JSON.parse(line)))
  .on("close", () => process.exit(0));
