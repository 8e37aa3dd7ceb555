// Why something was not stored, in sentences, each with its count.

import { html } from '../vendor/preact.js';
import { count, shortDay } from '../format.js';
import { inWords } from '../refusals.js';

/** @param {{reasons: ReturnType<import('../refusals.js').groups>, hasDays: boolean=}} props */
export function Reasons({ reasons, hasDays }) {
    return html`<ul class="reasons">${reasons.map((reason) => html`
        <li key=${[reason.outcome, reason.reason, reason.field].join(' ')}>
            <span title=${reason.versions.filter(Boolean).join(', ')}><${Sentence} reason=${reason} /></span>
            ${hasDays && html`<span class="quiet">${days(reason)}</span>`}
            <${Tally} outcome=${reason.outcome} value=${reason.count} />
        </li>`)}</ul>`;
}

/** What is wrong, and who sends it. */
export function Sentence({ reason }) {
    const { before, field, after } = inWords(reason);
    return html`${before}${field && html`<code>${field}</code>`}${after}`;
}

/** How many had an outcome. */
export function Tally({ outcome, value }) {
    return html`<span class=${`tally ${outcome}`}><strong>${count(value)}</strong> ${outcome}</span>`;
}

function days({ first, last }) {
    return first === last ? shortDay(first) : `${shortDay(first)} to ${shortDay(last)}`;
}
