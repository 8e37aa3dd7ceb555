// Opens the first view of the demo in a browser that has nothing of it, and tells when it was painted.
//
// The browser is spoken to by its own protocol, and only before and after: what follows every request of a page, as drivers for
// tests do, takes as much of two cores as the page.

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// Whoever runs this removes the folder.
const [url, folder, rounds = '9'] = process.argv.slice(2);
/** What is promised, in milliseconds. */
const CEILING = 300;
/** By then a page is painted or never, in milliseconds. */
const PATIENCE = 5_000;

const times = { numbers: [], everything: [] };
// The first round is not counted: the server reads its files in it.
for (let round = 0; round <= Number(rounds); round += 1) {
    const painted = await open();
    if (round > 0) for (const name of Object.keys(times)) times[name].push(painted[name]);
}
for (const [name, all] of Object.entries(times)) {
    all.sort((a, b) => a - b);
    console.log(`${name}: median ${median(all).toFixed(0)} ms of ${all.map((time) => time.toFixed(0)).join(', ')}`);
}
const slowest = median(times.numbers);
console.log(slowest <= CEILING ? `ok: at most ${CEILING} ms` : `MISSED: more than ${CEILING} ms`);
process.exitCode = slowest <= CEILING ? 0 : 1;

function median(sorted) {
    return sorted[Math.floor(sorted.length / 2)];
}

/** Opens the page in a new browser and gives when it was painted. */
async function open() {
    const profile = mkdtempSync(join(folder, 'profile-'));
    const options = ['--headless=new', '--no-sandbox', '--no-first-run', '--window-size=1280,900', '--remote-debugging-port=0'];
    const browser = spawn('chromium', [...options, `--user-data-dir=${profile}`, `${url}/healthz`], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise((resolve) => browser.on('exit', resolve));
    try {
        const port = await portOf(browser);
        // The browser has started all that it starts by itself.
        await sleep(2_000);
        const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
        const send = await connect(pages.find((page) => page.type === 'page').webSocketDebuggerUrl);
        await send('Page.enable');
        await send('Page.addScriptToEvaluateOnNewDocument', { source: `(${watch})()` });
        await send('Page.navigate', { url: `${url}/-/?app=demo` });
        await sleep(PATIENCE);
        const { result } = await send('Runtime.evaluate', { expression: 'globalThis.painted', returnByValue: true });
        return result.value;
    } finally {
        browser.kill();
        await ended;
    }
}

/** Where the browser listens, once it does. */
function portOf(browser) {
    let told = '';
    return new Promise((resolve, reject) => {
        browser.stderr.setEncoding('utf8').on('data', (text) => {
            told += text;
            const port = /ws:\/\/127\.0\.0\.1:(\d+)/.exec(told);
            if (port) resolve(port[1]);
        });
        browser.on('exit', () => reject(new Error(`the browser ended: ${told}`)));
    });
}

/** Speaks with a page (https://chromedevtools.github.io/devtools-protocol/). */
async function connect(address) {
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }));
    const waiting = new Map();
    let last = 0;
    socket.onmessage = ({ data }) => {
        const { id, result } = JSON.parse(data);
        waiting.get(id)?.(result);
    };
    return (method, params = {}) => {
        last += 1;
        socket.send(JSON.stringify({ id: last, method, params }));
        return new Promise((resolve) => waiting.set(last, resolve));
    };
}

/** Notes in the page, since the navigation began, when its figures and first chart were painted, and when all panels were. */
function watch() {
    globalThis.painted = {};
    const figures = ['Active installs', 'New', 'Returning', 'Events', 'Refused'];
    const hasNumbers = () => {
        const there = [...document.querySelectorAll('.figures > div')].filter((figure) => figure.querySelector('.value')?.textContent.trim());
        const names = there.map((figure) => figure.querySelector('dt').textContent);
        return figures.every((name) => names.includes(name)) && document.querySelector('.plot canvas');
    };
    const hasEverything = () => document.querySelectorAll('.panel').length > 1 && !document.querySelector('[aria-busy="true"]');
    const note = (name, isThere) => {
        if (globalThis.painted[name] || !isThere()) return;
        globalThis.painted[name] = NaN;
        // The second frame begins once the first is painted.
        requestAnimationFrame(() => requestAnimationFrame(() => (globalThis.painted[name] = performance.now())));
    };
    new MutationObserver(() => {
        note('numbers', hasNumbers);
        note('everything', hasEverything);
    }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}
