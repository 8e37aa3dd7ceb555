// What is said where there are no numbers.

import { html } from '../vendor/preact.js';

/** Nothing there, and what to do about it. */
export function Empty({ title, children }) {
    return html`<div class="notice"><p class="what">${title}</p>${children}</div>`;
}

/** It could not be asked: what happened, and a button to ask again. */
export function Failed({ failure, retry }) {
    return html`<div class="notice failed" role="alert">
        <p class="what">${failure.message}</p>
        <button type="button" onClick=${retry}>Try again</button>
    </div>`;
}

/** What was left out of a view, and why. */
export function Hint({ children }) {
    return html`<p class="hint">${children}</p>`;
}
