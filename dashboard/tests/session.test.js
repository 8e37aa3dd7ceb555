// Who may see the dashboard: with a token, or without any from the same machine; and how to leave.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server, Visitor, barriers, launch, picture, settled } from './harness.js';
import { CONTRACT } from './population.js';

let server, browser;

before(async () => {
    server = await Server.start({ loom: CONTRACT, other: CONTRACT.replace('id = "loom"', 'id = "other"').replace('"Loom"', '"Other"') });
    browser = await launch();
});

after(async () => {
    await browser.close();
    await server.stop();
});

test('without any token, from this machine, and it says so', async () => {
    const visitor = await Visitor.arrive(browser, server);
    await visitor.open('');
    await visitor.page.getByText('open from this machine only').waitFor();
    await visitor.page.getByRole('link', { name: 'Loom' }).click();
    await visitor.page.getByText('No events yet').waitFor();
    assert.match(await visitor.page.locator('pre').first().textContent(), /curl http:.*\/api\/v1\/loom\/events/);
    await visitor.leave();
});

test('the curl line of the empty state sends a first event', async () => {
    const visitor = await Visitor.arrive(browser, server);
    await visitor.open('?app=loom');
    const command = await visitor.page.locator('pre').first().textContent();
    const body = /-d '(.*)'$/s.exec(command)[1];
    const [verdict] = await server.post('loom', [JSON.parse(body)]);
    assert.equal(verdict.outcome, 'accepted');
    await visitor.leave();
});

test('with tokens: sign in, wrong and right, see what the token allows, and sign out', async () => {
    const token = server.token('narrow', '--app', 'loom');
    const visitor = await Visitor.arrive(browser, server);
    const { page } = visitor;
    await page.goto(`${server.url}/-/?app=loom&view=versions`);
    await page.getByLabel('Token').fill('askfirst_00000000_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: /token/i }).waitFor();
    assert.deepEqual(await barriers(page), []);
    await picture(page, 'sign-in');

    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await settled(page);
    assert.match(page.url(), /view=versions/, 'one is where one wanted to go');
    assert.deepEqual(await page.getByRole('combobox', { name: 'App' }).locator('option').allTextContents(), ['All apps', 'Loom']);
    assert.equal(await page.evaluate(() => document.cookie), '', 'no script reads the session');
    const [cookie] = await visitor.context.cookies();
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
    assert.equal(await page.evaluate(async () => (await fetch('/api/v1/other/stats')).status), 403);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    assert.equal(await page.evaluate(async () => (await fetch('/api/v1/loom/stats')).status), 401);
    await visitor.leave();
});

test('a token that is revoked ends its sessions', async () => {
    const token = server.token('brief');
    const visitor = await Visitor.arrive(browser, server);
    await visitor.signIn(token);
    await visitor.page.waitForLoadState('networkidle');
    server.command('token', 'revoke', 'brief');
    await visitor.page.getByRole('link', { name: 'Loom' }).click();
    await visitor.page.getByLabel('Token').waitFor();
    await visitor.leave();
});
