// What is fetched when it is looked at first: what nobody looks at yet does not hold up what somebody does.

import { html, useLayoutEffect, useReducer, useState } from './vendor/preact.js';
import { Failure } from './api.js';
import { Failed } from './parts/notices.js';

const fetched = new Map();
const underWay = new Map();

/** Fetches a view, the `View` of a file in `views/`, once. Fails where the server is gone, or has other files by now. */
export function fetchView(name) {
    if (!underWay.has(name)) {
        underWay.set(name, import(`./views/${name}.js`).then(
            ({ View }) => fetched.set(name, View),
            (error) => {
                underWay.delete(name);
                throw error;
            },
        ));
    }
    return underWay.get(name);
}

/** Shows a view once it is there, or why it is not. The other properties are the view's. */
export function Fetched({ view, ...properties }) {
    const [lost, setLost] = useState(null);
    const [, redraw] = useReducer((times) => times + 1, 0);
    const View = fetched.get(view);
    // At once: whatever waits for it waits no longer than it has to.
    useLayoutEffect(() => {
        setLost(null);
        // It may have come since this was drawn.
        if (!View) fetchView(view).then(redraw, () => setLost(new Failure(0, "The view can't be fetched.")));
    }, [view]);
    if (lost) return html`<${Failed} failure=${lost} retry=${() => location.reload()} />`;
    return View && html`<${View} key=${view} ...${properties} />`;
}
