// How often numbers are how large: a column for each range of them.

import { html } from '../vendor/preact.js';
import { compact, number, plural, share } from '../format.js';

/** As many labels fit below the columns of half a window. */
const MOST_LABELS = 8;

/**
 * @param {object} props
 * @param {string} props.name
 * @param {boolean} props.isWhole whether there are whole numbers only
 * @param {Array<{from: number, to: number, events: number, share: number}>} props.buckets from the smallest up
 */
export function Distribution({ name, isWhole, buckets }) {
    const highest = Math.max(...buckets.map((bucket) => bucket.events), 1);
    const isOfOne = isWhole && buckets.every((bucket) => bucket.to - bucket.from === 1);
    const step = Math.ceil(buckets.length / MOST_LABELS);
    const label = (value, place) => html`<span class=${`label ${place}`} aria-hidden="true">${compact(value)}</span>`;
    return html`<ol class="distribution" aria-label=${name}>${buckets.map((bucket, index) => html`
        <li key=${bucket.from} title=${inWords(bucket, isOfOne)}>
            <span class="unseen">${inWords(bucket, isOfOne)}</span>
            <span class="column" aria-hidden="true" style=${{ height: `${(bucket.events / highest) * 100}%` }}></span>
            ${index % step === 0 && label(bucket.from, isOfOne ? 'middle' : 'start')}
            ${!isOfOne && index === buckets.length - 1 && label(bucket.to, 'end')}
        </li>`)}</ol>`;
}

function inWords(bucket, isOfOne) {
    const numbers = isOfOne ? number(bucket.from) : `${number(bucket.from)} to ${number(bucket.to)}`;
    return `${numbers}: ${plural(bucket.events, 'event')}, ${share(bucket.share)}`;
}
