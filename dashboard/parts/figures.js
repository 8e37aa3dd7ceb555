// Single numbers, large, with how much they have changed.

import { html } from '../vendor/preact.js';
import { Known } from '../charts/table.js';
import { change, compact, count } from '../format.js';

/**
 * @param {object} props
 * @param {Array<{name: string, value: number|null|undefined, before: number|null=, format: function(number): string=, link: string=, note: string=, isBad: boolean=}>} props.figures
 *     `value` is undefined where it is not there yet; more of `isBad` is worse
 */
export function Figures({ figures }) {
    return html`<dl class="figures">${figures.map((figure) => html`<${Figure} key=${figure.name} ...${figure} />`)}</dl>`;
}

function Figure({ name, value, before, format = count, link, note, isBad }) {
    const changed = change(value, before);
    const mood = changed && changed.direction ? ((changed.direction > 0) === !isBad ? 'better' : 'worse') : '';
    return html`<div>
        <dt>${link ? html`<a href=${link}>${name}</a>` : name}</dt>
        <dd class="value">${value === undefined ? '\u00a0' : html`<${Known} value=${value} format=${format} />`}</dd>
        <dd class="under">
            ${changed && html`<span title="in the period before"><span class=${mood}>${changed.text}</span> from ${(format === count ? compact : format)(before)}</span>`}
            ${!changed && note}
        </dd>
    </div>`;
}
