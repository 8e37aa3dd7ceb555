// Why events were not stored, in sentences.

/** What clients do that a rule of the contract refuses; `%` stands for the field. */
const RULES = {
    missing: 'leave out %',
    type: 'send % as another type',
    empty: 'send % empty',
    too_short: 'send % too short',
    too_long: 'send % too long',
    pattern: 'send % in another form than its pattern',
    enum: 'send % with a value that is not declared',
    format: 'send % in another format',
    whole: 'send % as no whole number',
    range: 'send % out of range',
    future: 'send % in the future',
    past: 'send % too far in the past',
    too_many_keys: 'send too many names in %',
    key_too_long: 'send a name that is too long in %',
    too_many_items: 'send too many items in %',
    item: 'send an item in % that is not allowed',
};

/** What is wrong with a request as a whole, or who may not send it. */
const REQUESTS = {
    undeclared: 'send undeclared fields',
    undeclared_type: 'send undeclared types of events',
    too_large: 'send bodies that are too large',
    not_json: 'send bodies that are no JSON',
    nothing: 'send bodies without events',
    too_many_events: 'send too many events at once',
    media_type: 'send bodies of another media type',
    encoding: 'send bodies in an encoding that is not understood',
    too_many_types: 'send too many types of events',
    origin: 'report from pages that may not',
    unauthorized: 'report without being allowed to',
    forgotten: 'report for installs that were erased',
};

/** Outcomes of events that are not stored, and of fields that are left out. */
const WITH_REASONS = ['refused', 'limited', 'discarded'];
/** How many versions are named; more make no sentence. */
const MOST_NAMED = 3;

/**
 * @typedef {object} Reason
 * @property {string} outcome
 * @property {string} reason
 * @property {string} field a JSON pointer, or nothing
 * @property {string[]} versions of the clients, the most frequent first
 * @property {number} count
 * @property {string} first the first day
 * @property {string} last the last day
 */

/**
 * The rows of the question `outcomes` that say why something was not stored: what is wrong in the same way together,
 * the most frequent first.
 * @returns {Reason[]}
 */
export function groups(rows) {
    const found = new Map();
    const counted = rows.filter((row) => WITH_REASONS.includes(row.outcome)).toSorted((a, b) => b.count - a.count);
    for (const { outcome, reason, field, ...row } of counted) {
        const key = [outcome, reason, field].join(' ');
        const none = { outcome, reason, field, versions: [], count: 0, first: row.first_day, last: row.last_day };
        const group = found.get(key) ?? none;
        group.versions.push(row.client_version);
        group.count += row.count;
        group.first = row.first_day < group.first ? row.first_day : group.first;
        group.last = row.last_day > group.last ? row.last_day : group.last;
        found.set(key, group);
    }
    return [...found.values()].toSorted((a, b) => b.count - a.count);
}

/**
 * What is wrong as a sentence in three parts, so that the field can be set apart.
 * @param {Reason} reason
 * @returns {{before: string, field: string, after: string}}
 */
export function inWords({ outcome, reason, field, versions }) {
    const who = clients(versions);
    const name = fieldName(field);
    const plain = (text) => ({ before: `${who} ${text}`, field: '', after: '' });
    const of = (text) => ({ before: `${who} ${text.split('%')[0]}`, field: name, after: text.split('%')[1] });
    if (outcome === 'limited') return plain(`report more than the limit of an ${reason} allows`);
    if (outcome === 'discarded') return name ? of('send undeclared fields in %') : plain('send undeclared fields');
    if (name && RULES[reason]) return of(RULES[reason]);
    return plain(REQUESTS[reason] ?? `break the rule ${reason}`);
}

/** Who sends it, by their versions: `Clients 1.9.0, 1.8.0 and 2 others`. */
export function clients(versions) {
    const named = versions.filter((version) => version && version !== 'other');
    if (named.length === 0) return 'Clients of no known version';
    const rest = versions.length - Math.min(named.length, MOST_NAMED);
    const names = named.slice(0, MOST_NAMED);
    if (rest > 0) return `Clients ${names.join(', ')} and ${rest} other${rest === 1 ? '' : 's'}`;
    return names.length === 1 ? `Clients ${names[0]}` : `Clients ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** A JSON pointer as the contract writes it: `memory.peak_mb` for `/memory/peak_mb`. */
export function fieldName(pointer) {
    return pointer.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
}
