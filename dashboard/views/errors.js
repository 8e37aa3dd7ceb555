// Errors: what went wrong, since when, in which versions and for how many.

import { html } from '../vendor/preact.js';
import { url, useAnswers } from '../api.js';
import { Sparkline } from '../charts/sparkline.js';
import { Known } from '../charts/table.js';
import { hasRole } from '../contract.js';
import { count, day, share, shortDay } from '../format.js';
import { Filters, RangePicker } from '../parts/controls.js';
import { Figures } from '../parts/figures.js';
import { Empty, Hint } from '../parts/notices.js';
import { Panel } from '../parts/panel.js';
import { addDays, dayOf, isFiltered, link, only, range, rangeBefore } from '../state.js';

/** How many groups are shown. */
const MOST = 100;
/** How many versions are named in a row. */
const MOST_VERSIONS = 3;
/** What was first seen in so many last days of the range is new. */
const NEW = 7;

export function asks(state, contract, today) {
    if (!hasRole(contract, 'error')) return {};
    const ask = (...parameters) => url(state.app, 'errors', [['top', MOST], ...parameters, ...only(state)]);
    return { errors: ask(...range(state)), before: ask(...rangeBefore(state, today)) };
}

export function View({ state, contract }) {
    const { errors, before } = useAnswers(asks(state, contract, dayOf(Date.now())));
    if (!errors) {
        return html`<${Empty} title="This app reports no errors">
            <p>A field with <code>role = "error"</code> in its contract makes a group of each of its values.</p><//>`;
    }
    const sides = (name) => ({ value: errors.data?.[name], before: before.data?.[name], isBad: true });
    const columns = [
        { title: 'Error', of: (row) => row.error },
        { title: 'Events', of: (row) => row.events, format: count },
        { title: 'Installs', of: (row) => row.installs, format: count },
        { title: 'First seen', of: (row) => row.first_seen && day(row.first_seen) },
        { title: 'Last seen', of: (row) => row.last_seen && day(row.last_seen) },
        { title: 'Versions', of: (row) => row.versions.join(', ') },
    ];
    return html`
        <div class="controls"><${RangePicker} state=${state} /><${Filters} state=${state} contract=${contract} /></div>
        ${isFiltered(state) && html`<${Hint}>With a filter, days are not known; an error was first and last seen by any install.<//>`}
        <${Figures} figures=${[
            { name: 'Events with errors', ...sides('events') },
            { name: 'Installs affected', ...sides('installs') },
            { name: 'Of active installs', ...sides('install_share'), format: share },
            { name: 'Groups', value: errors.data?.errors.length },
        ]} />
        <${Panel} title="Errors" note="groups by events in the range, the most frequent first" answer=${errors} size="wide" height=${320}
            table=${(data) => ({ columns, rows: data.errors })}
            empty=${(data) => data.errors.length === 0 && html`<${Empty} title="No errors in this range">
                <p>Nothing went wrong, or nobody said so.</p><//>`}>
            ${(data) => html`<${ErrorTable} data=${data} state=${state} />`}
        <//>`;
}

/** Groups of errors with their days; short, without versions and the first day. */
export function ErrorTable({ data, state, isShort }) {
    return html`<div class="scroll" role="group" tabindex="0" aria-label="Groups of errors"><table class="errors">
        <thead><tr>
            <th scope="col">Error</th>
            <th scope="col">By day</th>
            <th scope="col" class="number">Events</th>
            <th scope="col" class="number">Installs</th>
            ${!isShort && html`<th scope="col">First seen</th><th scope="col">Last seen</th><th scope="col">Versions</th>`}
        </tr></thead>
        <tbody>${data.errors.map((row) => html`<tr key=${row.error}>
            <th scope="row"><code>${row.error}</code>${row.first_seen > addDays(data.to, -NEW) && html` <span class="tag">new</span>`}</th>
            <td><${Sparkline} values=${row.days} noun="event" /></td>
            <td class="number"><${Known} value=${row.events} format=${count} /></td>
            <td class="number"><${Known} value=${row.installs} format=${count} /></td>
            ${!isShort && html`
                <td title=${row.first_seen && day(row.first_seen)}>${row.first_seen ? shortDay(row.first_seen) : '–'}</td>
                <td title=${row.last_seen && day(row.last_seen)}>${row.last_seen ? shortDay(row.last_seen) : '–'}</td>
                <td><${VersionLinks} versions=${row.versions} state=${state} /></td>`}
        </tr>`)}</tbody>
    </table></div>`;
}

function VersionLinks({ versions, state }) {
    const named = versions.slice(0, MOST_VERSIONS);
    const rest = versions.slice(MOST_VERSIONS);
    return html`<span class="versions">
        ${named.map((version) => html`<a key=${version} href=${link(state, { version })}>${version}</a> `)}
        ${rest.length > 0 && html`<span class="quiet" title=${rest.join(', ')}>and ${rest.length} older</span>`}
    </span>`;
}
