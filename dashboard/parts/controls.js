// What is chosen above a view: the range, the comparison, and which installs. All of it stands in the address.

import { html, useState } from '../vendor/preact.js';
import { url, useAnswers } from '../api.js';
import { hasRole, valuesOf } from '../contract.js';
import { SPANS, dayOf, isFiltered, link, range } from '../state.js';
import { go } from '../navigation.js';

/** The runtimes by which people are told from machines. */
const RUNTIMES = [['', 'All runtimes'], ['people', 'People'], ['machines', 'Machines']];

/** How many values can be chosen from, where the contract names none. */
const MOST_VALUES = 40;

/** The range: spans that are one click away, or two days. */
export function RangePicker({ state }) {
    const [isOpen, setOpen] = useState(false);
    const isOwn = !SPANS.some(([span]) => span === state.last);
    const hasDays = isOpen || Boolean(state.from);
    return html`<div class="range" role="group" aria-label="Range">
        ${SPANS.map(([span, name]) => html`<a key=${span} class="choice" href=${link(state, { last: span, from: '', to: '' })}
            aria-current=${state.last === span ? 'true' : undefined}>${name}</a>`)}
        <button type="button" class="choice" aria-expanded=${hasDays} aria-current=${isOwn ? 'true' : undefined}
            onClick=${() => setOpen(!isOpen)}>${isOwn && !state.from ? state.last : 'Custom'}</button>
        ${hasDays && html`<${Days} state=${state} />`}
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

/** Which installs are meant. */
export function Filters({ state, contract }) {
    const versions = useValues(state, contract, 'app_version');
    const platforms = useValues(state, contract, 'platform');
    return html`<div class="filters" role="group" aria-label="Filters">
        ${hasRole(contract, 'runtime') && html`<${Choice} label="Runtime" name="runtime" state=${state}
            options=${[...RUNTIMES, ...valuesOf(contract, 'runtime').map((name) => [name, `only ${name}`])]} />`}
        ${versions && html`<${Choice} label="Version" name="version" state=${state}
            options=${[['', 'All versions'], ...versions.map((version) => [version, version])]} />`}
        ${platforms && html`<${Choice} label="Platform" name="platform" state=${state}
            options=${[['', 'All platforms'], ...platforms.map((platform) => [platform, platform])]} />`}
        ${isFiltered(state) && html`
            <a class="clear" href=${link(state, { runtime: '', version: '', platform: '' })}>Clear filters</a>`}
    </div>`;
}

/** The values of a role: those that the contract names, or else those that were seen most in the range. */
function useValues(state, contract, role) {
    const declared = valuesOf(contract, role);
    const isAsked = hasRole(contract, role) && declared.length === 0;
    const question = [['field', role], ['top', MOST_VALUES], ...range(state)];
    const { seen } = useAnswers(isAsked ? { seen: url(state.app, 'breakdown', question) } : {});
    if (!hasRole(contract, role)) return null;
    return isAsked ? (seen.data?.values.map(({ value }) => value) ?? []) : declared;
}

/** One of several. What a link asks for is there, even where it is not known. */
function Choice({ label, name, state, options }) {
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
