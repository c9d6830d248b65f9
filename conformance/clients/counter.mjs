// Socket.IO clients that count a burst instead of reporting each event: one command a line on standard input, one
// answer a line on standard output, matched by `request`. The process ends with its standard input.

import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const counters = [];
let tracing = false;

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
    this.delays = new Map(); // of "stamp": how many took so many microseconds, in tens
    this.times = []; // of "burst", while tracing: when it came, in microseconds, negative where an ack was asked for
  }

  // connect returns once the server has put the socket into the rooms.
  connect(url, rooms) {
    const socket = io(url, { transports: ["websocket"], reconnection: false, forceNew: true });
    socket.on("burst", (sender, seq, payload, ack) => this.#count(sender, seq, ack));
    socket.on("stamp", (sent) => this.#delay(sent));
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
    if (tracing) this.times.push(ack ? -microseconds() : microseconds());
    if (ack) ack();
  }

  #delay(sent) {
    this.received++;
    const delay = Math.round((microseconds() - sent) / 10) * 10;
    this.delays.set(delay, (this.delays.get(delay) ?? 0) + 1);
  }
}

// The clock that all programs of a machine share and nobody sets (CLOCK_MONOTONIC).
const microseconds = () => Number(process.hrtime.bigint() / 1000n);

async function run({ op, request, url, rooms, on }) {
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
  } else if (op === "trace") {
    tracing = on;
    answer(request, {});
  } else if (op === "times") {
    answer(request, { times: counters.map(({ times }) => times) });
  } else if (op === "delays") {
    answer(request, { delays: counters.map(({ delays }) => [...delays]) });
  } else {
    throw new Error(`unknown command ${op}`);
  }
}

createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on("line", (line) => run(JSON.parse(line)))
  .on("close", () => process.exit(0));
