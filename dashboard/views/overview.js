// Overview: how an app is doing, and where there is more to see.

import { html, useEffect, useState } from '../vendor/preact.js';
import { useAnswers } from '../api.js';
import { asks, overviewLater } from '../asks.js';
import { share } from '../format.js';
import { ActiveInstalls } from '../parts/active.js';
import { Compare, Filters, RangePicker } from '../parts/controls.js';
import { Figures } from '../parts/figures.js';
import { dayOf, isFiltered, link } from '../state.js';
import { Fetched } from '../views.js';

export function View({ state, contract, app }) {
    const first = useAnswers(asks.overview(state));
    const { stats, active, outcomes } = first;
    const isThere = Boolean(active.data || active.failure);
    const [isDrawn, setDrawn] = useState(false);
    useEffect(() => setDrawn(isThere), [isThere]);
    const later = useAnswers(overviewLater(state, contract, dayOf(Date.now())), isDrawn);
    if (stats.data?.events === 0) return html`<${Fetched} view="first-event" app=${app} contract=${contract} />`;
    return html`
        <div class="controls">
            <${RangePicker} state=${state} /><${Filters} state=${state} contract=${contract} /><${Compare} state=${state} />
        </div>
        <${Summary} state=${state} first=${first} later=${later} />
        <div class="grid">
            <${ActiveInstalls} state=${state} per="day" answer=${active} before=${later.activeBefore}
                more=${{ href: link(state, { view: 'activity' }), text: 'Activity' }} />
            ${isDrawn && html`<${Fetched} view="overview-panels" state=${state} active=${active} outcomes=${outcomes} ...${later} />`}
        </div>`;
}

function Summary({ state, first, later }) {
    const { stats, active, events, outcomes } = first;
    const { activeBefore, outcomesBefore, errors } = later;
    const sides = (name) => ({ value: active.data?.[name], before: activeBefore.data?.[name] });
    const withErrors = {
        name: 'With errors',
        value: errors?.data?.install_share,
        format: share,
        note: 'of active installs',
        link: link(state, { view: 'errors' }),
    };
    return html`<${Figures} figures=${[
        { name: 'Active now', value: stats.data?.active_now, note: 'last 5 minutes', link: link(state, { view: 'live' }) },
        { name: 'Active installs', ...sides('installs'), link: link(state, { view: 'activity' }) },
        { name: 'New', ...sides('new') },
        { name: 'Returning', ...sides('returning') },
        { name: 'Events', value: events.data?.total, before: events.data?.total_before },
        ...(errors ? [withErrors] : []),
        {
            name: 'Refused',
            value: outcomes.data?.refused,
            // What is refused is not told apart by what a filter asks for.
            before: isFiltered(state) ? null : outcomesBefore.data?.refused,
            note: isFiltered(state) && 'by all installs',
            isBad: true,
            link: link(state, { view: 'outcomes' }),
        },
    ]} />`;
}
