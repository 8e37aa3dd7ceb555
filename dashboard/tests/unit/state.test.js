import assert from 'node:assert/strict';
import { test } from 'node:test';
import { days, isFiltered, link, only, range, rangeBefore, read, write } from '../../state.js';

const TODAY = '2026-03-01';

test('an address without anything is the overview of the last 30 days', () => {
    const state = read('');
    assert.equal(state.view, 'overview');
    assert.deepEqual(range(state), [['last', '30d']]);
    assert.equal(write(state), '?');
});

test('what is written is read again', () => {
    for (const search of [
        '?app=demo&view=versions&last=90d',
        '?app=demo&view=activity&from=2026-01-01&to=2026-02-01&per=week&compare=1',
        '?app=a+b%26c&version=1.0%2B%3Cb%3E&platform=linux-x64&runtime=people',
        '?app=demo&from=2026-01-01',
    ]) {
        assert.deepEqual(read(write(read(search))), read(search), search);
    }
});

test('what makes no sense is left out', () => {
    for (const search of ['?view=nothing', '?last=30', '?last=-3d', '?from=2026-02-30', '?from=yesterday', '?to=2026-02-01', '?per=hour', '?compare=yes']) {
        assert.deepEqual(read(search), read(''), search);
    }
    assert.equal(read('?from=2026-02-10&to=2026-02-01').to, '');
});

test('a range of days takes the place of a span', () => {
    const state = read('?last=7d&from=2026-02-01&to=2026-02-10');
    assert.equal(state.last, '');
    assert.deepEqual(range(state), [['from', '2026-02-01'], ['to', '2026-02-10']]);
    assert.equal(days(state, TODAY), 10);
});

test('the period before is as long and ends the day before', () => {
    const before = (search) => rangeBefore(read(search), TODAY);
    assert.deepEqual(before('?last=7d'), [['last', '7d'], ['to', '2026-02-22']]);
    assert.deepEqual(before('?last=2w'), [['last', '14d'], ['to', '2026-02-15']]);
    assert.deepEqual(before('?from=2026-02-01&to=2026-02-10'), [['last', '10d'], ['to', '2026-01-31']]);
    assert.deepEqual(before('?from=2026-02-27'), [['last', '3d'], ['to', '2026-02-26']]);
});

test('people and machines stand for runtimes', () => {
    assert.deepEqual(only(read('?runtime=people')), [['only', 'runtime=interactive']]);
    const machines = [['only', 'runtime=ci'], ['only', 'runtime=container'], ['only', 'runtime=agent']];
    assert.deepEqual(only(read('?runtime=machines')), machines);
    assert.deepEqual(only(read('?runtime=ci')), [['only', 'runtime=ci']]);
    assert.deepEqual(only(read('?version=1.0&platform=linux')), [['only', 'app_version=1.0'], ['only', 'platform=linux']]);
    assert.ok(!isFiltered(read('?app=demo')));
});

test('a link keeps the rest, and another app has other filters', () => {
    const state = read('?app=demo&view=errors&last=7d&version=1.0');
    assert.equal(link(state, { view: 'versions' }), '?app=demo&view=versions&last=7d&version=1.0');
    assert.equal(link(state, { app: 'other' }), '?app=other&view=errors&last=7d');
});
