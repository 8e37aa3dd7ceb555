// What the question `active` tells: how many installs. new-and-returning.js tells which of them are new.

import { html, useMemo } from '../vendor/preact.js';
import { Lines } from '../charts/lines.js';
import { count, period } from '../format.js';
import { Panel } from './panel.js';

export const COLUMNS = [
    { title: 'Period', of: (row) => period(row.period) },
    { title: 'Installs', of: (row) => row.installs, format: count },
    { title: 'New', of: (row) => row.new, format: count },
    { title: 'Returning', of: (row) => row.returning, format: count },
];
/** Only days have them. */
const WINDOWS = [
    { title: 'Last 7 days', of: (row) => row.last_7, format: count },
    { title: 'Last 28 days', of: (row) => row.last_28, format: count },
];
const HEIGHT = 280;

/** Whether the last of the periods is not over. */
export function isRunning(rows) {
    return rows.at(-1)?.running === true;
}

/** Distinct installs; of days, with the windows that end with them. `before` is shown where the state compares. */
export function ActiveInstalls({ state, per, answer, before, more }) {
    const isDaily = per === 'day';
    const windows = 'distinct installs a UTC day, and in the 7 and 28 days that end with it';
    const note = isDaily ? windows : `distinct installs a ${per}`;
    const columns = isDaily ? [...COLUMNS, ...WINDOWS] : COLUMNS;
    const earlier = state.compare ? before.data?.periods : undefined;
    return html`<${Panel} title="Active installs" note=${note} answer=${answer} more=${more} size="wide"
        height=${HEIGHT + 28} table=${(data) => ({ columns, rows: data.periods })}>
        ${(data) => html`<${ActiveLines} rows=${data.periods} earlier=${earlier} />`}
    <//>`;
}

function ActiveLines({ rows, earlier }) {
    const [labels, lines] = useMemo(() => {
        const line = (name, key, look) => ({ name, values: rows.map((row) => row[key]), ...look });
        const drawn = [line('Installs', 'installs', { ink: 'accent', isFilled: true })];
        if (rows[0] && 'last_7' in rows[0]) {
            drawn.push(line('Last 7 days', 'last_7', { ink: 'second', width: 1.75, dash: [6, 3] }));
            drawn.push(line('Last 28 days', 'last_28', { ink: 'third', width: 1.75, dash: [2, 3] }));
        }
        if (earlier) {
            const values = rows.map((_, index) => earlier[index]?.installs ?? null);
            drawn.push({ name: 'Installs in the period before', values, ink: 'muted', width: 1.5, dash: [9, 4] });
        }
        return [rows.map((row) => row.period), drawn];
    }, [rows, earlier]);
    return html`<${Lines} name="Active installs" labels=${labels} lines=${lines} isRunning=${isRunning(rows)}
        height=${HEIGHT} />`;
}
