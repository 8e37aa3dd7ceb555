// Activity: how many installs are active by day, week or month, which of them are new, and which are people.

import { html, useMemo } from '../vendor/preact.js';
import { useAnswers } from '../api.js';
import { asks } from '../asks.js';
import { Stack } from '../charts/stack.js';
import { count, period, share } from '../format.js';
import { ActiveInstalls, isRunning } from '../parts/active.js';
import { Compare, Filters, Periods, RangePicker } from '../parts/controls.js';
import { Figures } from '../parts/figures.js';
import { NewAndReturning } from '../parts/new-and-returning.js';
import { Panel } from '../parts/panel.js';
import { dayOf } from '../state.js';
import { Fetched } from '../views.js';

/** How runtimes are drawn: people filled, machines striped. */
const LOOKS = {
    interactive: { ink: 'accent' },
    ci: { ink: 'second', hatch: true },
    container: { ink: 'third', hatch: true },
    agent: { ink: 'rest', hatch: true },
};

export function View({ state, contract, app }) {
    const answers = useAnswers(asks.activity(state, contract, dayOf(Date.now())));
    const { stats, active, before, runtimes } = answers;
    if (stats.data?.events === 0) return html`<${Fetched} view="first-event" app=${app} contract=${contract} />`;
    const per = state.per || 'day';
    return html`
        <div class="controls">
            <${RangePicker} state=${state} />
            <${Periods} state=${state} periods=${['day', 'week', 'month']} chosen=${per} />
            <${Filters} state=${state} contract=${contract} /><${Compare} state=${state} />
        </div>
        <${Summary} active=${active.data} before=${before.data} isDaily=${per === 'day'} />
        <div class="grid">
            <${ActiveInstalls} state=${state} per=${per} answer=${active} before=${before} />
            <${NewAndReturning} answer=${active} size="wide" />
            ${runtimes && html`<${Runtimes} answer=${runtimes} />`}
        </div>`;
}

function Summary({ active, before, isDaily }) {
    const sides = (name) => ({ value: active?.[name], before: before?.[name] });
    const whole = active?.periods.findLast((row) => !row.running);
    const stickiness = {
        name: 'Stickiness',
        value: active && (whole?.stickiness ?? null),
        format: share,
        note: 'a day’s installs, of those in 28 days',
    };
    return html`<${Figures} figures=${[
        { name: 'Active installs', ...sides('installs') },
        { name: 'New', ...sides('new') },
        { name: 'Returning', ...sides('returning') },
        ...(isDaily ? [stickiness] : []),
    ]} />`;
}

function Runtimes({ answer }) {
    const columns = [
        { title: 'Period', of: (row) => period(row.period) },
        { title: 'Runtime', of: (row) => row.value },
        { title: 'Installs', of: (row) => row.installs, format: count },
    ];
    return html`<${Panel} title="People and machines" note="installs by runtime; one that ran in two of them counts in both"
        answer=${answer} size="wide"
        table=${(data) => ({ columns, rows: data.periods })}>
        ${(data) => html`<${RuntimeStack} rows=${data.periods} />`}
    <//>`;
}

function RuntimeStack({ rows }) {
    const [labels, parts] = useMemo(() => byValue(rows), [rows]);
    return html`<${Stack} name="Installs by runtime" labels=${labels} parts=${parts} isRunning=${isRunning(rows)} />`;
}

/** The rows of a table of periods and values as periods, and the numbers of each value. */
function byValue(rows) {
    const values = new Map();
    const labels = [];
    for (const row of rows) {
        if (labels.at(-1) !== row.period) labels.push(row.period);
        if (!values.has(row.value)) values.set(row.value, []);
        values.get(row.value).push(row.installs);
    }
    const parts = Object.keys(LOOKS).filter((name) => values.get(name)?.some((installs) => installs > 0));
    return [labels, parts.map((name) => ({ name, values: values.get(name), ...LOOKS[name] }))];
}
