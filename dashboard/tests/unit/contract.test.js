import assert from 'node:assert/strict';
import { test } from 'node:test';
import { example, groups, hasRole, sections, typeInWords, valuesOf } from '../../contract.js';

const ID = { name: 'event_id', type: 'uuid', required: true };
const VERSION = { name: 'v', type: 'version', role: 'app_version', required: true, why: 'fixes' };
const CONTRACT = {
    envelope: { type: '', event_id: 'event_id', fields: [ID, VERSION] },
    events: [
        {
            type: 'run',
            event_id: 'event_id',
            fields: [
                ID,
                VERSION,
                { name: 'mode', type: 'enum', values: ['fast', 'slow'], required: true },
                { name: 'time.seconds', type: 'number', min: 0, max: 10, required: true },
                { name: 'used', type: 'counts', keys: ['a', 'b'], required: false },
                { name: 'session', type: 'hex', role: 'session_id', min: 8, max: 8, required: true },
            ],
        },
        { type: 'stop', event_id: 'event_id', fields: [ID, VERSION, { name: 'mode', type: 'enum', values: ['fast'], required: true }] },
    ],
};

test('a section for each field that tells something, and for one of several events only once', () => {
    const found = sections(CONTRACT).map(({ name, shown, events }) => [name, shown, events.filter(Boolean)]);
    assert.deepEqual(found, [
        ['type', 'values', []],
        ['app_version', 'values', []],
        ['mode', 'values', ['run', 'stop']],
        ['time.seconds', 'numbers', ['run']],
        ['used', 'counts', ['run']],
    ]);
});

test('roles', () => {
    assert.ok(hasRole(CONTRACT, 'app_version'));
    assert.ok(!hasRole(CONTRACT, 'platform'));
    assert.ok(!hasRole(null, 'app_version'));
    assert.deepEqual(valuesOf(CONTRACT, 'platform'), []);
});

test('what all events have is told once', () => {
    assert.deepEqual(groups(CONTRACT).map(({ fields }) => fields.length), [2, 4, 1]);
    assert.equal(groups({ ...CONTRACT, envelope: null })[0].fields.length, 6);
});

test('a smallest event has what is required, at its place', () => {
    assert.deepEqual(example(CONTRACT, () => 'id', 'now'), {
        type: 'run', event_id: 'id', v: '1.0.0', mode: 'fast', time: { seconds: 0 }, session: '00000000',
    });
});

test('types in words', () => {
    for (const [field, words] of [
        [{ type: 'enum', values: ['a', 'b'] }, 'one of a, b'],
        [{ type: 'text', min: 1, max: 32 }, 'text of 1 to 32 characters'],
        [{ type: 'text', min: 0, max: 32, pattern: '[a-z]*' }, 'text of at most 32 characters, as [a-z]*'],
        [{ type: 'hex', min: 8, max: 8 }, 'hexadecimal of 8 digits'],
        [{ type: 'int', min: 0, max: 5 }, 'whole number of 0 to 5'],
        [{ type: 'counts', keys: ['a'] }, 'counts of a'],
        [{ type: 'list', max: 4, of: { type: 'bool' } }, 'list of at most 4: yes or no'],
    ]) {
        assert.equal(typeInWords(field), words);
    }
});
