// How often numbers are how large: a column for each range of them.

import { html } from '../vendor/preact.js';
import { count, number, share } from '../format.js';

/** @param {{name: string, buckets: Array<{from: number, to: number, events: number, share: number}>}} props */
export function Distribution({ name, buckets }) {
    const highest = Math.max(...buckets.map((bucket) => bucket.events), 1);
    const last = buckets.length - 1;
    return html`<div class="distribution">
        <ol aria-label=${name}>${buckets.map((bucket) => html`
            <li key=${bucket.from} title=${inWords(bucket)}>
                <span class="unseen">${inWords(bucket)}</span>
                <span class="column" aria-hidden="true" style=${{ height: `${(bucket.events / highest) * 100}%` }}></span>
            </li>`)}</ol>
        <div class="ends" aria-hidden="true">
            <span>${number(buckets[0].from)}</span>
            <span>${number(buckets[Math.ceil(last / 2)].from)}</span>
            <span>${number(buckets[last].to)}</span>
        </div>
    </div>`;
}

function inWords(bucket) {
    return `${number(bucket.from)} to ${number(bucket.to)}: ${count(bucket.events)} events, ${share(bucket.share)}`;
}
