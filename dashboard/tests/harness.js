// What the tests of the pages share: a server of its own, and a browser that watches itself.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { ASKFIRST, TOOLS, SCREENSHOTS } = process.env;

// Where scripts/pages-toolchain put them.
const require = createRequire(TOOLS);
const { chromium } = require('playwright-core');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What takes longer will never come, on the slowest of machines; in milliseconds. */
const PATIENCE = Number(process.env.PATIENCE ?? 60_000);

/** The built server with a folder of its own. */
export class Server {
    /** Starts one with the contracts of these apps: texts by id. */
    static async start(contracts) {
        const server = new Server();
        mkdirSync(join(server.folder, 'contracts'));
        for (const [app, text] of Object.entries(contracts)) {
            writeFileSync(join(server.folder, 'contracts', `${app}.toml`), text);
        }
        // Only the test's own apps.
        const disabled = ['voicemode', 'drift', 'baofeng', 'domscribe'].map((app) => `[apps.${app}]\nenabled = false\n`);
        writeFileSync(join(server.folder, 'askfirst.toml'), disabled.join('\n'));
        await server.#run('serve');
        return server;
    }

    /** Starts one that serves the demo. */
    static async demo() {
        const server = new Server();
        await server.#run('demo', '--events', '20k');
        return server;
    }

    constructor() {
        this.folder = mkdtempSync(join(tmpdir(), 'askfirst-pages-'));
    }

    async #run(...words) {
        const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('ASKFIRST'));
        const options = { cwd: this.folder, env: Object.fromEntries(environment), stdio: ['ignore', 'ignore', 'pipe'] };
        this.process = spawn(ASKFIRST, [...words, '--listen', '127.0.0.1:0'], options);
        this.ended = new Promise((resolve) => this.process.on('exit', resolve));
        let log = '';
        this.url = await new Promise((resolve, reject) => {
            this.process.stderr.setEncoding('utf8').on('data', (text) => {
                log += text;
                const url = /"url":"(http:[^"]+)"/.exec(log);
                if (url) resolve(url[1]);
            });
            this.ended.then((code) => reject(new Error(`the server ended with ${code}: ${log}`)));
        });
    }

    /** Runs a command on the server's folder and gives what it prints. */
    command(...words) {
        const done = spawnSync(ASKFIRST, words, { cwd: this.folder, encoding: 'utf8' });
        assert.equal(done.status, 0, done.stderr);
        return done.stdout;
    }

    /** A new token. */
    token(name, ...more) {
        return /askfirst_\w+/.exec(this.command('token', 'create', name, ...more))[0];
    }

    /** Posts events, a hundred at a time, and gives their verdicts. */
    async post(app, events) {
        const verdicts = [];
        for (let start = 0; start < events.length; start += 100) {
            const body = JSON.stringify(events.slice(start, start + 100));
            const headers = { 'content-type': 'application/json' };
            const response = await fetch(`${this.url}/api/v1/${app}/events`, { method: 'POST', headers, body });
            assert.equal(response.status, 200, await response.clone().text());
            verdicts.push(...(await response.json()).verdicts);
        }
        return verdicts;
    }

    async stop() {
        this.process.kill('SIGTERM');
        await this.ended;
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** Starts Debian's Chromium. */
export function launch() {
    return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
}

/** Somebody with a browser window, who notes everything that a page must not do. */
export class Visitor {
    /**
     * @param {object} browser
     * @param {Server} server
     * @param {object} options of the window: `viewport`, `colorScheme`
     */
    static async arrive(browser, server, options = {}) {
        const visitor = new Visitor();
        visitor.server = server;
        visitor.context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
        visitor.context.setDefaultTimeout(PATIENCE);
        visitor.faults = [];
        visitor.page = await visitor.window();
        return visitor;
    }

    /** Another window of the same browser, signed in alike. */
    async window() {
        const page = await this.context.newPage();
        const { host } = new URL(this.server.url);
        page.on('console', (message) => {
            // That somebody is not signed in is an answer, which Chromium reports as if it were a fault.
            const isRefusal = /status of 40[134]/.test(message.text());
            if (['error', 'warning'].includes(message.type()) && !isRefusal) this.faults.push(`console: ${message.text()}`);
        });
        page.on('pageerror', (error) => this.faults.push(`error: ${error.message}`));
        page.on('request', (request) => {
            const url = new URL(request.url());
            if (url.protocol !== 'data:' && url.host !== host) this.faults.push(`asked ${url.href}`);
        });
        return page;
    }

    /** Signs in on the page that stands there instead of any other. */
    async signIn(token) {
        await this.page.goto(`${this.server.url}/-/`);
        await this.page.getByLabel('Token').fill(token);
        await this.page.getByRole('button', { name: 'Sign in' }).click();
        await this.page.getByRole('heading', { name: 'All apps' }).waitFor();
    }

    /** Opens a view by its address, and waits until all of it is there. */
    async open(query, page = this.page) {
        await page.goto(`${this.server.url}/-/${query}`);
        await settled(page);
        return page;
    }

    /** Checks that nothing happened that must not, and goes. */
    async leave() {
        await this.context.close();
        assert.deepEqual(this.faults, []);
    }
}

/** Waits until the view has the answers to all that the window shows. */
export async function settled(page) {
    await page.locator('main :is(section, .notice, ul.apps)').first().waitFor();
    await page.waitForFunction(() => ![...document.querySelectorAll('[aria-busy="true"]')].some((busy) => {
        const { top, bottom } = busy.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
    }));
}

/** A panel of the dashboard by its title. */
export function panel(page, title) {
    return page.getByRole('region', { name: title, exact: true }).first();
}

/** The rows of a panel's table, as texts. */
export async function table(page, title) {
    const button = page.getByRole('button', { name: `Table of ${title}`, exact: true });
    if ((await button.getAttribute('aria-pressed')) !== 'true') await button.click();
    const rows = panel(page, title).locator('tbody tr');
    await rows.first().waitFor();
    return rows.evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
}

/** The large numbers of a view by their names. */
export async function figures(page) {
    const all = await page.locator('.figures > div').evaluateAll((figures) =>
        figures.map((figure) => [figure.querySelector('dt').textContent, figure.querySelector('dd').textContent.trim()]));
    return Object.fromEntries(all);
}

/** What axe finds that keeps somebody out. */
export async function barriers(page) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    return serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`);
}

/** Takes a picture of the whole page, where somebody wants it. */
export async function picture(page, name) {
    if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
