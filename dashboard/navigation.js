// The address bar as state: links and choices change it, back and forward too, and the page follows.

import { useEffect, useState } from './vendor/preact.js';
import { read } from './state.js';

const CHANGED = 'askfirst:navigated';

/** Goes to an address of the dashboard. */
export function go(address) {
    history.pushState(null, '', address);
    dispatchEvent(new Event(CHANGED));
}

/** The state that the address bar holds. */
export function useAddress() {
    const [state, setState] = useState(() => read(location.search));
    useEffect(() => {
        const follow = () => setState(read(location.search));
        addEventListener('popstate', follow);
        addEventListener(CHANGED, follow);
        document.addEventListener('click', followLink);
        return () => {
            removeEventListener('popstate', follow);
            removeEventListener(CHANGED, follow);
            document.removeEventListener('click', followLink);
        };
    }, []);
    return state;
}

/** Links within the dashboard change the address without loading anything anew; all others are the browser's. */
function followLink(event) {
    const anchor = event.target.closest?.('a[href]');
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!anchor || !isPlain || event.defaultPrevented || !anchor.getAttribute('href').startsWith('?')) return;
    event.preventDefault();
    go(anchor.getAttribute('href'));
}
