// A room has the same colour everywhere: one of six, in the order of their first sight.

const hues = new Map(["news", "sport", "ops", "vip"].map((room, i) => [room, i]));

export function hue(room) {
  if (!hues.has(room)) hues.set(room, hues.size % 6);
  return hues.get(room);
}
