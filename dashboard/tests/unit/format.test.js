import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from '../../format.js';

test('what is not known is a dash, and nothing is a zero', () => {
    for (const write of [format.count, format.compact, format.number, format.share]) {
        assert.equal(write(null), '–');
        assert.equal(write(undefined), '–');
        assert.equal(write(Number.NaN), '–');
        assert.match(write(0), /^0/);
    }
});

test('shares are never rounded to none or all', () => {
    for (const [value, text] of [[0, '0%'], [0.0004, '<0.1%'], [0.001, '0.1%'], [0.1234, '12.3%'], [0.9995, '>99.9%'], [1, '100%']]) {
        assert.equal(format.share(value), text);
    }
});

test('numbers', () => {
    for (const [value, text] of [[999, '999'], [1000, '1,000'], [-12480, '-12,480'], [1234567, '1,234,567']]) {
        assert.equal(format.count(value), text);
    }
    for (const [value, text] of [
        [0.5, '0.5'], [7, '7'], [999, '999'], [1000, '1K'], [12_480, '12.5K'], [999_949, '999.9K'], [999_950, '1M'], [2e9, '2B'],
    ]) {
        assert.equal(format.compact(value), text);
    }
    for (const [value, text] of [[11.0654, '11.07'], [0.00012345, '0.0001234'], [12345.6, '12,350']]) {
        assert.equal(format.number(value), text);
    }
    assert.equal(format.plural(1, 'install'), '1 install');
    assert.equal(format.plural(0, 'install'), '0 installs');
});

test('days and periods', () => {
    assert.equal(format.day('2026-11-03'), '3 Nov 2026');
    assert.equal(format.day(null), '–');
    assert.equal(format.shortDay('2026-01-31'), '31 Jan');
    assert.equal(format.period('2026-W07'), 'week 7 of 2026');
    assert.equal(format.period('2026-02'), 'Feb 2026');
    assert.equal(format.shortPeriod('2026-W07'), 'W7');
    assert.equal(format.shortPeriod('2026-02'), 'Feb');
    assert.equal(format.shortPeriod('2026-02-01'), '1 Feb');
    assert.equal(format.moment('2026-11-03T09:41:07.123Z'), '3 Nov 2026, 09:41 UTC');
    assert.equal(format.clock('2026-11-03T09:41:07.123Z'), '09:41:07');
});

test('changes have a sign, and none without something before', () => {
    assert.deepEqual(format.change(120, 100), { text: '+20%', direction: 1 });
    assert.deepEqual(format.change(97, 100), { text: '−3.0%', direction: -1 });
    assert.deepEqual(format.change(100_001, 100_000), { text: 'no change', direction: 0 });
    for (const [now, before] of [[5, 0], [5, null], [null, 5], [undefined, undefined]]) {
        assert.equal(format.change(now, before), null);
    }
});
