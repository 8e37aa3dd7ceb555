// The panels of the overview below its first chart, fetched once that is drawn.

import { html } from '../vendor/preact.js';
import { TOP } from '../asks.js';
import { Bars } from '../charts/bars.js';
import { count, plural, share } from '../format.js';
import { NewAndReturning } from '../parts/new-and-returning.js';
import { ErrorTable } from '../parts/errors.js';
import { Empty } from '../parts/notices.js';
import { Panel } from '../parts/panel.js';
import { Reasons } from '../parts/reasons.js';
import { groups } from '../refusals.js';
import { dayOf, days, isFiltered, link } from '../state.js';

/** How many versions fit beside the chart. */
const TOP_VERSIONS = 8;

/** What answers call the values of a dimension, and how they are shown. */
const BREAKDOWN = {
    rows: 'values', name: 'value', share: 'install_share', title: 'Value', empty: 'Nothing was active in this range',
};
const VERSIONS = {
    rows: 'versions', name: 'version', share: 'share', title: 'Version', empty: 'No version was seen in this range',
};

export function View({ state, active, outcomes, versions, runtimes, platforms, errors }) {
    const more = (view, text) => ({ href: link(state, { view }), text });
    return html`
        <${NewAndReturning} answer=${active} more=${more('retention', 'Retention')} />
        ${versions && html`<${Values} title="Top versions" note="installs in the last 7 days of the range" answer=${versions}
            of=${VERSIONS} top=${TOP_VERSIONS} state=${state} filter="version" more=${more('versions', 'Versions')} />`}
        ${runtimes && html`<${Values} title="People and machines" note="installs that were active" answer=${runtimes}
            of=${BREAKDOWN} state=${state} filter="runtime" more=${more('activity', 'Activity')} height=${150} />`}
        ${platforms && html`<${Values} title="Platforms" note="installs that were active" answer=${platforms}
            of=${BREAKDOWN} state=${state} filter="platform" more=${more('fields', 'Fields')} height=${150} />`}
        ${errors && html`<${Errors} answer=${errors} more=${more('errors', 'Errors')} />`}
        <${Refusals} state=${state} answer=${outcomes} more=${more('outcomes', 'Outcomes')} />
    `;
}

/** The values of a dimension by installs; each is a link that filters by it. `of` has the members of the answer. */
function Values({ title, note, answer, state, filter, of, top = TOP, more, height }) {
    const columns = [
        { title: of.title, of: (row) => row[of.name] },
        { title: 'Installs', of: (row) => row.installs, format: count },
        { title: 'Share', of: (row) => row[of.share], format: share },
    ];
    // They come in another order.
    const largest = (data) => data[of.rows].toSorted((a, b) => b.installs - a.installs).slice(0, top);
    const rows = (data) => largest(data).map((row) => ({
        name: row[of.name], value: row.installs, share: row[of.share], link: link(state, { [filter]: row[of.name] }),
    }));
    return html`<${Panel} title=${title} note=${note} answer=${answer} more=${more} height=${height}
        table=${(data) => ({ columns, rows: data[of.rows] })}
        empty=${(data) => data[of.rows].length === 0 && html`<${Empty} title=${of.empty} />`}>
        ${(data) => html`<${Bars} name=${title} rows=${rows(data)} />`}
    <//>`;
}

function Errors({ answer, more }) {
    return html`<${Panel} title="Top errors" note="by events, with their days" answer=${answer} more=${more} height=${200}
        empty=${(data) => data.errors.length === 0 && html`<${Empty} title="No errors in this range" />`}>
        ${(data) => html`<${ErrorTable} data=${data} isShort />`}
    <//>`;
}

function Refusals({ state, answer, more }) {
    const note = isFiltered(state) ? 'of all installs: what was refused is not told apart' : 'what was not stored, and why';
    return html`<${Panel} title="Refusals" note=${note} answer=${answer} more=${more} height=${200}
        empty=${(data) => groups(data.counts).length === 0 && html`<${Empty} title="Everything was accepted">
            <p>${plural(data.accepted, 'event')} in ${plural(days(state, dayOf(Date.now())), 'day')}.</p><//>`}>
        ${(data) => html`<${Reasons} reasons=${groups(data.counts).slice(0, TOP)} />`}
    <//>`;
}
