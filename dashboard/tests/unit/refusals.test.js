import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clients, fieldName, groups, inWords } from '../../refusals.js';

const row = (outcome, reason, field, version, count) => ({
    outcome, reason, field, client_version: version, count, first_day: '2026-01-02', last_day: '2026-01-03',
});
const sentence = (group) => Object.values(inWords(group)).join('');

test('what is wrong in the same way stands together, the most frequent first', () => {
    const found = groups([
        row('accepted', '', '', '1.0', 900),
        row('refused', 'range', '/a/b', '1.0', 2),
        row('refused', 'range', '/a/b', '1.1', 5),
        row('discarded', 'undeclared', '', '1.0', 6),
        row('duplicate', '', '', '1.0', 50),
    ]);
    assert.deepEqual(found.map(({ count, versions }) => [count, versions]), [[7, ['1.1', '1.0']], [6, ['1.0']]]);
    assert.equal(sentence(found[0]), 'Clients 1.1 and 1.0 send a.b out of range');
});

test('every outcome is a sentence, also with a rule that came later', () => {
    const versions = ['1.9'];
    for (const [outcome, reason, field, words] of [
        ['refused', 'missing', '/ok', 'Clients 1.9 leave out ok'],
        ['refused', 'undeclared', '', 'Clients 1.9 send undeclared fields'],
        ['refused', 'forgotten', '', 'Clients 1.9 report for installs that were erased'],
        ['refused', 'of_later', '/ok', 'Clients 1.9 break the rule of_later'],
        ['limited', 'address', '', 'Clients 1.9 report more than the limit of an address allows'],
        ['discarded', 'undeclared', '/system', 'Clients 1.9 send undeclared fields in system'],
    ]) {
        assert.equal(sentence({ outcome, reason, field, versions }), words);
    }
});

test('clients by their versions', () => {
    assert.equal(clients(['']), 'Clients of no known version');
    assert.equal(clients(['other']), 'Clients of no known version');
    assert.equal(clients(['1.0', '']), 'Clients 1.0 and 1 other');
    assert.equal(clients(['1.0', '2.0', '3.0']), 'Clients 1.0, 2.0 and 3.0');
    assert.equal(clients(['1.0', '2.0', '3.0', '4.0', '5.0']), 'Clients 1.0, 2.0, 3.0 and 2 others');
});

test('pointers', () => {
    assert.equal(fieldName('/memory/peak~1mb~0'), 'memory.peak/mb~');
    assert.equal(fieldName(''), '');
});
