// Versions: how fast they are adopted, which are used, and how old the tail is.

import { html, useMemo } from '../vendor/preact.js';
import { useAnswers } from '../api.js';
import { asks } from '../asks.js';
import { Sparkline } from '../charts/sparkline.js';
import { Stack } from '../charts/stack.js';
import { Known } from '../charts/table.js';
import { addDays, link, range } from '../state.js';
import { count, day, plural, share } from '../format.js';
import { Filters, RangePicker } from '../parts/controls.js';
import { Figures } from '../parts/figures.js';
import { Empty } from '../parts/notices.js';
import { Panel } from '../parts/panel.js';

/** How many versions are drawn by name: as many as there are steps of the ramp. */
const MOST_DRAWN = 8;

export function View({ state, contract }) {
    const { versions } = useAnswers(asks.versions(state, contract));
    if (!versions) {
        return html`<${Empty} title="This app does not report its version">
            <p>A field with <code>role = "app_version"</code> in its contract tells which versions are used.</p><//>`;
    }
    const inDays = (value) => plural(value, 'day');
    const figure = (name, key, rest) => ({ name, value: versions.data?.[key], ...rest });
    return html`
        <div class="controls"><${RangePicker} state=${state} /><${Filters} state=${state} contract=${contract} /></div>
        <${Figures} figures=${[
            figure('Installs in use', 'installs', { note: 'in the last 7 days of the range' }),
            figure('Median age', 'median_age_days', { format: inDays, note: 'since the version was first seen' }),
            figure('Older than 30 days', 'older_than_30_days', { format: share, note: 'of installs' }),
            figure('Older than 90 days', 'older_than_90_days', { format: share, note: 'of installs' }),
        ]} />
        <div class="grid">
            <${OverTime} answer=${versions} />
            <${InUse} answer=${versions} state=${state} />
        </div>`;
}

function isEmpty(data) {
    return data.versions.length === 0 && html`<${Empty} title="No version was seen in this range" />`;
}

/** With a filter, days before the retention are not known. */
function isUnknown(data) {
    return data.versions.some((row) => row.days === null) && html`<${Empty} title="Not known for this filter">
        <p>The range begins before the retention, and what is left of those days is not told apart. Take a shorter range.</p><//>`;
}

function OverTime({ answer }) {
    const table = (data) => {
        const drawn = parts(data);
        const columns = [
            { title: 'Day', of: (row) => day(row.label) },
            ...drawn.map((part) => ({ title: part.name, of: (row) => part.values[row.index], format: count })),
        ];
        return { columns, rows: labels(data).map((label, index) => ({ label, index })) };
    };
    return html`<${Panel} title="Versions over time" note="share of the installs of a day that reported each version"
        answer=${answer} size="wide" height=${312} table=${table} empty=${(data) => isEmpty(data) || isUnknown(data)}>
        ${(data) => html`<${VersionStack} data=${data} />`}
    <//>`;
}

function VersionStack({ data }) {
    const [periods, drawn] = useMemo(() => [labels(data), parts(data)], [data]);
    return html`<${Stack} name="Versions over time" labels=${periods} parts=${drawn} isShare isRunning=${data.running}
        height=${276} />`;
}

/** The days of the answer. */
function labels(data) {
    const length = data.versions[0]?.days.length ?? 0;
    return Array.from({ length }, (_, index) => addDays(data.from, index));
}

/** The versions that once were the most used by name, from the oldest up, upon all others together. */
function parts(data) {
    const peak = (row) => Math.max(...row.days, 0);
    const most = data.versions.toSorted((a, b) => peak(b) - peak(a)).slice(0, MOST_DRAWN);
    // The answer has the newest first.
    const named = data.versions.filter((row) => most.includes(row)).toReversed();
    const others = data.versions.filter((row) => !most.includes(row));
    const drawn = named.map((row, index) => ({
        name: row.version, values: row.days, ink: `ramp-${MOST_DRAWN - named.length + index + 1}`,
    }));
    if (others.length === 0) return drawn;
    const values = labels(data).map((_, index) => others.reduce((sum, row) => sum + row.days[index], 0));
    return [{ name: plural(others.length, 'other'), values, ink: 'rest', hatch: true }, ...drawn];
}

function InUse({ answer, state }) {
    const columns = [
        { title: 'Version', of: (row) => row.version },
        { title: 'Installs', of: (row) => row.installs, format: count },
        { title: 'Share', of: (row) => row.share, format: share },
        { title: 'First seen', of: (row) => day(row.first_seen) },
        { title: 'Last seen', of: (row) => day(row.last_seen) },
    ];
    return html`<${Panel} title="Versions in use" note="the newest first; installs of the last 7 days of the range"
        answer=${answer} size="wide" height=${280} table=${(data) => ({ columns, rows: data.versions })} empty=${isEmpty}>
        ${(data) => html`<div class="scroll" role="group" tabindex="0" aria-label="Versions in use"><table class="versions">
            <thead><tr>
                <th scope="col">Version</th><th scope="col">By day</th>
                <th scope="col" class="number">Installs</th><th scope="col" class="number">Share</th>
                <th scope="col">First seen</th><th scope="col">Last seen</th>
            </tr></thead>
            <tbody>${data.versions.map((row) => html`<tr key=${row.version}>
                <th scope="row"><a href=${link(state, { version: row.version })}>${row.version}</a></th>
                <td><${Sparkline} values=${row.days} noun="install" /></td>
                <td class="number"><${Known} value=${row.installs} format=${count} /></td>
                <td class="number"><${Known} value=${row.share} format=${share} /></td>
                <td>${day(row.first_seen)}</td>
                <td>${day(row.last_seen)}</td>
            </tr>`)}</tbody>
        </table></div>`}
    <//>`;
}
