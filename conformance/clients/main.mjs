// Real Socket.IO clients, driven by the conformance run: one command a line on standard input, one report a line on
// standard output. The process ends with its standard input.

import { createInterface } from "node:readline";
import { Client } from "./client.mjs";

const clients = new Map();

function report(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

function run(command) {
  const { op, socket } = command;
  if (op === "connect") {
    clients.set(socket, new Client(command, (line) => report({ socket, ...line })));
    return;
  }
  const client = clients.get(socket);
  if (!client) throw new Error(`${op}: no socket ${socket}: connect it first`);
  if (op === "request") client.request(command);
  else if (op === "answer") client.answer(command);
  else if (op === "disconnect") client.disconnect();
  else throw new Error(`unknown command ${op}`);
}

createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on("line", (line) => run(JSON.parse(line)))
  .on("close", () => process.exit(0));
