// The emitter for JavaScript servers as a contestant: a case a line of JSON on standard input, what it took a line of
// JSON on standard output. It speaks another protocol than socketioxide's, in which there is one form for both parsers.
// It ends with its standard input.

import { createInterface } from "node:readline";
import { Emitter } from "@socket.io/redis-emitter";
import { createClient } from "redis";

const connections = new Map(); // by address

async function connect(addr) {
  if (!connections.has(addr)) {
    const client = createClient({ url: `redis://${addr}` });
    await client.connect();
    connections.set(addr, client);
  }
  return connections.get(addr);
}

// The emitter does not return what its client does, so this keeps it.
class Publisher {
  last;
  bytes = 0;

  constructor(client) {
    this.client = client;
  }

  publish(channel, message) {
    this.bytes = message.length;
    this.last = this.client?.publish(channel, message);
  }
}

const valueOf = ({ kind, value }) => (kind === "bytes" ? Buffer.alloc(value, "x") : value);

async function encode(test) {
  const publisher = new Publisher();
  const room = new Emitter(publisher).to("room");
  const value = valueOf(test);
  const done = meter();
  for (let i = 0; i < test.n; i++) room.emit("event", value);
  return { ...done(), bytes: publisher.bytes };
}

async function send(test) {
  const client = await connect(test.addrs[0]);
  const publisher = new Publisher(client);
  const room = new Emitter(publisher).to("room");
  const value = valueOf(test);
  let left = test.n;
  const loop = async () => {
    while (left-- > 0) {
      room.emit("event", value);
      await publisher.last;
    }
  };
  const done = meter();
  await Promise.all(Array.from({ length: test.at_once || 1 }, loop));
  return { ...done(), bytes: publisher.bytes };
}

function meter() {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  return () => {
    const ns = Number(process.hrtime.bigint() - start);
    const { user, system } = process.cpuUsage(cpu);
    return { ns, cpu_ns: (user + system) * 1000 };
  };
}

const operations = { encode, send };

async function run(line) {
  const test = JSON.parse(line);
  if (!(test.op in operations)) throw new Error(`the JavaScript emitter has no ${test.op}`);
  return operations[test.op](test);
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const sample = await run(line).catch((e) => ({ error: String(e) }));
  process.stdout.write(JSON.stringify(sample) + "\n");
}
process.exit(0);
