// What a contract declares, as the views need it. A new app needs no code here: everything follows its contract.

/** Roles that are asked for by their own name. */
const DIMENSION_ROLES = ['app_version', 'platform', 'runtime', 'error'];

/** How a field is shown, by its type. */
const SHOWN_AS = {
    enum: 'values',
    bool: 'values',
    version: 'values',
    text: 'values',
    list: 'values',
    int: 'numbers',
    number: 'numbers',
    counts: 'counts',
};

/** Whether some field has the role. */
export function hasRole(contract, role) {
    return allFields(contract).some(({ field }) => field.role === role);
}

/** The values that the contract names for a role, in declared order; nothing where clients name them. */
export function valuesOf(contract, role) {
    return allFields(contract).find(({ field }) => field.role === role)?.field.values ?? [];
}

/**
 * What the fields of a contract hold, each name once: how it is asked for, how it is shown, and which events have it.
 * Ids, times and free JSON tell nothing together, and are left out.
 */
export function sections(contract) {
    const types = contract.events.map((event) => event.type);
    const first = { name: 'type', title: 'Event types', shown: 'values', events: [], why: 'what happened', keys: types };
    const found = new Map([['type', first]]);
    for (const { field, event } of allFields(contract)) {
        const shown = SHOWN_AS[field.type];
        const isOwn = [event.event_id, event.install_id, event.occurred_at].includes(field.name);
        if (!shown || isOwn || field.role === 'session_id') continue;
        const name = DIMENSION_ROLES.includes(field.role) ? field.role : field.name;
        const known = found.get(name);
        if (known) {
            known.events.push(event.type);
        } else {
            const title = field.name;
            const keys = field.type === 'bool' ? ['true', 'false'] : (field.values ?? field.keys ?? []);
            found.set(name, { name, title, shown, events: [event.type], why: field.why, type: field.type, keys });
        }
    }
    return [...found.values()];
}

/** A field's type and bounds in words: `enum: native, wasm`, `text of 1 to 32 characters`. */
export function typeInWords(field) {
    const bounds = (unit) => {
        if (field.min === undefined && field.max === undefined) return '';
        if (field.min === field.max) return ` of ${field.max}${unit}`;
        if (field.min === undefined || (field.min === 0 && unit)) return ` of at most ${field.max}${unit}`;
        return ` of ${field.min} to ${field.max ?? 'any'}${unit}`;
    };
    switch (field.type) {
        case 'enum':
            return `one of ${field.values.join(', ')}`;
        case 'text':
            return `text${bounds(' characters')}${field.pattern ? `, as ${field.pattern}` : ''}`;
        case 'hex':
            return `hexadecimal${bounds(' digits')}`;
        case 'int':
            return `whole number${bounds('')}`;
        case 'number':
            return `number${bounds('')}`;
        case 'counts':
            return field.keys ? `counts of ${field.keys.join(', ')}` : `counts of at most ${field.max_keys} names`;
        case 'list':
            return `list of at most ${field.max}: ${typeInWords(field.of)}`;
        case 'json':
            return `JSON of at most ${field.max} bytes`;
        default:
            return { bool: 'yes or no', time: 'time', version: 'version', uuid: 'UUID' }[field.type] ?? field.type;
    }
}

/** What every event has, where it has anything, and the event types with what they have beside it. */
export function groups(contract) {
    const common = new Set(contract.envelope?.fields.map((field) => field.name));
    const isOwn = (field) => !common.has(field.name);
    const own = contract.events.map((event) => ({ ...event, fields: event.fields.filter(isOwn) }));
    return contract.envelope ? [contract.envelope, ...own] : own;
}

function allFields(contract) {
    return contract ? groups(contract).flatMap((event) => event.fields.map((field) => ({ field, event }))) : [];
}

/** A smallest event of a contract, to try it out with. Ids are given, because they are random. */
export function example(contract, uuid, now) {
    const event = contract.events[0];
    const body = { type: event.type };
    for (const field of [...(contract.envelope?.fields ?? []), ...event.fields]) {
        if (field.required) put(body, field.name.split('.'), valueFor(field, uuid, now));
    }
    return body;
}

function valueFor(field, uuid, now) {
    const least = Math.max(field.min ?? 0, 1);
    switch (field.type) {
        case 'uuid':
            return uuid();
        case 'time':
            return now;
        case 'version':
            return '1.0.0';
        case 'enum':
            return field.values[0];
        case 'bool':
            return true;
        case 'int':
        case 'number':
            return Math.max(field.min ?? 0, 0);
        case 'hex':
            return '0'.repeat(least);
        case 'list':
            return [];
        case 'text':
            return 'a'.repeat(least);
        default:
            return {};
    }
}

function put(object, [name, ...rest], value) {
    if (rest.length) put((object[name] ??= {}), rest, value);
    else object[name] = value;
}
