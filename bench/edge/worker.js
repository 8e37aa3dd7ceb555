// What askfirst's Worker is held against: the same work for VoiceMode's reports, written by hand for this one app. It checks
// the report, knows repetitions, limits installs and addresses by the hour, counts, and answers alike, with one batch.

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HOUR = 3_600_000, DAY = 86_400_000;
const CORS = { "access-control-allow-origin": "*", "access-control-allow-methods": "POST, OPTIONS", "access-control-allow-headers": "Content-Type", "access-control-max-age": "86400" };
let key;

const reply = (status, body) => new Response(JSON.stringify(body), { status, headers: { ...CORS, "content-type": "application/json" } });
const isText = (value, max) => typeof value === "string" && value.length > 0 && value.length <= max;
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function problem(event, now) {
  if (!isObject(event)) return "not an object";
  if (!isText(event.event_id, 64)) return "event_id";
  if (!isText(event.telemetry_id, 36) || !UUID.test(event.telemetry_id)) return "telemetry_id";
  const at = Date.parse(event.timestamp);
  if (Number.isNaN(at) || at > now + DAY || at < now - 90 * DAY) return "timestamp";
  if (!isObject(event.environment) || !isObject(event.usage)) return "environment or usage";
  for (const [name, value] of Object.entries(event.environment)) if (!isText(name, 64) || (value !== null && !isText(value, 64))) return "environment";
  return null;
}

async function hash(env, address) {
  if (!key) {
    const found = await env.DB.batch([
      env.DB.prepare("INSERT OR IGNORE INTO key (id, secret) VALUES (1, ?1)").bind(crypto.getRandomValues(new Uint8Array(32)).buffer),
      env.DB.prepare("SELECT secret FROM key WHERE id = 1"),
    ]);
    key = await crypto.subtle.importKey("raw", new Uint8Array(found[1].results[0].secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  }
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(address)));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname !== "/telemetry" || request.method !== "POST") return new Response("Not Found", { status: 404 });
    const body = await request.text();
    if (body.length > 65_536) return reply(413, { error: "Payload too large" });
    let event;
    try { event = JSON.parse(body); } catch { return reply(400, { error: "Invalid JSON" }); }
    const now = Date.now(), day = Math.floor(now / DAY), wrong = problem(event, now);
    if (wrong) return reply(400, { error: wrong });
    const address = await hash(env, request.headers.get("cf-connecting-ip") ?? "unknown");
    const id = event.telemetry_id.toLowerCase(), fields = JSON.stringify({ timestamp: event.timestamp, environment: event.environment, usage: event.usage });
    const [seen, stored] = await env.DB.batch([
      env.DB.prepare(`SELECT EXISTS (SELECT 1 FROM event WHERE event_id = ?1) AS duplicate,
        (SELECT received_at FROM event WHERE install = ?2 AND received_at > ?3 ORDER BY received_at DESC LIMIT 1 OFFSET 9) AS install,
        (SELECT received_at FROM event WHERE address = ?4 AND received_at > ?3 ORDER BY received_at DESC LIMIT 1 OFFSET 99) AS address`)
        .bind(event.event_id, id, now - HOUR, address),
      env.DB.prepare(`INSERT INTO event (event_id, install, occurred_at, received_at, address, fields)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE (SELECT count(*) FROM event WHERE install = ?2 AND received_at > ?7) < 10
          AND (SELECT count(*) FROM event WHERE address = ?5 AND received_at > ?7) < 100
        ON CONFLICT (event_id) DO NOTHING RETURNING id`)
        .bind(event.event_id, id, Date.parse(event.timestamp), now, address, fields, now - HOUR),
      env.DB.prepare(`INSERT INTO install (id, first_day, last_day) SELECT install, ?3, ?3 FROM event WHERE event_id = ?1 AND received_at = ?2
        ON CONFLICT (id) DO UPDATE SET last_day = excluded.last_day WHERE last_day < excluded.last_day`).bind(event.event_id, now, day),
      env.DB.prepare(`INSERT INTO daily (day, metric, value) SELECT ?3, 'events', 1 FROM event WHERE event_id = ?1 AND received_at = ?2
        ON CONFLICT (day, metric) DO UPDATE SET value = value + 1`).bind(event.event_id, now, day),
      env.DB.prepare(`INSERT INTO daily (day, metric, value) SELECT ?1, 'requests:' || ?2, 1
        WHERE true ON CONFLICT (day, metric) DO UPDATE SET value = value + 1`).bind(day, String(event.environment.version ?? "")),
    ]);
    if (stored.results.length > 0) return reply(200, { status: "ok", event_id: event.event_id });
    const { duplicate, install, address: full } = seen.results[0];
    if (duplicate) return reply(200, { status: "ok", message: "Event already recorded" });
    const wait = Math.ceil(((install ?? full) + HOUR - now) / 1000);
    return reply(429, { error: "Rate limit exceeded", retry_after: wait });
  },
};
