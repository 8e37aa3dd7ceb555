// What to do where no event has come yet.

import { html, useState } from '../vendor/preact.js';
import { example } from '../contract.js';
import { Empty } from '../parts/notices.js';

/** How the first event is sent. */
export function View({ app, contract }) {
    const [command] = useState(() => (app.wire === 'native' ? curl(app, contract) : ''));
    return html`<${Empty} title="No events yet">
        ${command
            ? html`<p>Send the first one:</p><pre tabindex="0"><code>${command}</code></pre>
                <p>The view “Live” shows it, or why it was refused.</p>`
            : html`<p>Let the tool report to <code>${`${location.origin}/a/${app.id}`}</code>, on the paths that it knows.
                The view “Live” shows what arrives, and what is refused.</p>`}
    <//>`;
}

function curl(app, contract) {
    const event = example(contract, uuid, new Date().toISOString());
    // A quote within the shell's quotes.
    const body = JSON.stringify(event, null, 2).replaceAll("'", "'\\''");
    return `curl ${location.origin}/api/v1/${app.id}/events \\\n  -H 'Content-Type: application/json' -d '${body}'`;
}

/** A random UUID; `crypto.randomUUID` is there only where pages are secure. */
function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
