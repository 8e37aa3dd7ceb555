// Live: what happens to events, while it happens.

import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { url } from '../api.js';
import { count, clock, plural } from '../format.js';
import { FirstEvent } from '../parts/first-event.js';
import { inWords } from '../refusals.js';

const OUTCOMES = ['accepted', 'duplicate', 'limited', 'refused', 'discarded'];
/** How many rows are kept: some screens, and a page that may stay open for days. */
const MOST = 200;

/** The stream is no question that is asked and answered. */
export function asks() {
    return {};
}

export function View({ state, contract, app }) {
    const [shown, setShown] = useState(OUTCOMES);
    const [isPaused, setPaused] = useState(false);
    const { rows, seen, status } = useStream(state.app, isPaused);
    const visible = rows.filter((row) => shown.includes(row.outcome));
    const toggle = (outcome) => setShown(shown.includes(outcome) ? shown.filter((name) => name !== outcome) : [...shown, outcome]);
    return html`
        <div class="controls">
            <button type="button" aria-pressed=${isPaused} onClick=${() => setPaused(!isPaused)}>${isPaused ? 'Go on' : 'Pause'}</button>
            <div class="filters" role="group" aria-label="Outcomes">${OUTCOMES.map((outcome) => html`
                <label key=${outcome} class="check"><input type="checkbox" checked=${shown.includes(outcome)} onChange=${() => toggle(outcome)} />
                    ${outcome} <span class="quiet">${count(seen[outcome] ?? 0)}</span></label>`)}</div>
            <p class=${`status ${status}`} role="status">${isPaused ? 'Paused' : IN_WORDS[status]}</p>
        </div>
        <section class="panel wide" aria-label="Events">
            ${rows.length === 0
                ? html`<div class="body"><${Waiting} app=${app} contract=${contract} status=${status} /></div>`
                : html`<ol class="live" role="log" aria-label="What happened, the latest first" tabindex="0">
                    ${visible.map((row) => html`<${Row} key=${row.key} ...${row} />`)}</ol>`}
        </section>`;
}

const IN_WORDS = { connecting: 'Connecting…', open: 'Following', lost: 'The connection was lost; trying again' };

/** Follows the stream of an app: the latest rows first, and how many there were of each outcome. */
function useStream(app, isPaused) {
    const [rows, setRows] = useState([]);
    const [seen, setSeen] = useState({});
    const [status, setStatus] = useState('connecting');
    const paused = useRef(isPaused);
    paused.current = isPaused;
    useEffect(() => {
        const source = new EventSource(url(app, 'live'));
        let key = 0;
        source.onopen = () => setStatus('open');
        source.onerror = () => setStatus('lost');
        source.onmessage = (message) => {
            if (paused.current) return;
            const happened = JSON.parse(message.data);
            const row = { ...happened, key: ++key, at: happened.received_at ?? new Date().toISOString() };
            setRows((rows) => [row, ...rows].slice(0, MOST));
            const times = happened.count ?? happened.left_out ?? 1;
            setSeen((seen) => ({ ...seen, [row.outcome]: (seen[row.outcome] ?? 0) + times }));
        };
        return () => source.close();
    }, [app]);
    return { rows, seen, status };
}

function Row(row) {
    return html`<li>
        <time datetime=${row.at}>${clock(row.at)}</time>
        <span class=${`tally ${row.outcome}`}>${row.outcome}</span>
        <${Told} ...${row} />
    </li>`;
}

function Told(row) {
    if (row.left_out) return html`<span class="what quiet">${plural(row.left_out, 'more event')}, too many at once to tell one by one</span>`;
    if (row.outcome === 'accepted') {
        const fields = JSON.stringify(row.fields);
        return html`<span class="what"><strong>${row.type}</strong> <code title=${fields}>${fields}</code></span>`;
    }
    if (row.outcome === 'duplicate') {
        return html`<span class="what">${plural(row.count, 'event')} that ${row.count === 1 ? 'was' : 'were'} stored already</span>`;
    }
    const { before, field, after } = inWords(row);
    return html`<span class="what">${before}${field && html`<code>${field}</code>`}${after}: ${count(row.count)}</span>`;
}

function Waiting({ app, contract, status }) {
    if (status !== 'open') return null;
    return html`<div class="notice"><p class="what">Nothing has happened since you came.</p>
        <p>What the tool reports appears here at once, and what is refused as well.</p></div>
        <details><summary>Send an event now</summary><${FirstEvent} app=${app} contract=${contract} /></details>`;
}
