// A triangle of shares: the number in every cell, and the darker the more.

import { html } from '../vendor/preact.js';
import { count, period, plural, share, shortPeriod } from '../format.js';
import { Known } from './table.js';

/**
 * @typedef {object} Cell how many of a cohort were active so many periods later
 * @property {number|null} share
 * @property {number|null} count
 * @property {boolean} isYetToCome whether the period lies in the future
 * @property {boolean} isRunning whether it is not over
 */

/**
 * @param {object} props
 * @param {string} props.name
 * @param {string} props.unit `day` or `week`
 * @param {Array<{label: string, installs: number|null, cells: Cell[]}>} props.cohorts
 */
export function Heatmap({ name, unit, cohorts }) {
    const width = Math.max(...cohorts.map((cohort) => cohort.cells.length), 0);
    const later = Array.from({ length: width }, (_, index) => index + 1);
    return html`<div class="scroll" role="group" tabindex="0" aria-label=${name}>
        <table class="heatmap">
            <caption class="unseen">${name}</caption>
            <thead><tr>
                <th scope="col">New in</th><th scope="col" class="number">Installs</th>
                ${later.map((index) => html`
                    <th key=${index} scope="col" class="number"><abbr title=${`${plural(index, unit)} later`}>+${index}</abbr></th>`)}
            </tr></thead>
            <tbody>${cohorts.map((cohort) => html`<tr key=${cohort.label}>
                <th scope="row"><abbr title=${period(cohort.label)}>${shortPeriod(cohort.label)}</abbr></th>
                <td class="number"><${Known} value=${cohort.installs} format=${count} /></td>
                ${cohort.cells.map((cell, index) => html`<${Cell} key=${index} ...${cell} />`)}
            </tr>`)}</tbody>
        </table>
    </div>`;
}

function Cell({ share: part, count: installs, isYetToCome, isRunning }) {
    if (isYetToCome) return html`<td></td>`;
    // Most shares are small, so the lower half has more of the steps.
    const level = part === null ? 0 : Math.ceil(10 * part ** 0.6);
    const title = installs === null ? undefined : `${count(installs)} installs${isRunning ? ', so far' : ''}`;
    return html`<td class=${`number heat-${level}${isRunning ? ' running' : ''}`} title=${title}>
        <${Known} value=${part} format=${share} /></td>`;
}
