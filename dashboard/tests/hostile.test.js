// Whatever makers, clients and attackers write is text, everywhere.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server, Visitor, launch, settled } from './harness.js';

const SCRIPT = '<img src=x onerror=globalThis.hurt=1>';
const BREAKS = `"'></script><script>globalThis.hurt=1</script>{{7*7}}\${globalThis.hurt=1}`;
const DIRECTION = '\u202egnp.exe';
const HOSTILE = [SCRIPT, BREAKS, DIRECTION, 'javascript:globalThis.hurt=1', '=HYPERLINK("http://evil.example")'];

const CONTRACT = `
[app]
id = "evil"
title = ${JSON.stringify(SCRIPT)}
about = ${JSON.stringify(BREAKS)}

[policy]
undeclared = "reject"
limits = { install = "off", address = "off" }
max_batch = 100

[[event]]
type = "cast"
about = ${JSON.stringify(SCRIPT)}
install_id = "install"

[event.fields]
install = { type = "uuid", why = ${JSON.stringify(BREAKS)} }
version = { type = "text", max = 100, role = "app_version", why = ${JSON.stringify(SCRIPT)} }
os = { type = "text", max = 100, role = "platform", why = "w" }
spell = { type = "text", max = 100, why = "w" }
error = { type = "text", max = 100, role = "error", why = "w" }
kind = { type = "enum", values = [${JSON.stringify(SCRIPT)}, "plain"], why = "w" }
words = { type = "counts", max_keys = 9, max_key = 100, why = "w" }
`;

let server, browser;

before(async () => {
    server = await Server.start({ evil: CONTRACT });
    browser = await launch();
    const events = HOSTILE.map((text, number) => ({
        type: 'cast', install: `00000000-0000-4000-8000-00000000000${number}`, version: text, os: text, spell: text, error: text,
        kind: SCRIPT, words: { [text]: 1 },
    }));
    const verdicts = await server.post('evil', events);
    assert.ok(verdicts.every(({ outcome }) => outcome === 'accepted'), JSON.stringify(verdicts));
    await server.post('evil', HOSTILE.map((text) => ({ ...events[0], [text]: text, type: 'cast' })));
    await server.post('evil', HOSTILE.map((text) => ({ ...events[0], type: text })));
});

after(async () => {
    await browser.close();
    await server.stop();
});

test('on the dashboard', async () => {
    const visitor = await Visitor.arrive(browser, server);
    const { page } = visitor;
    for (const view of ['', 'overview', 'activity', 'retention', 'versions', 'fields', 'errors', 'outcomes', 'live', 'contract']) {
        await visitor.open(view ? `?app=evil&view=${view}` : '');
        if (view === 'fields') {
            for (const heading of await page.locator('.section').all()) {
                await heading.scrollIntoViewIfNeeded();
                await settled(page);
            }
        }
        for (const button of await page.getByRole('button', { name: /^Table of/ }).all()) await button.click();
        assert.equal(await page.evaluate(() => globalThis.hurt), undefined, view);
        assert.equal(await page.locator('img').count(), 0, view);
        const links = await page.locator('a').evaluateAll((links) => links.map((link) => link.protocol));
        assert.deepEqual(links.filter((protocol) => protocol !== 'http:'), [], view);
    }
    await visitor.open('?app=evil&view=errors');
    const shown = await page.locator('main').textContent();
    for (const text of HOSTILE) assert.ok(shown.includes(text), text);
    assert.equal(await page.getByRole('heading', { level: 1 }).evaluate((heading) => heading.firstChild.textContent), SCRIPT);
    await visitor.open(`?app=${encodeURIComponent(SCRIPT)}&version=${encodeURIComponent(BREAKS)}`);
    assert.equal(await page.evaluate(() => globalThis.hurt), undefined);
    await visitor.leave();
});

test('on the public pages', async () => {
    const visitor = await Visitor.arrive(browser, server);
    const { page } = visitor;
    await page.goto(`${server.url}/api/v1/evil/what-we-collect`);
    assert.equal(await page.evaluate(() => globalThis.hurt), undefined);
    assert.equal(await page.locator('img').count(), 0);
    const shown = await page.locator('body').textContent();
    for (const text of [SCRIPT, BREAKS]) assert.ok(shown.includes(text), text);
    await visitor.leave();
});

test('no page allows scripts or styles that stand in the text, or is shown within another', async () => {
    for (const path of ['/-/', '/api', '/api/v1/evil/what-we-collect', '/api/v1/evil/public-stats']) {
        const response = await fetch(server.url + path);
        const policy = response.headers.get('content-security-policy');
        assert.ok(policy?.includes("default-src 'none'"), `${path}: ${policy}`);
        assert.ok(!policy.includes('unsafe'), `${path}: ${policy}`);
        assert.ok(policy.includes("frame-ancestors 'none'"), `${path}: ${policy}`);
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff', path);
    }
});
