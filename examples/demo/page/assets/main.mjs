// Puts the page together: clients, form, answers, wire.

import { listen, run } from "./api.mjs";
import { cast, Directory, presets } from "./cast.mjs";
import { $, el } from "./dom.mjs";
import { Membership } from "./membership.mjs";
import { toJSON } from "./values.mjs";
import { Answers } from "./view/answers.mjs";
import { Client } from "./view/card.mjs";
import { Form } from "./view/form.mjs";
import { Wire } from "./view/wire.mjs";

const load = async () => (await fetch("/api/scene")).json();

const directory = new Directory(await load());
const { scene } = directory;
$("scene").textContent = `${scene.real ? "Rust servers of socketioxide and a real Redis" : "Small servers and a Redis, all in one process"} · ${scene.redis}`;

const answers = new Answers($("answers"), directory);
const wire = new Wire(directory);
const form = new Form(directory, (op) => run({ ...op, args: toJSON(op.args) }, answers.begin(op)));
const membership = new Membership(directory, (client, rooms) => {
  client.moveTo(rooms);
  form.update();
});

await listen({
  message: (m) => {
    wire.add(m);
    if (m.moves && !m.own) membership.moved(m.cluster, m.ns, m.server);
  },
  missed: ({ count, moves }) => {
    wire.missed(count);
    if (moves) membership.everything();
  },
  lost: () => present(false),
  back: async () => {
    // Another demo on the same port has other servers.
    if (JSON.stringify(await load()) !== JSON.stringify(scene)) return location.reload();
    present(true);
    membership.everything();
  },
});

function present(there) {
  $("state").textContent = there ? "" : "the demo does not answer";
  document.body.classList.toggle("lost", !there);
}

for (const preset of presets) $("presets").append(el("button", { type: "button", onclick: () => form.fill(preset.fill) }, preset.label));

for (const cluster of scene.clusters) {
  const cards = el("div", { class: "cards" });
  $("clusters").append(
    el(
      "section", { class: "cluster", "aria-label": `cluster with the ${cluster.parser} parser` },
      el("h3", {}, `${cluster.parser} parser`, el("span", {}, ` servers ${cluster.servers.map((s) => s.letter).join(", ")} · prefix ${cluster.prefix}`)),
      cards,
    ),
  );
  for (const role of cast.filter((c) => c.cluster === cluster.parser)) {
    const client = new Client(role, cluster.servers[role.server], {
      entered: (c) => membership.enter(c).then(() => form.update()),
      left: () => form.update(),
    });
    directory.clients.push(client);
    cards.append(client.card);
    client.connect();
  }
}

$("clear").addEventListener("click", () => {
  for (const client of directory.clients) client.clear();
  wire.clear();
});
