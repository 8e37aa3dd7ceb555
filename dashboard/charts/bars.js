// Values and how often they are: one bar a row, with its number.

import { html } from '../vendor/preact.js';
import { count, isKnown, share } from '../format.js';
import { Known } from './table.js';

/**
 * @param {object} props
 * @param {string} props.name
 * @param {Array<{name: string, value: number|null, share: number|null, link: string=, isRest: boolean=}>} props.rows
 * @param {string=} props.scale what a full bar is: the highest value (by itself), or the whole (`share`)
 */
export function Bars({ name, rows, scale }) {
    const highest = Math.max(...rows.map((row) => row.value ?? 0), 1);
    const part = (row) => (scale === 'share' ? (row.share ?? 0) : (row.value ?? 0) / highest);
    return html`<ol class="bars" aria-label=${name}>${rows.map((row) => html`
        <li key=${row.name} class=${row.isRest ? 'rest' : ''}>
            <span class="name" title=${row.name}>${row.link ? html`<a href=${row.link}>${row.name}</a>` : row.name}</span>
            <span class="track" aria-hidden="true"><span class="bar" style=${{ width: `${part(row) * 100}%` }}></span></span>
            <span class="number"><${Known} value=${row.value} format=${count} /></span>
            <span class="number share">${isKnown(row.share) && share(row.share)}</span>
        </li>`)}</ol>`;
}
