// A small line of how something went, without axes. It stands beside its numbers.

import { html } from '../vendor/preact.js';
import { plural } from '../format.js';
import { Known } from './table.js';

const WIDTH = 120;
const HEIGHT = 28;

/** @param {{values: Array<number|null>|null, noun: string}} props what was counted by day; null where that is not known */
export function Sparkline({ values, noun }) {
    if (!values) return html`<${Known} value=${null} />`;
    if (values.length < 2) return null;
    const name = `By day: at most ${plural(Math.max(...values), noun)}`;
    const highest = Math.max(...values.map((value) => value ?? 0), 1);
    const step = values.length > 1 ? (WIDTH - 2) / (values.length - 1) : 0;
    const points = values.map((value, index) => [1 + index * step, HEIGHT - 2 - ((value ?? 0) / highest) * (HEIGHT - 4)]);
    const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
    return html`<svg class="sparkline" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${name}>
        <polygon points=${`1,${HEIGHT - 1} ${line} ${(1 + step * (values.length - 1)).toFixed(1)},${HEIGHT - 1}`} />
        <polyline points=${line} />
    </svg>`;
}
