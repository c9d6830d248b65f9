// The clients of the page: who they are and where they connect.

// server is the number of the server in its cluster. answer is what a client says to
// an event that wants an answer: yes, no, or nothing at all.
export const cast = [
  { name: "ida", cluster: "common", server: 0, ns: "/", rooms: ["news"], answer: "yes" },
  { name: "jan", cluster: "common", server: 1, ns: "/", rooms: ["news", "sport"], answer: "no" },
  { name: "kim", cluster: "common", server: 0, ns: "/", rooms: ["sport"], answer: "yes" },
  { name: "lea", cluster: "common", server: 1, ns: "/", rooms: [], answer: "silence" },
  { name: "max", cluster: "common", server: 1, ns: "/admin", rooms: ["ops"], answer: "yes" },
  { name: "nia", cluster: "msgpack", server: 0, ns: "/", rooms: ["news"], answer: "yes" },
  { name: "oto", cluster: "msgpack", server: 1, ns: "/", rooms: ["sport"], answer: "yes" },
];

// presets fill the form and send it. What a preset does not name is as in the empty form.
export const presets = [
  { label: "Headline to news", fill: { op: "emit", to: "news", event: "headline", args: '"rain", 3' } },
  { label: "Everybody but sport", fill: { op: "emit", except: "sport", event: "notice", args: '{"title": "Half past ten", "tags": ["quiet"]}' } },
  { label: "A photo, msgpack", fill: { op: "emit", cluster: "msgpack", event: "photo", args: '"harbour"', bytes: "89 50 4e 47 0d 0a 1a 0a" } },
  { label: "Lunch?", fill: { op: "ask", to: "news, sport", event: "lunch?", args: '"12:30"', timeout: "1000" } },
  { label: "Sport joins vip", fill: { op: "join", to: "sport", rooms: "vip" } },
  { label: "Who is there?", fill: { op: "sockets" } },
  { label: "A thousand prices", fill: { op: "batch", to: "sport", event: "price", args: '"ACME"', count: "1000", mode: "acked" } },
];

// A Scene with ways to find what an id belongs to.
export class Directory {
  constructor(scene) {
    this.scene = scene;
    this.clients = [];
  }

  cluster(parser) {
    return this.scene.clusters.find((c) => c.parser === parser);
  }

  // letter of a server, or its id if it is a stranger.
  letter(id) {
    for (const cluster of this.scene.clusters) {
      const server = cluster.servers.find((s) => s.id === id);
      if (server) return server.letter;
    }
    return id;
  }

  // client whose socket has an id now.
  client(id) {
    return this.clients.find((c) => c.id === id);
  }

  // name of a socket, or its id if it is not of this page.
  name(id) {
    return this.client(id)?.name ?? id;
  }
}
