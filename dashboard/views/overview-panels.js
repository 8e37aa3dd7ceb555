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

export function View({ state, active, outcomes, versions, runtimes, platforms, errors }) {
    const more = (view, text) => ({ href: link(state, { view }), text });
    return html`
        <${NewAndReturning} answer=${active} more=${more('retention', 'Retention')} />
        ${versions && html`<${Versions} state=${state} answer=${versions} more=${more('versions', 'Versions')} />`}
        ${runtimes && html`<${Values} title="People and machines" answer=${runtimes} state=${state} filter="runtime"
            more=${more('activity', 'Activity')} />`}
        ${platforms && html`<${Values} title="Platforms" answer=${platforms} state=${state} filter="platform"
            more=${more('fields', 'Fields')} />`}
        ${errors && html`<${Errors} answer=${errors} more=${more('errors', 'Errors')} />`}
        <${Refusals} state=${state} answer=${outcomes} more=${more('outcomes', 'Outcomes')} />
    `;
}

/** The values of a dimension by installs; each is a link that filters by it. */
function Values({ title, answer, state, filter, more }) {
    const columns = [
        { title: 'Value', of: (row) => row.value },
        { title: 'Installs', of: (row) => row.installs, format: count },
        { title: 'Share', of: (row) => row.install_share, format: share },
    ];
    // They come by events.
    const top = (data) => data.values.toSorted((a, b) => b.installs - a.installs).slice(0, TOP);
    const rows = (data) => top(data).map((row) => ({
        name: row.value, value: row.installs, share: row.install_share, link: link(state, { [filter]: row.value }),
    }));
    return html`<${Panel} title=${title} note="installs that were active" answer=${answer} more=${more} height=${150}
        table=${(data) => ({ columns, rows: data.values })}
        empty=${(data) => data.values.length === 0 && html`<${Empty} title="Nothing was active in this range" />`}>
        ${(data) => html`<${Bars} name=${title} rows=${rows(data)} />`}
    <//>`;
}

function Versions({ state, answer, more }) {
    const columns = [
        { title: 'Version', of: (row) => row.version },
        { title: 'Installs', of: (row) => row.installs, format: count },
        { title: 'Share', of: (row) => row.share, format: share },
    ];
    const top = (data) => data.versions.toSorted((a, b) => b.installs - a.installs).slice(0, TOP_VERSIONS);
    const rows = (data) => top(data).map((row) => ({
        name: row.version, value: row.installs, share: row.share, link: link(state, { version: row.version }),
    }));
    return html`<${Panel} title="Top versions" note="installs in the last 7 days of the range" answer=${answer} more=${more}
        table=${(data) => ({ columns, rows: data.versions })}
        empty=${(data) => data.versions.length === 0 && html`<${Empty} title="No version was seen in this range" />`}>
        ${(data) => html`<${Bars} name="Top versions" rows=${rows(data)} />`}
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
