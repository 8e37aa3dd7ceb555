// Errors: what went wrong, since when, in which versions and for how many.

import { html } from '../vendor/preact.js';
import { useAnswers } from '../api.js';
import { asks } from '../asks.js';
import { count, day, share } from '../format.js';
import { Filters, RangePicker } from '../parts/controls.js';
import { ErrorTable } from '../parts/errors.js';
import { Figures } from '../parts/figures.js';
import { Empty, Hint } from '../parts/notices.js';
import { Panel } from '../parts/panel.js';
import { dayOf, isFiltered, range } from '../state.js';

export function View({ state, contract }) {
    const { errors, before } = useAnswers(asks.errors(state, contract, dayOf(Date.now())));
    if (!errors) {
        return html`<${Empty} title="This app reports no errors">
            <p>A field with <code>role = "error"</code> in its contract makes a group of each of its values.</p><//>`;
    }
    const sides = (name) => ({ value: errors.data?.[name], before: before.data?.[name], isBad: true });
    const columns = [
        { title: 'Error', of: (row) => row.error },
        { title: 'Events', of: (row) => row.events, format: count },
        { title: 'Installs', of: (row) => row.installs, format: count },
        { title: 'First seen', of: (row) => day(row.first_seen) },
        { title: 'Last seen', of: (row) => day(row.last_seen) },
        { title: 'Versions', of: (row) => row.versions.join(', ') },
    ];
    return html`
        <div class="controls"><${RangePicker} state=${state} /><${Filters} state=${state} contract=${contract} /></div>
        ${isFiltered(state) && html`<${Hint}>With a filter, days are not known, and any install may have seen an error first.<//>`}
        <${Figures} figures=${[
            { name: 'Events with errors', ...sides('events') },
            { name: 'Installs affected', ...sides('installs') },
            { name: 'Of active installs', ...sides('install_share'), format: share },
            { name: 'Groups', value: errors.data?.errors.length },
        ]} />
        <${Panel} title="Errors" note="groups by events in the range, the most frequent first" answer=${errors}
            size="wide" height=${320}
            table=${(data) => ({ columns, rows: data.errors })}
            empty=${(data) => data.errors.length === 0 && html`<${Empty} title="No errors in this range">
                <p>Nothing went wrong, or nobody said so.</p><//>`}>
            ${(data) => html`<${ErrorTable} data=${data} state=${state} />`}
        <//>`;
}
