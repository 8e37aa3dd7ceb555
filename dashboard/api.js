// Asking the server. Answers are kept in memory by their address: what was shown once is there at once, and is asked for
// again behind it.

import { useLayoutEffect, useReducer, useRef } from './vendor/preact.js';

const SESSION = '/-/session';
/** An answer that is so young is not asked for again, in milliseconds. */
const FRESH = 20_000;
/** Nobody waits for longer, in milliseconds. */
const PATIENCE = 60_000;
/** How many answers are kept: views of a long day, at some ten answers of up to 100 KB each. */
const MOST_KEPT = 200;

/** Why there is no answer, in words. */
export class Failure extends Error {
    constructor(status, detail, members = {}) {
        super(detail);
        /** The HTTP status, or 0 where the server was not reached. */
        this.status = status;
        /** The members of the problem (RFC 9457), where the server sent one. */
        this.members = members;
    }
}

/**
 * @typedef {object} Answer
 * @property {*} data what the server said, or the answer before while another is on its way
 * @property {Failure=} failure why it could not be asked
 * @property {boolean} isLoading whether it is on its way and what is shown is another one
 */

const kept = new Map();
const watchers = new Set();
let signedOut = () => {};

/** Tells who asks when the server does not know the session any more. */
export function onSignedOut(listener) {
    signedOut = listener;
}

/** The address of a question about an app. */
export function url(app, question, parameters = []) {
    const query = new URLSearchParams(parameters).toString();
    return `/api/v1/${encodeURIComponent(app)}/${question}${query ? `?${query}` : ''}`;
}

/** The address of a table of an answer as CSV. */
export function csv(address, table) {
    const mark = address.includes('?') ? '&' : '?';
    return `${address}${mark}format=csv${table ? `&table=${table}` : ''}`;
}

/** Asks for what is not known, or not of late, or in any case. The promise is of the answer, or of nothing. */
export function load(address, isForced = false) {
    const entry = kept.get(address) ?? {};
    const isFresh = entry.at !== undefined && performance.now() - entry.at < FRESH && !entry.failure;
    if (entry.isLoading || (isFresh && !isForced)) return entry.settled;
    entry.isLoading = true;
    kept.delete(address);
    kept.set(address, entry);
    forget();
    entry.settled = request(address).then(
        (data) => settle(address, entry, { data, failure: undefined }),
        (failure) => settle(address, entry, { failure }),
    );
    tell(address);
    return entry.settled;
}

/** Asks again for what is shown. */
export function refresh() {
    for (const address of watched()) load(address);
}

/**
 * Answers to several questions, by the names given; drawn again whenever one changes. They are asked once it is time to.
 * @returns {Object<string, Answer>}
 */
export function useAnswers(asks, isTime = true) {
    const [, redraw] = useReducer((times) => times + 1, 0);
    const before = useRef({});
    const addresses = isTime ? Object.values(asks) : [];
    // Before anything else runs: an answer that comes between drawing and watching would be missed.
    useLayoutEffect(() => {
        const watcher = { addresses, redraw };
        watchers.add(watcher);
        for (const address of addresses) load(address);
        return () => watchers.delete(watcher);
    }, [addresses.join('\n')]);
    const answers = {};
    for (const [name, address] of Object.entries(asks)) {
        const entry = kept.get(address) ?? {};
        // Where it failed, what was asked for before is no answer.
        const data = entry.data ?? (entry.failure ? undefined : before.current[name]);
        before.current[name] = data;
        const isLoading = entry.data === undefined && !entry.failure;
        answers[name] = { data, failure: entry.failure, isLoading, address, retry: () => load(address, true) };
    }
    return answers;
}

/** Who is signed in, and which apps there are. */
export function session() {
    return request(SESSION);
}

/** Signs in with a token; the server keeps it in a cookie that no script can read. */
export function signIn(token) {
    const body = JSON.stringify({ token });
    return request(SESSION, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

/** Signs out, and forgets what was read. */
export async function signOut() {
    await request(SESSION, { method: 'DELETE' });
    kept.clear();
}

async function request(address, options = {}) {
    let response;
    try {
        // Contracts may be kept by others for an hour; whoever changed one wants to see it here.
        response = await fetch(address, { ...options, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    } catch (error) {
        const isLate = error.name === 'TimeoutError';
        throw new Failure(0, isLate ? 'The server did not answer within a minute.' : "The server can't be reached.");
    }
    if (response.ok) return response.status === 204 ? undefined : response.json();
    const problem = await response.json().catch(() => ({}));
    if (response.status === 401 && address !== SESSION) signedOut();
    throw new Failure(response.status, sentence(problem.detail ?? `The server answered ${response.status}.`), problem);
}

function settle(address, entry, settled) {
    Object.assign(entry, settled, { at: performance.now(), isLoading: false });
    tell(address);
    return entry.data;
}

function tell(address) {
    for (const watcher of watchers) if (watcher.addresses.includes(address)) watcher.redraw();
}

function watched() {
    return new Set([...watchers].flatMap((watcher) => watcher.addresses));
}

/** Drops the answers that were asked for first, but those that are shown. */
function forget() {
    if (kept.size <= MOST_KEPT) return;
    const shown = watched();
    const oldest = [...kept.keys()].find((address) => !shown.has(address) && !kept.get(address).isLoading);
    if (oldest !== undefined) kept.delete(oldest);
}

/** The server's details are sentences without capital and full stop. */
function sentence(detail) {
    return detail.charAt(0).toUpperCase() + detail.slice(1) + (/[.?!]$/.test(detail) ? '' : '.');
}
