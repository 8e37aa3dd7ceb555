// What the lines and areas of a chart stand for: each by its colour and by its dashes or hatching.

import { html } from '../vendor/preact.js';

/** A piece of a line as it is drawn. */
export function LineMark({ ink, dash, width = 2 }) {
    return html`<svg class="mark" width="18" height="10" aria-hidden="true">
        <line x1="1" x2="17" y1="5" y2="5" stroke=${`var(--${ink})`} stroke-width=${width} stroke-dasharray=${dash?.join(' ')} />
    </svg>`;
}

/** A piece of an area as it is filled. */
export function AreaMark({ ink, hatch }) {
    return html`<svg class="mark" width="12" height="12" aria-hidden="true">
        <rect width="12" height="12" rx="2" fill=${`var(--${ink})`} />
        ${hatch && html`<path d="M-2 8 8 -2M2 14 14 2" stroke="var(--panel)" stroke-width="1.5" />`}
    </svg>`;
}

/** The names of what is drawn. */
export function Legend({ entries }) {
    return html`<ul class="legend">${entries.map((entry) => html`<li key=${entry.name}>${entry.mark} ${entry.name}</li>`)}</ul>`;
}
