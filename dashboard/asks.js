// Which questions each view asks. Apart from the views, so that they can be asked before those are there.

import { url } from './api.js';
import { hasRole } from './contract.js';
import { days, only, range, rangeBefore } from './state.js';

/** How many of the most frequent the overview shows. */
export const TOP = 6;
/** How many groups of errors are shown. */
const MOST_ERRORS = 100;
/** How many events are shown that were there before one came. */
const MOST_BEFORE = 50;
/** Cohorts of days are told of at most so many; more do not fit on a page. */
export const MOST_COHORTS = 31;

/**
 * By the name of the view: its questions' addresses by name, for a state, a contract and the running day. What needs the
 * contract is left out while that is null.
 */
export const asks = {
    overview(state) {
        const ask = (question, ...parameters) => url(state.app, question, parameters);
        const now = [...range(state), ...only(state)];
        return {
            stats: ask('stats'),
            active: ask('active', ...now),
            outcomes: ask('outcomes', ...range(state)),
            events: ask('trend', ['of', 'events'], ...now),
        };
    },
    activity(state, contract, today) {
        const ask = (question, ...parameters) => url(state.app, question, parameters);
        const which = [...(state.per ? [['per', state.per]] : []), ...only(state)];
        const now = [...range(state), ...which];
        return {
            stats: ask('stats'),
            active: ask('active', ...now),
            before: ask('active', ...rangeBefore(state, today), ...which),
            ...(hasRole(contract, 'runtime') && { runtimes: ask('active', ['by', 'runtime'], ...now) }),
        };
    },
    retention(state, contract, today) {
        const parameters = [['per', cohortPeriod(state, today)], ...range(state), ...only(state)];
        return { retention: url(state.app, 'retention', parameters) };
    },
    versions(state, contract) {
        if (!hasRole(contract, 'app_version')) return {};
        return { versions: url(state.app, 'versions', [...range(state), ...only(state)]) };
    },
    /** Each section asks for itself once it comes near: some fields are read from the events, which takes a while. */
    fields() {
        return {};
    },
    errors(state, contract, today) {
        if (!hasRole(contract, 'error')) return {};
        const ask = (...parameters) => url(state.app, 'errors', [['top', MOST_ERRORS], ...parameters, ...only(state)]);
        return { errors: ask(...range(state)), before: ask(...rangeBefore(state, today)) };
    },
    outcomes(state, contract, today) {
        return {
            outcomes: url(state.app, 'outcomes', range(state)),
            before: url(state.app, 'outcomes', rangeBefore(state, today)),
            undeclared: url(state.app, 'undeclared'),
        };
    },
    /** What happens from now on is a stream, and no question that is answered. */
    live(state) {
        return { before: url(state.app, 'recent', [['limit', MOST_BEFORE]]) };
    },
    contract(state) {
        return { history: url(state.app, 'contracts') };
    },
};

/** What the overview asks once its first chart is drawn, so that it is not held up. */
export function overviewLater(state, contract, today) {
    const ask = (question, ...parameters) => url(state.app, question, parameters);
    const now = [...range(state), ...only(state)];
    return {
        activeBefore: ask('active', ...rangeBefore(state, today), ...only(state)),
        outcomesBefore: ask('outcomes', ...rangeBefore(state, today)),
        ...(hasRole(contract, 'app_version') && { versions: ask('versions', ...now) }),
        ...(hasRole(contract, 'runtime') && { runtimes: ask('breakdown', ['field', 'runtime'], ...now) }),
        ...(hasRole(contract, 'platform') && { platforms: ask('breakdown', ['field', 'platform'], ...now) }),
        ...(hasRole(contract, 'error') && { errors: ask('errors', ['top', TOP], ...now) }),
    };
}

/** Cohorts of weeks, unless days are asked for, or the range has no week that is whole. */
export function cohortPeriod(state, today) {
    const length = days(state, today);
    if (length > MOST_COHORTS) return 'week';
    return state.per === 'day' || length < 14 ? 'day' : 'week';
}
