// The page: whoever is signed in sees the view that the address asks for.

import { html, render, useEffect, useState } from './vendor/preact.js';
import { onSignedOut, refresh, session, signOut, url, useAnswers } from './api.js';
import { Layout } from './layout.js';
import { useAddress } from './navigation.js';
import { Empty, Failed } from './parts/notices.js';
import { first } from './start.js';
import { VIEWS } from './state.js';
import { Fetched } from './views.js';

/** What is shown is asked for again so often, while somebody can see it, in milliseconds. */
const REFRESH = 60_000;

function App({ first }) {
    const state = useAddress();
    const [who, setWho] = useState(first);
    const learn = (promise) => promise.then((session) => setWho({ session }), (failure) => setWho({ failure }));
    useEffect(() => {
        onSignedOut(() => learn(session()));
        const look = () => document.visibilityState === 'visible' && refresh();
        const timer = setInterval(look, REFRESH);
        document.addEventListener('visibilitychange', look);
        return () => {
            clearInterval(timer);
            document.removeEventListener('visibilitychange', look);
        };
    }, []);
    if (who.failure?.status === 401) {
        return html`<${Fetched} view="signin" refusal=${who.failure} enter=${(session) => setWho({ session })} />`;
    }
    if (who.failure) {
        return html`<main class="alone"><${Failed} failure=${who.failure} retry=${() => learn(session())} /></main>`;
    }
    const leave = () => learn(signOut().then(session));
    if (!state.app) {
        return html`<${Layout} session=${who.session} state=${state} heading="All apps" leave=${leave}>
            <${Fetched} view="apps" apps=${who.session.apps} state=${state} /><//>`;
    }
    return html`<${OneApp} key=${state.app} session=${who.session} state=${state} leave=${leave} />`;
}

function OneApp({ session, state, leave }) {
    const { declared } = useAnswers({ declared: url(state.app, 'contract') });
    const app = session.apps.find(({ id }) => id === state.app);
    const view = app && VIEWS.find(([name]) => name === state.view)[1];
    const content = () => {
        if (!app) {
            return html`<${Empty} title=${`There is no app “${state.app}” that you may read.`}>
                <p><a href="?">All apps</a> shows those that there are.</p><//>`;
        }
        if (declared.failure && !declared.data) return html`<${Failed} ...${declared} />`;
        return declared.data && html`<${Fetched} view=${state.view} state=${state} contract=${declared.data} app=${app} />`;
    };
    const heading = app ? app.title : 'No such app';
    return html`<${Layout} session=${session} state=${state} heading=${heading} view=${view} leave=${leave}>${content()}<//>`;
}

/** Shows the page to whoever is signed in, or can't be. */
function show(who) {
    render(html`<${App} first=${who} />`, document.getElementById('page'));
}

first.then((session) => show({ session }), (failure) => show({ failure }));
