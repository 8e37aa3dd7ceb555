// Live: what happens to events, while it happens.

import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { url, useAnswers } from '../api.js';
import { asks } from '../asks.js';
import { clock, count, plural } from '../format.js';
import { Hint } from '../parts/notices.js';
import { Sentence } from '../parts/reasons.js';
import { isFiltered } from '../state.js';
import { Fetched } from '../views.js';

const OUTCOMES = ['accepted', 'duplicate', 'limited', 'refused', 'discarded'];
const IN_WORDS = { connecting: 'Connecting…', open: 'Following', lost: 'The connection was lost; trying again' };
/** How many rows are kept: some screens, of a page that may stay open for days. */
const MOST = 200;
/** A stream that was refused is asked for again after so long, in milliseconds. */
const AGAIN = 10_000;
export function View({ state, contract, app }) {
    const { before } = useAnswers(asks.live(state));
    const [shown, setShown] = useState(OUTCOMES);
    const [isPaused, setPaused] = useState(false);
    const { rows, seen, status, since } = useStream(state.app, isPaused);
    const common = (contract.envelope?.fields ?? []).map((field) => field.name);
    const earlier = (before.data?.events ?? [])
        .filter((event) => event.received_at < since)
        .map((event, index) => ({ ...event, outcome: 'accepted', key: `before-${index}`, at: event.received_at }));
    const visible = [...rows, ...earlier].slice(0, MOST).filter((row) => shown.includes(row.outcome));
    const toggle = (outcome) => setShown(OUTCOMES.filter((name) => shown.includes(name) !== (name === outcome)));
    const isEmpty = rows.length === 0 && before.data?.events.length === 0;
    return html`
        <div class="controls">
            <button type="button" aria-pressed=${isPaused} onClick=${() => setPaused(!isPaused)}>Pause</button>
            <div class="filters" role="group" aria-label="Outcomes">${OUTCOMES.map((outcome) => html`
                <label key=${outcome} class="check">
                    <input type="checkbox" checked=${shown.includes(outcome)} onChange=${() => toggle(outcome)} />
                    ${outcome} <span class="quiet" title="since this page was opened">${count(seen[outcome] ?? 0)}</span>
                </label>`)}</div>
            <p class=${`status ${status}`} role="status">${isPaused ? 'Paused' : IN_WORDS[status]}</p>
        </div>
        ${isFiltered(state) && html`<${Hint}>All events are shown: the filter of the other views has no effect here.<//>`}
        <section class="panel" aria-label="Events">
            ${isEmpty
                ? html`<${Fetched} view="first-event" app=${app} contract=${contract} />`
                : html`<div class="live" role="log" tabindex="0" aria-live=${isPaused ? 'off' : 'polite'}
                        aria-label="What happened, the latest first">
                    <ol>${visible.map((row) => html`<${Row} key=${row.key} common=${common} ...${row} />`)}</ol></div>`}
        </section>`;
}

/** Follows the stream of an app: the latest rows first, and how many there were of each outcome since it was opened. */
function useStream(app, isPaused) {
    const [rows, setRows] = useState([]);
    const [seen, setSeen] = useState({});
    const [status, setStatus] = useState('connecting');
    const [since] = useState(() => new Date().toISOString());
    const paused = useRef(isPaused);
    const key = useRef(0);
    paused.current = isPaused;
    const [attempt, setAttempt] = useState(0);
    useEffect(() => {
        let timer;
        const source = new EventSource(url(app, 'live'));
        source.onopen = () => setStatus('open');
        source.onerror = () => {
            setStatus('lost');
            // A browser tries again by itself, but not where the server said no.
            if (source.readyState === EventSource.CLOSED) timer = setTimeout(() => setAttempt(attempt + 1), AGAIN);
        };
        source.onmessage = (message) => {
            if (paused.current) return;
            const happened = JSON.parse(message.data);
            const row = { ...happened, key: (key.current += 1), at: happened.received_at ?? new Date().toISOString() };
            const times = happened.count ?? happened.left_out ?? 1;
            setRows((rows) => [row, ...rows].slice(0, MOST));
            setSeen((seen) => ({ ...seen, [row.outcome]: (seen[row.outcome] ?? 0) + times }));
        };
        return () => {
            clearTimeout(timer);
            source.close();
        };
    }, [app, attempt]);
    return { rows, seen, status, since };
}

function Row(row) {
    return html`<li>
        <time datetime=${row.at} title=${`${row.at.slice(0, 10)}, UTC`}>${clock(row.at)}</time>
        <span class=${`tally ${row.outcome}`}>${row.outcome}</span>
        <${Told} ...${row} />
    </li>`;
}

/** The fields of an event, those that all events have last. */
function ownFirst(fields, common) {
    const own = Object.entries(fields).filter(([name]) => !common.includes(name));
    return { ...Object.fromEntries(own), ...fields };
}

function Told(row) {
    if (row.left_out) {
        return html`<span class="what quiet">${plural(row.left_out, 'more event')}, too many at once to tell one by one</span>`;
    }
    if (row.outcome === 'accepted') {
        const fields = JSON.stringify(ownFirst(row.fields, row.common));
        return html`<span class="what"><strong>${row.type}</strong> <code title=${fields}>${fields}</code></span>`;
    }
    if (row.outcome === 'duplicate') {
        return html`<span class="what">${plural(row.count, 'event')} that the ledger has already</span>`;
    }
    const reason = { ...row, versions: [row.client_version] };
    return html`<span class="what"><${Sentence} reason=${reason} />: ${count(row.count)}</span>`;
}
