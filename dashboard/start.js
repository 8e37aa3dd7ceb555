// The very start: who is signed in and what the first view shows is asked for while the rest of the program is on its way.

import { load, session, url } from './api.js';
import { asks } from './asks.js';
import { dayOf, read } from './state.js';
import { fetchView } from './views.js';

/** Asks for the contract, for what the view needs whatever that says, and then for the rest. */
function preload(state) {
    if (!state.app) return;
    const ask = (contract) => {
        for (const address of Object.values(asks[state.view](state, contract, dayOf(Date.now())))) load(address);
    };
    // Whoever shows it tells where it can't be had.
    fetchView(state.view).catch(() => {});
    load(url(state.app, 'contract')).then((contract) => contract && ask(contract));
    ask(null);
}

/** Who is signed in. */
export const first = session();
// Nobody looks at it yet where it fails at once; app.js will.
first.catch(() => {});
preload(read(location.search));
