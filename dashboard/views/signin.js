// Signing in: a field for a token, and how to get one.

import { html, useState } from '../vendor/preact.js';
import { signIn } from '../api.js';
import { Logo } from '../layout.js';

/** @param {{refusal: import('../api.js').Failure, enter: function(object): void}} props */
export function View({ refusal, enter }) {
    const [failure, setFailure] = useState(null);
    const [isSending, setSending] = useState(false);
    document.title = 'Sign in · askfirst';
    const send = (event) => {
        event.preventDefault();
        setSending(true);
        signIn(event.currentTarget.elements.token.value.trim()).then(enter, (failure) => {
            setFailure(failure);
            setSending(false);
        });
    };
    return html`<main class="alone signin">
        <h1><${Logo} /> askfirst</h1>
        ${refusal.members.tokens === false
            ? html`<${NoToken} />`
            : html`<form onSubmit=${send}>
                <label for="token">Token</label>
                <input id="token" name="token" type="password" autocomplete="current-password" spellcheck="false"
                    placeholder="askfirst_…" required autofocus aria-describedby="token-help"
                    aria-invalid=${failure ? 'true' : undefined} />
                <button type="submit" class="main" disabled=${isSending}>Sign in</button>
                <p class="failed" role="alert">${failure?.message}</p>
            </form>`}
        <div id="token-help" class="help">
            <p>A token lets you read what the tools reported. Make one on the server:</p>
            <pre tabindex="0"><code>askfirst token create NAME</code></pre>
            <p>It is shown once. <code>askfirst token revoke NAME</code> ends it, here too.</p>
        </div>
    </main>`;
}

/** Nobody can sign in yet. */
function NoToken() {
    return html`<div class="notice">
        <p class="what">Open from the server's own machine only</p>
        <p>No token is in force. Make one there, and load this page again to sign in from here.</p>
        <button type="button" onClick=${() => location.reload()}>Load again</button>
    </div>`;
}
