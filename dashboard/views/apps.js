// All apps at a glance: who is there now, this week, how it goes, and what was refused.

import { html } from '../vendor/preact.js';
import { url, useAnswers } from '../api.js';
import { Sparkline } from '../charts/sparkline.js';
import { Known } from '../charts/table.js';
import { UNKNOWN, change, count } from '../format.js';
import { Empty, Failed } from '../parts/notices.js';
import { link } from '../state.js';

/** The span of the trend, and of what was refused. */
const TREND = '30d';
const WEEK = '7d';
/** By direction: down, none, up. */
const MOODS = ['worse', '', 'better'];
const FIRST_APP = 'askfirst contract new mytool\naskfirst serve --contracts contracts';

/** The questions for an app's row. */
function asks(app) {
    return {
        stats: url(app, 'stats'),
        active: url(app, 'active', [['last', TREND]]),
        outcomes: url(app, 'outcomes', [['last', WEEK]]),
    };
}

/** @param {{apps: Array<{id: string, title: string, about: string}>, state: import('../state.js').State}} props */
export function View({ apps, state }) {
    if (apps.length === 0) {
        return html`<${Empty} title="No apps">
            <p>Write a contract, and start the server with it:</p>
            <pre tabindex="0"><code>${FIRST_APP}</code></pre><//>`;
    }
    return html`<ul class="apps">${apps.map((app) => html`<${Row} key=${app.id} app=${app} state=${state} />`)}</ul>`;
}

function Row({ app, state }) {
    const { stats, active, outcomes } = useAnswers(asks(app.id));
    const days = active.data?.periods ?? [];
    const latest = days.at(-1);
    const changed = change(days.at(-2)?.last_7, days.at(-9)?.last_7);
    const refusals = link(state, { app: app.id, view: 'outcomes', last: WEEK, from: '', to: '' });
    const failed = [stats, active, outcomes].find((answer) => answer.failure);
    return html`<li class="panel">
        <div class="who">
            <h2><a href=${link(state, { app: app.id, view: 'overview' })}>${app.title}</a></h2>
            <p title=${app.about}>${app.about}</p>
        </div>
        ${failed ? html`<${Failed} ...${failed} />` : html`<dl>
            <${Cell} name="Now" value=${stats.data?.active_now} />
            <${Cell} name="Today" value=${latest?.installs ?? stats.data?.active_today} />
            <${Cell} name="7 days" value=${latest?.last_7} />
            <div title="the last 7 whole days to the 7 before"><dt>Change</dt>
                <dd class=${changed ? MOODS[changed.direction + 1] : ''}>${changed?.text ?? UNKNOWN}</dd></div>
            <div class="trend"><dt>30 days</dt><dd>${days.length > 0 && html`<${Sparkline}
                values=${days.map((row) => row.installs)} noun="install" />`}</dd></div>
            <div><dt>Refused, 7 days</dt><dd class=${outcomes.data?.refused ? 'worse' : ''}>
                ${outcomes.data && html`<a href=${refusals}>${count(outcomes.data.refused)}</a>`}</dd></div>
        </dl>`}
    </li>`;
}

function Cell({ name, value }) {
    return html`<div><dt>${name}</dt><dd>${value !== undefined && html`<${Known} value=${value} format=${count} />`}</dd></div>`;
}
