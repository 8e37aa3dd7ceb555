// Outcomes: what became of all that was reported, and why some of it was not stored.

import { html, useMemo } from '../vendor/preact.js';
import { useAnswers } from '../api.js';
import { asks } from '../asks.js';
import { Stack } from '../charts/stack.js';
import { count, day, moment } from '../format.js';
import { isRunning } from '../parts/active.js';
import { RangePicker } from '../parts/controls.js';
import { Figures } from '../parts/figures.js';
import { Empty, Hint } from '../parts/notices.js';
import { Panel } from '../parts/panel.js';
import { Reasons, Tally } from '../parts/reasons.js';
import { clients, groups } from '../refusals.js';
import { dayOf, isFiltered, range } from '../state.js';
import { Fetched } from '../views.js';

const ACCEPTED = [{ name: 'accepted', ink: 'accent' }];
/** All other fates, from the lowest part of a column up. Beside what is accepted they would not be seen. */
const OTHERS = [
    { name: 'duplicate', ink: 'third' },
    { name: 'limited', ink: 'second' },
    { name: 'refused', ink: 'bad', hatch: true },
];
const COLUMNS = [
    { title: 'Day', of: (row) => day(row.day) },
    { title: 'Accepted', of: (row) => row.accepted, format: count },
    { title: 'Duplicate', of: (row) => row.duplicate, format: count },
    { title: 'Limited', of: (row) => row.limited, format: count },
    { title: 'Refused', of: (row) => row.refused, format: count },
    { title: 'Fields discarded', of: (row) => row.discarded, format: count },
];

export function View({ state, contract, app }) {
    const { outcomes, before, undeclared } = useAnswers(asks.outcomes(state, contract, dayOf(Date.now())));
    const sides = (name, isBad) => ({ value: outcomes.data?.[name], before: before.data?.[name], isBad });
    const isNothing = [...ACCEPTED, ...OTHERS].every(({ name }) => outcomes.data?.[name] === 0);
    if (isNothing && before.data?.accepted === 0) return html`<${Fetched} view="first-event" app=${app} contract=${contract} />`;
    return html`
        <div class="controls"><${RangePicker} state=${state} /></div>
        ${isFiltered(state) && html`<${Hint}>Outcomes are counted without who sent the events: the filter has no effect.<//>`}
        <${Figures} figures=${[
            { name: 'Accepted', ...sides('accepted') },
            { name: 'Duplicates', ...sides('duplicate', true) },
            { name: 'Limited', ...sides('limited', true) },
            { name: 'Refused', ...sides('refused', true) },
            { name: 'Fields discarded', ...sides('discarded', true) },
        ]} />
        <div class="grid">
            <${ByDay} title="Accepted" note="events by the day they were received" outcomes=${ACCEPTED} answer=${outcomes} />
            <${ByDay} title="Not accepted" note="what is limited or refused is not stored" outcomes=${OTHERS}
                answer=${outcomes} />
            <${Why} answer=${outcomes} />
            <${Undeclared} answer=${undeclared} />
        </div>`;
}

function ByDay({ title, note, outcomes, answer }) {
    return html`<${Panel} title=${title} note=${note} answer=${answer} csvTable="days"
        table=${(data) => ({ columns: COLUMNS, rows: data.days })}
        empty=${(data) => outcomes.every(({ name }) => data[name] === 0) && html`<${Empty} title="None in this range" />`}>
        ${(data) => html`<${DayStack} name=${title} rows=${data.days} outcomes=${outcomes} />`}
    <//>`;
}

function DayStack({ name, rows, outcomes }) {
    const [labels, parts] = useMemo(() => {
        const seen = outcomes.filter(({ name }) => rows.some((row) => row[name] > 0));
        const parts = seen.map((part) => ({ ...part, values: rows.map((row) => row[part.name]) }));
        return [rows.map((row) => row.day), parts];
    }, [rows]);
    return html`<${Stack} name=${name} labels=${labels} parts=${parts} isRunning=${isRunning(rows)} />`;
}

function Why({ answer }) {
    const columns = [
        { title: 'Outcome', of: (row) => row.outcome },
        { title: 'Reason', of: (row) => row.reason },
        { title: 'Field', of: (row) => row.field },
        { title: 'Client version', of: (row) => row.client_version },
        { title: 'Count', of: (row) => row.count, format: count },
        { title: 'First day', of: (row) => day(row.first_day) },
        { title: 'Last day', of: (row) => day(row.last_day) },
    ];
    return html`<${Panel} title="Why" note="what was refused, limited or left out, by client version" answer=${answer}
        csvTable="counts" size="wide" height=${160}
        table=${(data) => ({ columns, rows: data.counts })}
        empty=${(data) => groups(data.counts).length === 0 && html`<${Empty} title="Nothing was refused in this range" />`}>
        ${(data) => html`<${Reasons} reasons=${groups(data.counts)} hasDays />`}
    <//>`;
}

function Undeclared({ answer }) {
    const columns = [
        { title: 'Name', of: (row) => html`<code>${row.name}</code>` },
        { title: 'What it is', of: (row) => (row.kind === 'event' ? 'type of event' : 'field') },
        { title: 'From', of: (row) => clients([row.client_version]) },
        { title: 'Refused', of: (row) => row.refused, format: count },
        { title: 'Discarded', of: (row) => row.discarded, format: count },
        { title: 'Last', of: (row) => moment(row.last) },
    ];
    const since = answer.data ? ` since ${moment(answer.data.since)}` : '';
    const note = `fields and types that no contract declares, seen${since}; never stored`;
    const { refused = 0, discarded = 0 } = answer.data?.others ?? {};
    return html`<${Panel} title="Undeclared names" note=${note} answer=${answer} size="wide" height=${120} hasCsv=${false}
        table=${(data) => ({ columns, rows: data.names })}
        empty=${(data) => data.names.length + refused + discarded === 0 && html`<${Empty} title="No undeclared names" />`}>
        ${(data) => html`<ul class="reasons">${data.names.map((row) => html`
            <li key=${[row.kind, row.name, row.client_version].join(' ')}>
                <span>${clients([row.client_version])} send an undeclared ${row.kind === 'event' ? 'type ' : ''}
                    <code>${row.name}</code></span>
                <span class="quiet">last ${moment(row.last)}</span>
                ${row.refused > 0 && html`<${Tally} outcome="refused" value=${row.refused} />`}
                ${row.discarded > 0 && html`<${Tally} outcome="discarded" value=${row.discarded} />`}
            </li>`)}</ul>
            ${refused + discarded > 0 && html`<p class="total">Others, whose names are not kept:
                ${count(refused)} refused, ${count(discarded)} discarded.</p>`}`}
    <//>`;
}
