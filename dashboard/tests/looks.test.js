// How the pages look and who can use them: light and dark, wide and narrow, with a keyboard, with a screen reader. The
// ledger is the demo's, which fills every view.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server, Visitor, barriers, launch, picture, settled } from './harness.js';

const VIEWS = ['', 'overview', 'activity', 'retention', 'versions', 'fields', 'errors', 'outcomes', 'live', 'contract'];
const PUBLIC = ['what-we-collect', 'public-stats'];
const WIDTHS = [360, 1280];
let server, browser;

before(async () => {
    server = await Server.demo();
    browser = await launch();
});

after(async () => {
    await browser.close();
    await server.stop();
});

for (const colorScheme of ['light', 'dark']) {
    for (const width of WIDTHS) {
        test(`${colorScheme}, ${width} px wide`, async () => {
            const visitor = await Visitor.arrive(browser, server, { colorScheme, viewport: { width, height: 900 } });
            for (const view of VIEWS) {
                await visitor.open(view ? `?app=demo&view=${view}` : '');
                await fits(visitor.page, view);
                assert.deepEqual(await barriers(visitor.page), [], view);
                await picture(visitor.page, `${view || 'apps'}-${colorScheme}-${width}`);
            }
            for (const name of PUBLIC) {
                await visitor.page.goto(`${server.url}/api/v1/demo/${name}`);
                await fits(visitor.page, name);
                assert.deepEqual(await barriers(visitor.page), [], name);
                await picture(visitor.page, `${name}-${colorScheme}-${width}`);
            }
            const background = await visitor.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
            const [red] = /\d+/.exec(background);
            assert.ok(colorScheme === 'dark' ? Number(red) < 80 : Number(red) > 200, background);
            await visitor.leave();
        });
    }
}

/** Nothing sticks out to the side. */
async function fits(page, name) {
    const { scrollWidth, innerWidth } = await page.evaluate(() => ({ scrollWidth: document.documentElement.scrollWidth, innerWidth }));
    assert.ok(scrollWidth <= innerWidth, `${name}: ${scrollWidth} px in ${innerWidth}`);
}

test('with the keyboard alone: to a view, to a chart, through its values', async () => {
    const visitor = await Visitor.arrive(browser, server);
    const { page } = visitor;
    await visitor.open('?app=demo');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to the numbers');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    const chart = page.getByRole('group', { name: /^Active installs\. / });
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    const read = chart.getByRole('status');
    await read.filter({ hasText: /so far/ }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await read.filter({ hasNotText: /so far/ }).waitFor();
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Retention' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /Retention/ }).waitFor();
    await settled(page);
    await visitor.leave();
});

function focused(page) {
    return page.evaluate(() => document.activeElement.textContent.trim());
}

test('nothing jumps while numbers arrive', async () => {
    const visitor = await Visitor.arrive(browser, server);
    const { page } = visitor;
    await page.addInitScript(() => {
        globalThis.shifted = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifted += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
    });
    for (const view of ['overview', 'retention', 'errors']) {
        await visitor.open(`?app=demo&view=${view}`);
        // What web.dev calls good: https://web.dev/articles/cls
        const shifted = await page.evaluate(() => globalThis.shifted);
        assert.ok(shifted < 0.1, `${view}: ${shifted}`);
    }
    await visitor.leave();
});

test('all that a first view loads weighs less than 150 KB', async () => {
    const visitor = await Visitor.arrive(browser, server);
    const { page } = visitor;
    const client = await visitor.context.newCDPSession(page);
    await client.send('Network.enable');
    let bytes = 0;
    client.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await visitor.open('?app=demo');
    assert.ok(bytes > 20_000 && bytes < 150_000, `${bytes} bytes`);
    await visitor.leave();
});

test('a server that has gone is told of, and asked again', async () => {
    const visitor = await Visitor.arrive(browser, server);
    const { page } = visitor;
    await visitor.open('?app=demo');
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Errors' }).click();
    await page.getByRole('alert').filter({ hasText: "can't be reached" }).first().waitFor();
    await page.unroute('**/api/v1/**');
    await page.getByRole('button', { name: 'Try again' }).first().click();
    await page.getByRole('region', { name: 'Errors' }).getByRole('table').first().waitFor();
    visitor.faults = visitor.faults.filter((fault) => !fault.includes('ERR_FAILED'));
    await visitor.leave();
});
