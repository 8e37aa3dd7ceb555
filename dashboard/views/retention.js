// Retention: how many of those that were new in a period were active in the periods after it.

import { html } from '../vendor/preact.js';
import { useAnswers } from '../api.js';
import { MOST_COHORTS, asks, cohortPeriod } from '../asks.js';
import { Heatmap } from '../charts/heatmap.js';
import { count, isKnown, period, plural, share } from '../format.js';
import { Filters, Periods, RangePicker } from '../parts/controls.js';
import { Figures } from '../parts/figures.js';
import { Empty, Hint } from '../parts/notices.js';
import { Panel } from '../parts/panel.js';
import { dayOf, days, isFiltered, range } from '../state.js';

export function View({ state, contract }) {
    const today = dayOf(Date.now());
    const per = cohortPeriod(state, today);
    const { retention } = useAnswers(asks.retention(state, contract, today));
    const note = `of the installs that were new in a ${per}, the share that was active so many ${per}s later`;
    const longer = days(state, today) > MOST_COHORTS;
    return html`
        <div class="controls">
            <${RangePicker} state=${state} />
            ${!longer && html`<${Periods} state=${state} periods=${['day', 'week']} chosen=${per} />`}
            <${Filters} state=${state} contract=${contract} />
        </div>
        ${isFiltered(state) && html`<${Hint}>With a filter, an install counts in a period where it reported these values in it.<//>`}
        <${Summary} data=${retention.data} per=${per} />
        <${Panel} title="Retention" note=${note} answer=${retention} size="wide" height=${360} csvTable="shares" table=${counts}
            empty=${(data) => data.counts.every((row) => !row.installs) && html`
                <${Empty} title="Nobody was new in this range"><p>Take a longer range to see who came back.</p><//>`}>
            ${(data) => html`<${Heatmap} name="Retention" unit=${per} cohorts=${cohorts(data)} />`}
        <//>`;
}

/** What came of all cohorts together, one and four periods later. */
function Summary({ data, per }) {
    const later = (index) => {
        const isOver = (row) => isKnown(row[index]) && row.installs > 0 && !isRunning(data, row, index);
        const told = data?.counts.filter(isOver) ?? [];
        const all = told.reduce((sum, row) => sum + row.installs, 0);
        return all ? told.reduce((sum, row) => sum + row[index], 0) / all : null;
    };
    const figure = (index) => ({
        name: `${plural(index, per)} later`,
        value: data && later(index),
        format: share,
        note: 'of all cohorts that are so old',
    });
    const total = data?.counts.reduce((sum, row) => sum + (row.installs ?? 0), 0);
    return html`<${Figures} figures=${[{ name: 'New installs', value: total }, figure(1), figure(4), figure(8)]} />`;
}

/** The rows of the heat map, without what lies beyond today. */
function cohorts(data) {
    return data.counts.map((row, at) => {
        const columns = laterColumns(data);
        const most = columns.length - at;
        const cells = columns.map((index) => ({
            share: data.shares[at][index],
            count: row[index],
            isYetToCome: index > most,
            isRunning: isRunning(data, row, index),
        }));
        return { label: row.cohort, installs: row.installs, cells };
    });
}

function laterColumns(data) {
    return Object.keys(data.counts[0] ?? {}).map(Number).filter((index) => index > 0);
}

/** Whether the period is the running one: its numbers are not over. */
function isRunning(data, row, index) {
    const columns = laterColumns(data);
    return data.counts.indexOf(row) + index === columns.length && Boolean(data.running);
}

function counts(data) {
    const columns = [
        { title: 'New in', of: (row) => period(row.cohort) },
        { title: 'Installs', of: (row) => row.installs, format: count },
        ...laterColumns(data).map((index) => ({ title: `+${index}`, of: (row) => row[index], format: count })),
    ];
    return { columns, rows: data.counts };
}
