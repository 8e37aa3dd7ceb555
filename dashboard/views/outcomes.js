// Outcomes: what became of all that was reported, and why some of it was not stored.

import { html, useMemo } from '../vendor/preact.js';
import { url, useAnswers } from '../api.js';
import { Stack } from '../charts/stack.js';
import { count, day, moment, shortDay } from '../format.js';
import { RangePicker } from '../parts/controls.js';
import { Figures } from '../parts/figures.js';
import { FirstEvent } from '../parts/first-event.js';
import { Empty, Hint } from '../parts/notices.js';
import { Panel } from '../parts/panel.js';
import { inWords, who } from '../refusals.js';
import { dayOf, isFiltered, range, rangeBefore } from '../state.js';

/** The fates of events, from the lowest part of a column up. */
const OUTCOMES = [
    { name: 'accepted', ink: 'accent' },
    { name: 'duplicate', ink: 'third' },
    { name: 'limited', ink: 'rest', hatch: true },
    { name: 'refused', ink: 'bad', hatch: true },
];
/** Outcomes of events that are lost, and of fields. */
const WITH_REASONS = ['refused', 'limited', 'discarded'];

export function asks(state, contract, today) {
    return {
        outcomes: url(state.app, 'outcomes', range(state)),
        before: url(state.app, 'outcomes', rangeBefore(state, today)),
        undeclared: url(state.app, 'undeclared'),
    };
}

/** The rows that say why something was not stored, the most frequent first. */
export function reasons(data) {
    return data.counts.filter((row) => WITH_REASONS.includes(row.outcome)).toSorted((a, b) => b.count - a.count);
}

export function View({ state, contract, app }) {
    const { outcomes, before, undeclared } = useAnswers(asks(state, contract, dayOf(Date.now())));
    const sides = (name, isBad) => ({ value: outcomes.data?.[name], before: before.data?.[name], isBad });
    const isNothing = (data) => OUTCOMES.every(({ name }) => data[name] === 0);
    return html`
        <div class="controls"><${RangePicker} state=${state} /></div>
        ${isFiltered(state) && html`<${Hint}>Outcomes are counted without who sent the event, so the filter has no effect here.<//>`}
        <${Figures} figures=${[
            { name: 'Accepted', ...sides('accepted') },
            { name: 'Duplicates', ...sides('duplicate', true) },
            { name: 'Limited', ...sides('limited', true) },
            { name: 'Refused', ...sides('refused', true) },
            { name: 'Fields discarded', ...sides('discarded', true) },
        ]} />
        <div class="grid">
            <${ByDay} answer=${outcomes} empty=${(data) => isNothing(data) && html`<${FirstEvent} app=${app} contract=${contract} />`} />
            <${Why} answer=${outcomes} />
            <${Undeclared} answer=${undeclared} />
        </div>`;
}

function ByDay({ answer, empty }) {
    const columns = [
        { title: 'Day', of: (row) => day(row.day) },
        ...['accepted', 'duplicate', 'limited', 'refused', 'discarded'].map((name) => ({
            title: name === 'discarded' ? 'Fields discarded' : name[0].toUpperCase() + name.slice(1),
            of: (row) => row[name],
            format: count,
        })),
    ];
    return html`<${Panel} title="Outcomes by day" note="events by the day they were received" answer=${answer} csvTable="days" size="wide"
        table=${(data) => ({ columns, rows: data.days })} empty=${empty}>
        ${(data) => html`<${DayStack} rows=${data.days} />`}
    <//>`;
}

function DayStack({ rows }) {
    const [labels, parts] = useMemo(() => {
        const seen = OUTCOMES.filter(({ name }) => rows.some((row) => row[name] > 0));
        return [rows.map((row) => row.day), seen.map((part) => ({ ...part, values: rows.map((row) => row[part.name]) }))];
    }, [rows]);
    return html`<${Stack} name="Outcomes by day" labels=${labels} parts=${parts} isRunning=${rows.at(-1)?.running} height=${228} />`;
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
    return html`<${Panel} title="Why" note="what was refused, limited or left out, by client version" answer=${answer} csvTable="counts" size="wide" height=${160}
        table=${(data) => ({ columns, rows: data.counts })}
        empty=${(data) => reasons(data).length === 0 && html`<${Empty} title="Nothing was refused in this range" />`}>
        ${(data) => html`<${Reasons} rows=${reasons(data)} hasDays />`}
    <//>`;
}

/** Reasons in sentences, each with its count. */
export function Reasons({ rows, hasDays }) {
    return html`<ul class="reasons">${rows.map((row) => {
        const { before, field, after } = inWords(row);
        const key = [row.outcome, row.reason, row.field, row.client_version].join(' ');
        return html`<li key=${key}>
            <span>${before}${field && html`<code>${field}</code>`}${after}</span>
            ${hasDays && html`<span class="quiet">${span(row)}</span>`}
            <span class=${`tally ${row.outcome}`}><strong>${count(row.count)}</strong> ${row.outcome}</span>
        </li>`;
    })}</ul>`;
}

function span({ first_day: first, last_day: last }) {
    return first === last ? shortDay(first) : `${shortDay(first)} to ${shortDay(last)}`;
}

function Undeclared({ answer }) {
    const columns = [
        { title: 'Name', of: (row) => html`<code>${row.name}</code>` },
        { title: 'What it is', of: (row) => (row.kind === 'event' ? 'type of event' : 'field') },
        { title: 'From', of: (row) => who(row.client_version) },
        { title: 'Refused', of: (row) => row.refused, format: count },
        { title: 'Discarded', of: (row) => row.discarded, format: count },
        { title: 'Last', of: (row) => moment(row.last) },
    ];
    const since = answer.data ? ` since ${moment(answer.data.since)}` : '';
    return html`<${Panel} title="Undeclared names" note=${`fields and types that no contract declares, seen${since}; never stored`} answer=${answer} size="wide" height=${120}
        table=${(data) => ({ columns, rows: data.names })}
        empty=${(data) => data.names.length === 0 && html`<${Empty} title="No undeclared names since the server was started" />`}>
        ${(data) => html`<ul class="reasons">${data.names.map((row) => html`
            <li key=${[row.kind, row.name, row.client_version].join(' ')}>
                <span>${who(row.client_version)} send an undeclared ${row.kind === 'event' ? 'type ' : ''}<code>${row.name}</code></span>
                <span class="quiet">last ${moment(row.last)}</span>
                ${row.refused > 0 && html`<span class="tally refused"><strong>${count(row.refused)}</strong> refused</span>`}
                ${row.discarded > 0 && html`<span class="tally discarded"><strong>${count(row.discarded)}</strong> discarded</span>`}
            </li>`)}</ul>`}
    <//>`;
}
