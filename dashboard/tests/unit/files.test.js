// The files as they are served: what the shell names, and what it weighs.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const ROOT = path.join(import.meta.dirname, '../..');
/** The whole page, compressed, in bytes. */
const HEAVIEST = 150 * 1024;

const files = readdirSync(ROOT, { recursive: true }).filter((name) => !name.startsWith('tests') && /\.(js|css|svg|html)$/.test(name));
const text = (name) => readFileSync(path.join(ROOT, name), 'utf8');
const ours = files.filter((name) => !name.startsWith('vendor'));

/** A module and all that it imports. */
function withImports(name, found = new Set()) {
    found.add(name);
    for (const [, imported] of text(name).matchAll(/from '([^']+)'/g)) {
        const file = path.join(path.dirname(name), imported);
        if (!found.has(file)) withImports(file, found);
    }
    return found;
}

test('the shell names every module of the first view, so that none is found late', () => {
    const named = [...text('index.html').matchAll(/\{assets\}\/([^"]+\.js)"/g)].map(([, name]) => name);
    const needed = new Set(['start.js', 'app.js', 'views/overview.js'].flatMap((name) => [...withImports(name)]));
    assert.deepEqual(named.toSorted(), [...needed].toSorted());
});

test('imports are of files that there are', () => {
    for (const name of ours.filter((name) => name.endsWith('.js'))) {
        for (const [, imported] of text(name).matchAll(/from '([^']+)'/g)) {
            assert.ok(files.includes(path.join(path.dirname(name), imported)), `${name} imports ${imported}`);
        }
    }
});

test('nothing is made of text but text', () => {
    for (const name of ours) {
        assert.doesNotMatch(text(name), /innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|\sstyle="|\son[a-z]+="/, name);
    }
});

test('the page is light', () => {
    const weight = files.reduce((sum, name) => sum + gzipSync(text(name)).length, 0);
    assert.ok(weight < HEAVIEST, `${weight} bytes`);
});
