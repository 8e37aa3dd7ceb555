// Why events were not stored, in sentences.

/** What a rule of the contract says about a field. */
const RULES = {
    missing: 'leave out %',
    type: 'send % of another type',
    empty: 'send an empty %',
    too_short: 'send a % that is too short',
    too_long: 'send a % that is too long',
    pattern: 'send a % that does not match its pattern',
    enum: 'send a % that is not one of the declared values',
    format: 'send a % of another format',
    whole: 'send a % that is no whole number',
    range: 'send a % that is out of range',
    future: 'send a % that lies in the future',
    past: 'send a % that is too long ago',
    too_many_keys: 'send too many names in %',
    key_too_long: 'send a name that is too long in %',
    too_many_items: 'send too many items in %',
    item: 'send an item of % that is not allowed',
};

/** What is wrong with a request as a whole, or who may not send it. */
const REQUESTS = {
    undeclared: 'send an undeclared field',
    undeclared_type: 'send an undeclared type of event',
    too_large: 'send a body that is too large',
    not_json: 'send a body that is no JSON',
    nothing: 'send a body without events',
    too_many_events: 'send too many events at once',
    media_type: 'send a body of another media type',
    encoding: 'send a body in an encoding that is not understood',
    too_many_types: 'send too many types of events',
    origin: 'report from a page that is not allowed to',
    unauthorized: 'report without being allowed to',
    forgotten: 'report for an install that was erased',
};

/** `/memory/peak_mb` as the contract writes it: `memory.peak_mb`. */
export function fieldName(pointer) {
    return pointer.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
}

/** Who sent it: `Clients 1.9`. */
export function who(version) {
    if (version === '') return 'Clients that do not say their version';
    return version === 'other' ? 'Clients of a version that is no version' : `Clients ${version}`;
}

/**
 * A row of the question `outcomes` as a sentence in three parts, so that the field can be set apart.
 * @returns {{before: string, field: string, after: string}}
 */
export function inWords({ outcome, reason, field, client_version: version }) {
    if (outcome === 'limited') {
        const of = reason === 'address' ? 'one address' : 'one install';
        return { before: `${who(version)} report more from ${of} than the limit allows`, field: '', after: '' };
    }
    if (outcome === 'discarded') {
        const name = fieldName(field);
        return { before: `${who(version)} send undeclared fields${name ? ' in ' : ''}`, field: name, after: '' };
    }
    const rule = RULES[reason];
    if (!rule || !field) {
        return { before: `${who(version)} ${REQUESTS[reason] ?? rule?.replace('%', 'a field') ?? `are refused: ${reason}`}`, field: '', after: '' };
    }
    const [before, after] = rule.split('%');
    return { before: `${who(version)} ${before}`, field: fieldName(field), after };
}
