// Groups of errors as a table, with their days.

import { html } from '../vendor/preact.js';
import { Sparkline } from '../charts/sparkline.js';
import { Known } from '../charts/table.js';
import { count, day, shortDay } from '../format.js';
import { addDays, link } from '../state.js';

/** How many versions are named in a row. */
const MOST_VERSIONS = 3;
/** What was first seen in so many last days of the range is new. */
const NEW = 7;

/** `data` is the answer to `errors`; short, the table has no days of a group and no versions. */
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
            <th scope="row"><code>${row.error}</code>
                ${row.first_seen > addDays(data.to, -NEW) && html` <span class="tag">new</span>`}</th>
            <td><${Sparkline} values=${row.days} noun="event" /></td>
            <td class="number"><${Known} value=${row.events} format=${count} /></td>
            <td class="number"><${Known} value=${row.installs} format=${count} /></td>
            ${!isShort && html`
                <td title=${day(row.first_seen)}>${shortDay(row.first_seen)}</td>
                <td title=${day(row.last_seen)}>${shortDay(row.last_seen)}</td>
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
