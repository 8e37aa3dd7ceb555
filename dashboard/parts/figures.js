// Single numbers, large, with how much they have changed.

import { html } from '../vendor/preact.js';
import { Known } from '../charts/table.js';
import { change, compact, count } from '../format.js';

/**
 * @typedef {object} Figure
 * @property {string} name
 * @property {number|null|undefined} value undefined where it is not there yet
 * @property {number|null=} before in the period before
 * @property {function(number): string=} format
 * @property {string=} link where there is more of it
 * @property {string=} note what is said where no change is
 * @property {boolean=} isBad whether more is worse
 */

/** @param {{figures: Figure[]}} props */
export function Figures({ figures }) {
    return html`<dl class="figures">${figures.map((figure) => html`<${Figure} key=${figure.name} ...${figure} />`)}</dl>`;
}

function Figure({ name, value, before, format = count, link, note, isBad }) {
    const changed = change(value, before);
    const short = format === count ? compact : format;
    const mood = changed && changed.direction ? ((changed.direction > 0) === !isBad ? 'better' : 'worse') : '';
    return html`<div>
        <dt>${link ? html`<a href=${link}>${name}</a>` : name}</dt>
        <dd class="value">${value === undefined ? '\u00a0' : html`<${Known} value=${value} format=${format} />`}</dd>
        <dd class="under">
            ${changed
                ? html`<span title="in the period before"><span class=${mood}>${changed.text}</span> from ${short(before)}</span>`
                : note}
        </dd>
    </div>`;
}
