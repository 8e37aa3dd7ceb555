// Text of a contract, in which names stand between backticks.

import { html } from '../vendor/preact.js';

export function Marked({ text }) {
    return text.split('`').map((part, index) => (index % 2 ? html`<code key=${index}>${part}</code>` : part));
}
