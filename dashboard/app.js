// The start: who is signed in, and the view that the address asks for. What the first view shows is asked for before
// anything is drawn.

import { html, render, useEffect, useState } from './vendor/preact.js';
import { load, onSignedOut, refresh, session, signOut, url, useAnswers } from './api.js';
import { Layout } from './layout.js';
import { useAddress } from './navigation.js';
import { Empty, Failed } from './parts/notices.js';
import { SignIn } from './signin.js';
import { VIEWS, dayOf, read } from './state.js';
import { AllApps } from './views/apps.js';
import * as activity from './views/activity.js';
import * as contract from './views/contract.js';
import * as errors from './views/errors.js';
import * as fields from './views/fields.js';
import * as live from './views/live.js';
import * as outcomes from './views/outcomes.js';
import * as overview from './views/overview.js';
import * as retention from './views/retention.js';
import * as versions from './views/versions.js';

/** Each has `asks`, the questions to ask, and `View`, which shows the answers. */
const BY_NAME = { overview, activity, retention, versions, fields, errors, outcomes, live, contract };
/** What is shown is asked for again so often, while somebody can see it, in milliseconds. */
const REFRESH = 60_000;

function App({ first }) {
    const state = useAddress();
    const [who, setWho] = useState({});
    const learn = (promise) => promise.then((session) => setWho({ session }), (failure) => setWho({ failure }));
    useEffect(() => {
        onSignedOut(() => learn(session()));
        learn(first);
        const look = () => document.visibilityState === 'visible' && refresh();
        const timer = setInterval(look, REFRESH);
        document.addEventListener('visibilitychange', look);
        return () => {
            clearInterval(timer);
            document.removeEventListener('visibilitychange', look);
        };
    }, []);
    if (who.failure?.status === 401) {
        return html`<${SignIn} refusal=${who.failure} enter=${(session) => setWho({ session })} />`;
    }
    if (who.failure) {
        return html`<main class="alone"><${Failed} failure=${who.failure} retry=${() => learn(session())} /></main>`;
    }
    if (!who.session) return null;
    const leave = () => learn(signOut().then(session));
    if (!state.app) {
        return html`<${Layout} session=${who.session} state=${state} heading="All apps" leave=${leave}>
            <${AllApps} apps=${who.session.apps} state=${state} /><//>`;
    }
    return html`<${OneApp} key=${state.app} session=${who.session} state=${state} leave=${leave} />`;
}

function OneApp({ session, state, leave }) {
    const { declared } = useAnswers({ declared: url(state.app, 'contract') });
    const app = session.apps.find(({ id }) => id === state.app);
    const view = app && VIEWS.find(([name]) => name === state.view)[1];
    const { View } = BY_NAME[state.view];
    const content = () => {
        if (!app) {
            return html`<${Empty} title=${`There is no app “${state.app}” that you may read.`}>
                <p><a href="?">All apps</a> shows those that there are.</p><//>`;
        }
        if (declared.failure && !declared.data) return html`<${Failed} ...${declared} />`;
        return declared.data && html`<${View} key=${state.view} state=${state} contract=${declared.data} app=${app} />`;
    };
    const heading = app ? app.title : 'No such app';
    return html`<${Layout} session=${session} state=${state} heading=${heading} view=${view} leave=${leave}>${content()}<//>`;
}

/** Asks for the contract and what the view needs whatever that says, and then for the rest. */
function preload(state) {
    if (!state.app) return;
    const ask = (contract) => {
        const asks = BY_NAME[state.view].asks(state, contract, dayOf(Date.now()));
        for (const address of Object.values(asks)) load(address);
    };
    load(url(state.app, 'contract')).then((contract) => contract && ask(contract));
    ask(null);
}

const first = session();
preload(read(location.search));
render(html`<${App} first=${first} />`, document.getElementById('page'));
