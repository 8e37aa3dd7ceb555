// What the question `active` tells: which installs are new.

import { html, useMemo } from '../vendor/preact.js';
import { Stack } from '../charts/stack.js';
import { COLUMNS, isRunning } from './active.js';
import { Panel } from './panel.js';

/** Installs by whether they were seen before. */
export function NewAndReturning({ answer, more, size }) {
    return html`<${Panel} title="New and returning" note="installs by whether they were seen before" answer=${answer}
        more=${more} size=${size}
        table=${(data) => ({ columns: COLUMNS, rows: data.periods })}>
        ${(data) => html`<${NewStack} rows=${data.periods} />`}
    <//>`;
}

function NewStack({ rows }) {
    const [labels, parts] = useMemo(() => [rows.map((row) => row.period), [
        { name: 'Returning', values: rows.map((row) => row.returning), ink: 'accent' },
        { name: 'New', values: rows.map((row) => row.new), ink: 'second', hatch: true },
    ]], [rows]);
    return html`<${Stack} name="New and returning installs" labels=${labels} parts=${parts} isRunning=${isRunning(rows)} />`;
}
