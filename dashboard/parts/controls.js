// What is chosen above a view: the range, the comparison, and which installs. All of it stands in the address.

import { html, useState } from '../vendor/preact.js';
import { url, useAnswers } from '../api.js';
import { hasRole, valuesOf } from '../contract.js';
import { SPANS, dayOf, isFiltered, link, range } from '../state.js';
import { go } from '../navigation.js';

/** The runtimes by which people are told from machines. */
const RUNTIMES = [['', 'All runtimes'], ['people', 'People'], ['machines', 'Machines']];

/** How many versions can be chosen from. */
const MOST_VERSIONS = 40;

/** The range: spans that are one click away, or two days. */
export function RangePicker({ state }) {
    const [isOpen, setOpen] = useState(false);
    const isOwn = Boolean(state.from) || !SPANS.some(([span]) => span === state.last);
    return html`<div class="range" role="group" aria-label="Range">
        ${SPANS.map(([span, name]) => html`<a key=${span} class="choice" href=${link(state, { last: span, from: '', to: '' })}
            aria-current=${state.last === span ? 'true' : undefined}>${name}</a>`)}
        <button type="button" class="choice" aria-expanded=${isOpen || isOwn} aria-current=${isOwn ? 'true' : undefined}
            onClick=${() => setOpen(!isOpen)}>${isOwn && !state.from ? state.last : 'Custom'}</button>
        ${(isOpen || state.from) && html`<${Days} state=${state} />`}
    </div>`;
}

function Days({ state }) {
    const today = dayOf(Date.now());
    const pick = (event) => {
        event.preventDefault();
        const { from, to } = event.currentTarget.elements;
        if (from.value) go(link(state, { last: '', from: from.value, to: to.value }));
    };
    return html`<form class="days" onSubmit=${pick}>
        <label>From <input type="date" name="from" value=${state.from} max=${today} required /></label>
        <label>to <input type="date" name="to" value=${state.to || today} max=${today} /></label>
        <button type="submit">Show</button>
    </form>`;
}

/** Whether the period before is shown as well. */
export function Compare({ state }) {
    return html`<label class="check" title="Show the period before as well"><input type="checkbox" checked=${state.compare}
        onChange=${(event) => go(link(state, { compare: event.currentTarget.checked }))} /> Compare with before</label>`;
}

/** Which installs are meant. The versions are those that were seen most in the range. */
export function Filters({ state, contract }) {
    const hasVersions = hasRole(contract, 'app_version');
    const seen = [['field', 'app_version'], ['top', MOST_VERSIONS], ...range(state)];
    const { versions } = useAnswers(hasVersions ? { versions: url(state.app, 'breakdown', seen) } : {});
    const names = versions?.data?.values.map(({ value }) => value) ?? [];
    const platforms = valuesOf(contract, 'platform');
    return html`<div class="filters" role="group" aria-label="Filters">
        ${hasRole(contract, 'runtime') && html`<${Choice} label="Runtime" name="runtime" state=${state}
            options=${[...RUNTIMES, ...valuesOf(contract, 'runtime').map((name) => [name, `only ${name}`])]} />`}
        ${hasVersions && html`<${Choice} label="Version" name="version" state=${state}
            options=${[['', 'All versions'], ...names.map((version) => [version, version])]} />`}
        ${platforms.length > 0 && html`<${Choice} label="Platform" name="platform" state=${state}
            options=${[['', 'All platforms'], ...platforms.map((platform) => [platform, platform])]} />`}
        ${isFiltered(state) && html`
            <a class="clear" href=${link(state, { runtime: '', version: '', platform: '' })}>Clear filters</a>`}
    </div>`;
}

/** One of several. What a link asks for is there, even where it is not known. */
export function Choice({ label, name, state, options }) {
    const chosen = state[name];
    const all = options.some(([value]) => value === chosen) ? options : [...options, [chosen, chosen]];
    return html`<select aria-label=${label} value=${chosen} class=${chosen ? 'chosen' : ''}
            onChange=${(event) => go(link(state, { [name]: event.currentTarget.value }))}>
        ${all.map(([value, text]) => html`<option key=${value} value=${value}>${text}</option>`)}
    </select>`;
}

/** Days, weeks or months. */
export function Periods({ state, periods, chosen }) {
    const names = { day: 'Daily', week: 'Weekly', month: 'Monthly' };
    return html`<div class="range" role="group" aria-label="Periods">${periods.map((per) => html`
        <a key=${per} class="choice" href=${link(state, { per })}
            aria-current=${per === chosen ? 'true' : undefined}>${names[per]}</a>`)}
    </div>`;
}
