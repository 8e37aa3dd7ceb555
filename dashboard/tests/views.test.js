// Every view shows the truth about a known ledger.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Server, Visitor, barriers, figures, launch, panel, picture, settled, table } from './harness.js';
import { CONTRACT, DAYS, Population } from './population.js';

const population = new Population(Date.now());
const REFUSED = 7;
let server, browser, visitor, page;

before(async () => {
    server = await Server.start({ loom: CONTRACT });
    const verdicts = await server.post('loom', [...population.events(), ...population.undeclared(REFUSED)]);
    assert.equal(verdicts.filter(({ outcome }) => outcome === 'refused').length, REFUSED);
    browser = await launch();
    visitor = await Visitor.arrive(browser, server);
    page = visitor.page;
    await visitor.signIn(server.token('tests'));
});

after(async () => {
    await visitor.leave();
    await browser.close();
    await server.stop();
});

/** Opens a view with the range of all days. */
function view(name, more = '') {
    return visitor.open(`?app=loom&view=${name}&${population.range}${more}`);
}

const count = (number) => number.toLocaleString('en');

test('all apps at a glance', async () => {
    await visitor.open('');
    const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Loom' }) });
    const cells = await row.locator('dl > div').evaluateAll((cells) => cells.map((cell) => [...cell.children].map((part) => part.textContent.trim())));
    const told = Object.fromEntries(cells);
    assert.equal(told.Now, String(population.installs()), 'all were heard of just now');
    assert.equal(told['Refused, 7 days'], String(REFUSED));
    assert.deepEqual(await barriers(page), []);
    await picture(page, 'all-apps');
});

test('overview and activity: installs by day, new and returning, people and machines', async () => {
    const active = population.active();
    const fresh = population.active(({ install, day }) => install.first === day);
    for (const name of ['overview', 'activity']) {
        await view(name);
        const told = await figures(page);
        assert.equal(told['Active installs'], String(population.installs()));
        assert.equal(told.New, String(population.installs()));
        const rows = await table(page, 'Active installs');
        assert.deepEqual(rows.map((row) => Number(row[1])), active);
        assert.deepEqual(rows.map((row) => Number(row[2])), fresh);
        assert.deepEqual(rows.map((row) => Number(row[3])), active.map((all, day) => all - fresh[day]));
    }
    await view('overview');
    const platforms = await table(page, 'Platforms');
    for (const os of ['linux', 'macos', 'windows']) {
        const installs = population.installs(({ install }) => install.os === os);
        assert.equal(platforms.find(([name]) => name === os)[1], String(installs), os);
    }
    const runtimes = await table(page, 'People and machines');
    assert.deepEqual(Object.fromEntries(runtimes.map(([name, installs]) => [name, Number(installs)])), {
        interactive: population.installs(({ install }) => install.runtime === 'interactive'),
        ci: population.installs(({ install }) => install.runtime === 'ci'),
    });
    assert.equal((await figures(page)).Refused, String(REFUSED));
});

test('retention: the triangle of those who came back', async () => {
    await view('retention', '&per=day');
    const rows = await panel(page, 'Retention').locator('tbody tr').evaluateAll((rows) =>
        rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
    assert.equal(rows.length, DAYS);
    const counts = await table(page, 'Retention');
    for (let day = 0; day < DAYS; day += 1) {
        const cohort = ({ install }) => install.first === day;
        assert.equal(counts[day][1], String(population.installs(cohort)), `cohort of day ${day}`);
        const active = population.active(cohort);
        for (let later = 1; day + later < DAYS; later += 1) {
            assert.equal(counts[day][1 + later], String(active[day + later]), `day ${day} + ${later}`);
            const share = (active[day + later] / population.installs(cohort)) * 100;
            const shown = Number.parseFloat(rows[day][1 + later]);
            assert.ok(Math.abs(shown - share) < 0.06, `day ${day} + ${later}: ${rows[day][1 + later]}`);
        }
    }
});

test('versions: who uses which', async () => {
    await view('versions');
    const rows = await table(page, 'Versions in use');
    for (const version of ['1.0.0', '1.1.0']) {
        const installs = population.installs((use) => use.day >= DAYS - 7 && use.version === version);
        assert.equal(rows.find(([name]) => name === version)[1], String(installs), version);
    }
    const days = await table(page, 'Versions over time');
    const adopted = population.active(({ version }) => version === '1.1.0');
    assert.deepEqual(days.map((row) => Number(row[2])), adopted);
});

test('fields: declared values, numbers and counts', async () => {
    await view('fields');
    for (const title of ['pattern', 'seconds', 'threads']) {
        await panel(page, title).scrollIntoViewIfNeeded();
        await settled(page);
    }
    const patterns = await table(page, 'pattern');
    for (const [at, pattern] of ['plain', 'twill', 'satin'].entries()) {
        assert.equal(patterns.find(([name]) => name === pattern)[1], String(population.uses(({ day }) => day % 3 === at)), pattern);
    }
    const threads = await table(page, 'threads');
    assert.equal(threads.find(([name]) => name === 'cotton')[1], count(2 * population.uses()));
    assert.equal(threads.find(([name]) => name === 'silk')[1], count(population.uses(({ install }) => install.number % 2 === 1)));
    const told = await panel(page, 'seconds').locator('.small-figures > div').evaluateAll((cells) =>
        Object.fromEntries(cells.map((cell) => [...cell.children].map((part) => part.textContent.trim()))));
    assert.equal(told.Least, '10');
    assert.equal(told.Most, '300');
    const buckets = await table(page, 'seconds');
    assert.equal(buckets.reduce((sum, row) => sum + Number(row[2]), 0), population.uses());
});

test('errors: groups with installs and versions', async () => {
    await view('errors');
    const tears = population.tears();
    const [row] = await table(page, 'Errors');
    assert.deepEqual(row.slice(0, 3), ['E_KNOT', String(tears.length), String(new Set(tears.map(({ install }) => install.number)).size)]);
    assert.equal(row[5], '1.1.0');
});

test('outcomes: why what was refused, and what nobody declared', async () => {
    await view('outcomes');
    const told = await figures(page);
    assert.equal(told.Accepted, count(population.events().length));
    assert.equal(told.Refused, String(REFUSED));
    const undeclared = panel(page, 'Undeclared names').getByRole('listitem');
    assert.match(await undeclared.first().textContent(), new RegExp(`Clients 1\\.9\\.0 send an undeclared cwd.*${REFUSED} refused`, 's'));
});

test('contract: in force, with its fields and its history', async () => {
    await view('contract');
    await page.getByRole('heading', { name: 'In force' }).waitFor();
    const fields = page.getByRole('group', { name: 'Fields of weave' });
    assert.match(await fields.textContent(), /seconds.*how long people wait/s);
    assert.match(await panel(page, 'History').textContent(), /in force/);
});

test('every chart has its numbers as CSV', async () => {
    await view('overview');
    const found = page.getByRole('link', { name: /^CSV of / });
    // Those below the first chart come a little later, one panel after the other.
    await found.nth(4).waitFor();
    const links = await found.evaluateAll((links) => links.map((link) => link.href));
    assert.ok(links.length >= 5);
    for (const link of links) {
        const csv = await page.evaluate(async (link) => {
            const response = await fetch(link);
            return [response.status, response.headers.get('content-type'), await response.text()];
        }, link);
        assert.deepEqual(csv.slice(0, 2), [200, 'text/csv; charset=utf-8'], link);
        assert.ok(csv[2].split('\r\n').length > 2, csv[2]);
    }
    const active = links.find((link) => link.includes('/active?') && !link.includes('by='));
    const csv = await page.evaluate(async (link) => (await fetch(link)).text(), active);
    const installs = csv.trim().split('\r\n').slice(1).map((line) => Number(line.split(',')[1]));
    assert.deepEqual(installs, population.active());
});

test('filters and ranges: the numbers are those of what is chosen', async () => {
    await view('activity');
    await page.getByRole('combobox', { name: 'Platform' }).selectOption('windows');
    await settled(page);
    assert.match(page.url(), /platform=windows/);
    const windows = ({ install }) => install.os === 'windows';
    assert.equal((await figures(page))['Active installs'], String(population.installs(windows)));
    await page.getByRole('combobox', { name: 'Runtime' }).selectOption('people');
    await settled(page);
    const people = ({ install }) => install.os === 'windows' && install.runtime === 'interactive';
    const rows = await table(page, 'Active installs');
    assert.deepEqual(rows.map((row) => Number(row[1])), population.active(people));
    // Several values of a dimension are alternatives.
    await page.getByRole('combobox', { name: 'Runtime' }).selectOption('machines');
    await settled(page);
    const machines = ({ install }) => install.os === 'windows' && install.runtime !== 'interactive';
    assert.equal((await figures(page))['Active installs'], String(population.installs(machines)));

    await visitor.open(`?app=loom&view=activity&from=${population.date(3)}&to=${population.date(5)}`);
    assert.deepEqual((await table(page, 'Active installs')).map((row) => Number(row[1])), population.active().slice(3, 6));
});

test('a link restores a view in another window; back and forward go through the views', async () => {
    await view('versions', '&platform=linux&compare=1');
    const shown = await table(page, 'Versions in use');
    const other = await visitor.window();
    await other.goto(page.url());
    await settled(other);
    assert.deepEqual(await table(other, 'Versions in use'), shown);
    assert.equal(await other.getByRole('combobox', { name: 'Platform' }).inputValue(), 'linux');
    assert.equal(await other.title(), await page.title());
    await other.close();

    await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Errors' }).click();
    await page.getByRole('heading', { level: 1, name: /Errors/ }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: /Versions/ }).waitFor();
    assert.match(page.url(), /platform=linux/);
    await page.goForward();
    await page.getByRole('heading', { level: 1, name: /Errors/ }).waitFor();
});

test('compared with the period before', async () => {
    const half = DAYS / 2;
    await visitor.open(`?app=loom&view=activity&from=${population.date(half)}&to=${population.date(DAYS - 1)}&compare=1`);
    assert.ok(await page.getByRole('checkbox', { name: /Compare/ }).isChecked());
    const now = population.installs(({ day }) => day >= half);
    const earlier = population.installs(({ day }) => day < half);
    const changed = page.locator('.figures > div', { hasText: 'Active installs' }).getByTitle('in the period before');
    assert.match(await changed.textContent(), new RegExp(` from ${earlier}$`));
    assert.equal((await figures(page))['Active installs'], String(now));
    assert.ok(await page.getByText(/period before/).first().isVisible());
});

test('live: what happens appears, what is refused as well, and a pause holds it', async () => {
    await visitor.open('?app=loom&view=live');
    await page.getByText('Following').waitFor();
    const log = page.getByRole('log');
    const event = (id) => ({ ...population.events()[0], id });
    await server.post('loom', [event('live-1')]);
    await log.getByRole('listitem').filter({ hasText: 'weave' }).first().waitFor();
    await server.post('loom', [{ ...event('live-2'), os: 'beos' }]);
    await log.getByRole('listitem').filter({ hasText: 'refused' }).first().waitFor();
    const before = await log.getByRole('listitem').count();
    const pause = page.getByRole('button', { name: 'Pause' });
    await pause.click();
    await server.post('loom', [event('live-3')]);
    await page.evaluate(async () => (await fetch('/api/v1/loom/stats')).json());
    assert.equal(await log.getByRole('listitem').count(), before);
    await pause.click();
    await server.post('loom', [event('live-4')]);
    await page.waitForFunction((before) => document.querySelectorAll('[role="log"] li').length > before, before);
    assert.ok(!(await log.textContent()).includes(population.events()[0].install), 'an install id is nobody’s business');
});
