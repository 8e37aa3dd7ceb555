// Fields: what was reported in every declared field. The sections follow the contract.

import { html, useEffect, useRef, useState } from '../vendor/preact.js';
import { url, useAnswers } from '../api.js';
import { Bars } from '../charts/bars.js';
import { Distribution } from '../charts/distribution.js';
import { Known } from '../charts/table.js';
import { sections } from '../contract.js';
import { count, isKnown, number, plural, share } from '../format.js';
import { Filters, RangePicker } from '../parts/controls.js';
import { Empty, Hint } from '../parts/notices.js';
import { Panel } from '../parts/panel.js';
import { isFiltered, link, only, range } from '../state.js';

/** How many values are told by name: where clients name them, and where the contract does. */
const [MOST, MOST_DECLARED] = [8, 24];
/** Dimensions whose values are filters of all views. */
const FILTERS = { app_version: 'version', platform: 'platform', runtime: 'runtime' };
/** The height of a bar with its gap, of what stands around bars, and of a distribution, in pixels. */
const [BAR, AROUND, DISTRIBUTION] = [29, 32, 236];
/** What is told of numbers. */
const FIGURES = [['min', 'Least'], ['median', 'Median'], ['mean', 'Mean'], ['p95', '95th percentile'], ['max', 'Most']];
/** How far below the window a section is asked for already. */
const AHEAD = '400px';

export function View({ state, contract }) {
    const all = sections(contract);
    return html`
        <div class="controls"><${RangePicker} state=${state} /><${Filters} state=${state} contract=${contract} /></div>
        ${isFiltered(state) && html`<${Hint}>With a filter, many fields are told by installs: their events are not counted apart.<//>`}
        <nav class="contents" aria-label="Fields"><ul>${all.map((section) => html`
            <li key=${section.name}><a href=${`#field-${section.name}`}>${section.title}</a></li>`)}</ul></nav>
        <div class="grid">${all.map((section) => html`
            <${Section} key=${section.name} section=${section} state=${state} />`)}</div>`;
}

function Section({ section, state }) {
    const place = useRef(null);
    const isNear = useNear(place);
    const isNumbers = section.shown === 'numbers';
    const top = mostOf(section);
    const parameters = [['field', section.name], ...(isNumbers ? [] : [['top', top]]), ...range(state), ...only(state)];
    const address = url(state.app, isNumbers ? 'distribution' : 'breakdown', parameters);
    const { answer = { isLoading: true, address } } = useAnswers(isNear ? { answer: address } : {});
    const Content = isNumbers ? Numbers : Values;
    return html`<div ref=${place} id=${`field-${section.name}`} class="section">
        <${Content} section=${section} answer=${answer} state=${state} />
    </div>`;
}

/** How many values are told by name. */
function mostOf(section) {
    return Math.min(section.keys.length || MOST, MOST_DECLARED);
}

/** Whether it has come near the window once. */
function useNear(place) {
    const [isNear, setNear] = useState(false);
    useEffect(() => {
        const observer = new IntersectionObserver((entries) => {
            if (entries.some((entry) => entry.isIntersecting)) setNear(true);
        }, { rootMargin: AHEAD });
        observer.observe(place.current);
        return () => observer.disconnect();
    }, []);
    return isNear;
}

/** How much was reported by how many, and in which events, where not in all. */
function Total({ section, reported, noun, installs }) {
    const events = section.events.filter(Boolean);
    const counted = [[reported, noun], [installs, 'install']].filter(([value]) => isKnown(value));
    return html`<p class="total">
        ${counted.map(([value, noun]) => plural(value, noun)).join(' of ')}
        ${events.length > 0 && ` · ${section.type} of ${events.join(', ')}`}
    </p>`;
}

function isEmpty(data) {
    if (data.too_many) {
        return html`<${Empty} title="Too many numbers to read at once"><p>Take a shorter range, or a filter.</p><//>`;
    }
    return (data.values ?? data.buckets).length === 0 && html`<${Empty} title="Not reported in this range" />`;
}

function Values({ section, answer, state }) {
    const isSums = section.shown === 'counts';
    const reported = isSums ? 'sum' : 'events';
    const columns = [
        { title: 'Value', of: (row) => row.value },
        { title: isSums ? 'Sum' : 'Events', of: (row) => row[reported], format: count },
        { title: 'Share', of: (row) => row.share, format: share },
        { title: 'Installs', of: (row) => row.installs, format: count },
        { title: 'Share of installs', of: (row) => row.install_share, format: share },
    ];
    const height = mostOf(section) * BAR + AROUND;
    return html`<${Panel} title=${section.title} note=${section.why} answer=${answer} height=${height} empty=${isEmpty}
        table=${(data) => ({ columns, rows: data.values })}>
        ${(data) => html`<${Bars} name=${section.title} rows=${bars(section, data, reported, state)} />
            <${Total} section=${section} reported=${data[reported]} noun=${isSums ? 'use' : 'event'}
                installs=${data.installs} />`}
    <//>`;
}

/**
 * The values by what was reported, in declared order where the contract names them in one that `counts` keep, and all
 * others together. Where events are not known with a filter, installs are told.
 */
function bars(section, data, reported, state) {
    const filter = FILTERS[section.name];
    const isCounted = data[reported] !== null;
    const row = (value) => ({
        name: value.value,
        value: isCounted ? value[reported] : value.installs,
        share: isCounted ? value.share : value.install_share,
    });
    const address = (value) => filter && link(state, { [filter]: value.value });
    const rows = data.values.map((value) => ({ ...row(value), link: address(value) }));
    if (section.shown === 'counts' && section.keys.length > 0) {
        const place = ({ name }) => (section.keys.includes(name) ? section.keys.indexOf(name) : section.keys.length);
        rows.sort((a, b) => place(a) - place(b));
    }
    const others = data.other.map((other) => ({ ...row(other), name: plural(other.values, 'other value'), isRest: true }));
    return [...rows, ...others];
}

function Numbers({ section, answer }) {
    const columns = [
        { title: 'From', of: (row) => number(row.from) },
        { title: 'To', of: (row) => number(row.to) },
        { title: 'Events', of: (row) => row.events, format: count },
        { title: 'Share', of: (row) => row.share, format: share },
    ];
    return html`<${Panel} title=${section.title} note=${section.why} answer=${answer} height=${DISTRIBUTION} empty=${isEmpty}
        table=${(data) => ({ columns, rows: data.buckets })}>
        ${(data) => html`
            <dl class="small-figures">${FIGURES.map(([name, title]) => html`
                <div key=${name}><dt>${title}</dt><dd><${Known} value=${data[name]} format=${number} /></dd></div>`)}</dl>
            <${Distribution} name=${`How ${section.title} is distributed`} isWhole=${section.type === 'int'}
                buckets=${data.buckets} />
            <${Total} section=${section} reported=${data.events} noun="event" installs=${data.installs} />`}
    <//>`;
}
