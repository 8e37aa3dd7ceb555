// What stands around every view: where one is, where one can go, and who is signed in.

import { html, useEffect, useRef } from './vendor/preact.js';
import { VIEWS, link } from './state.js';
import { go } from './navigation.js';

/** The title of the view before. Apps have frames of their own, so no frame can hold it. */
let shown = '';

/**
 * @param {object} props
 * @param {object} props.session who is signed in, and which apps there are
 * @param {import('./state.js').State} props.state
 * @param {string} props.heading what is shown: an app, or all of them
 * @param {string=} props.view the view of the app
 * @param {function(): void} props.leave signs out
 */
export function Layout({ session, state, heading, view, leave, children }) {
    const title = [view, heading, 'askfirst'].filter(Boolean).join(' · ');
    const top = useRef(null);
    useEffect(() => {
        // Who goes to another view reads on from its heading; the first view is read from the top.
        if (shown && shown !== title) {
            top.current.focus({ preventScroll: true });
            scrollTo(0, 0);
        }
        shown = document.title = title;
    }, [title]);
    return html`<div class="frame">
        <a class="skip" href="#main" onClick=${skip}>Skip to the numbers</a>
        <header class="side">
            <a class="brand" href="?"><${Logo} /> askfirst</a>
            <${Apps} apps=${session.apps} state=${state} />
            ${view && html`<${Views} state=${state} />`}
            <${Account} session=${session} leave=${leave} />
        </header>
        <main id="main" tabindex="-1">
            <h1 tabindex="-1" ref=${top}>${heading}${view && html` <span>${view}</span>`}</h1>
            ${children}
        </main>
    </div>`;
}

function skip(event) {
    event.preventDefault();
    document.getElementById('main').focus();
}

function Apps({ apps, state }) {
    const choose = (event) => {
        const app = event.currentTarget.value;
        go(app ? link(state, { app }) : '?');
    };
    const chosen = apps.find(({ id }) => id === state.app)?.id ?? '';
    return html`<select class="choose" aria-label="App" value=${chosen} onChange=${choose}>
        <option value="">All apps</option>
        ${apps.map(({ id, title }) => html`<option key=${id} value=${id}>${title}</option>`)}
    </select>`;
}

function Views({ state }) {
    const list = useRef(null);
    // On a narrow window the list is a row that scrolls.
    useEffect(() => {
        const current = list.current.querySelector('[aria-current]');
        list.current.scrollLeft = current.offsetLeft - (list.current.clientWidth - current.clientWidth) / 2;
    }, [state.view]);
    return html`<nav aria-label="Views" ref=${list}><ul>${VIEWS.map(([view, name]) => html`
        <li key=${view}><a href=${link(state, { view, per: '' })}
            aria-current=${view === state.view ? 'page' : undefined}>${name}</a></li>`)}
    </ul></nav>`;
}

function Account({ session, leave }) {
    return html`<div class="account">
        ${session.local
            ? html`<p>No token is in force, so this page is open from this machine only.</p>`
            : html`<button type="button" onClick=${leave}>Sign out</button>`}
        <p class="version">askfirst ${session.version}</p>
    </div>`;
}

/** Two columns of a chart and a question answered: a tick. */
export function Logo() {
    return html`<svg class="logo" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
        <rect width="24" height="24" rx="6" /><path d="m6 12.5 4 4 8-9" />
    </svg>`;
}
