// Compares askfirst's Worker with worker.js, both in local workerd: posts fresh VoiceMode reports to each in turns.
//
//   node bench/edge/compare.mjs ASKFIRST_URL JAVASCRIPT_URL [SECONDS] [ROUNDS]
//
// Prints requests a second of both and the ratio of each round; ends with 1 where the median is below 0.8.
import { Agent, request } from "node:http";
import { randomUUID } from "node:crypto";

const [ours, theirs, seconds = "5", rounds = "5"] = process.argv.slice(2);
if (!theirs) throw new Error("usage: compare.mjs ASKFIRST_URL JAVASCRIPT_URL [SECONDS] [ROUNDS]");
const CONNECTIONS = 16;
const CEILING = 0.8;
let sent = 0;

function post(url, agent) {
  const number = sent++;
  const body = JSON.stringify({
    event_id: randomUUID(), telemetry_id: randomUUID(), timestamp: new Date().toISOString(),
    environment: { version: "8.1.0", os: "Linux", install_method: "uv", mcp_host: "claude-code", exec_source: "mcp" },
    usage: { total_sessions: 3, duration_distribution: { "1-5min": 2, "5-10min": 1 }, transport_usage: { local: 3 } },
  });
  // No limit is met: each comes from an address of its own.
  const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body), "cf-connecting-ip": address };
    const sending = request(`${url}/telemetry`, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error(`${url}: ${response.statusCode} ${text}`))));
    });
    sending.on("error", reject);
    sending.end(body);
  });
}

async function measure(url, millis) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const begun = performance.now();
  let done = 0;
  const client = async () => {
    while (performance.now() - begun < millis) {
      await post(url, agent);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return done / ((performance.now() - begun) / 1000);
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
for (const url of [ours, theirs]) await measure(url, 1000);
const ratios = [];
for (let round = 1; round <= Number(rounds); round += 1) {
  const order = round % 2 === 0 ? [theirs, ours] : [ours, theirs];
  const rates = new Map();
  for (const url of order) rates.set(url, await measure(url, Number(seconds) * 1000));
  ratios.push(rates.get(ours) / rates.get(theirs));
  console.log(`round ${round}: askfirst ${rates.get(ours).toFixed(0)}/s, JavaScript ${rates.get(theirs).toFixed(0)}/s, ratio ${ratios.at(-1).toFixed(2)}`);
}
console.log(`median ratio ${median(ratios).toFixed(2)}, at least ${CEILING} ${median(ratios) >= CEILING ? "ok" : "MISSED"}`);
process.exitCode = median(ratios) >= CEILING ? 0 : 1;
