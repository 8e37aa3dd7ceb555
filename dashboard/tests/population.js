// A ledger whose truth is known: who used what on which day, and what the answers must therefore be.

const DAY = 86_400_000;
/** So many UTC days that end with today are told of. */
export const DAYS = 14;

export const CONTRACT = `
[app]
id = "loom"
title = "Loom"
about = "Weaves things."

[policy]
undeclared = "reject"
retention = "90d"
limits = { install = "off", address = "off" }
max_batch = 100

[public]
by = ["platform"]

[envelope]
event_id = "id"
install_id = "install"
occurred_at = "at"

[envelope.fields]
id = { type = "text", max = 40, why = "so that a retry is counted once" }
install = { type = "uuid", why = "a random number made at opt-in" }
at = { type = "time", why = "when it happened" }
version = { type = "text", max = 20, role = "app_version", optional = true, why = "which versions are in use" }
os = { type = "enum", values = ["linux", "macos", "windows"], role = "platform", why = "which systems to support" }
runtime = { type = "enum", values = ["interactive", "ci", "container", "agent"], role = "runtime", why = "people and machines" }

[[event]]
type = "weave"
about = "Something was woven."

[event.fields]
pattern = { type = "enum", values = ["plain", "twill", "satin"], why = "which patterns are worth their code" }
seconds = { type = "number", min = 0, why = "how long people wait" }
threads = { type = "counts", keys = ["cotton", "wool", "silk"], optional = true, why = "which threads are used" }

[[event]]
type = "tear"
about = "Something went wrong."

[event.fields]
error = { type = "text", max = 80, role = "error", why = "what to mend first" }
`;

const INSTALLS = Array.from({ length: 30 }, (_, number) => ({
    number,
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    /** The day it was new on. */
    first: number % DAYS,
    os: ['linux', 'macos', 'windows'][number % 3],
    runtime: number % 5 === 0 ? 'ci' : 'interactive',
}));

/** Every use: one install on one day. */
const USES = INSTALLS.flatMap((install) =>
    Array.from({ length: DAYS }, (_, day) => ({ install, day }))
        .filter(({ day }) => day === install.first || (day > install.first && (install.number + day) % 3 === 0))
        .map((use) => ({ ...use, version: use.day < 7 || install.number % 2 ? '1.0.0' : '1.1.0' })));

/** A population of the days up to a moment. */
export class Population {
    constructor(now) {
        this.today = Math.floor(now / DAY) * DAY;
    }

    /** The date of a day, counted from 0. */
    date(day) {
        return new Date(this.today + (day - DAYS + 1) * DAY).toISOString().slice(0, 10);
    }

    /** The range of all days, as the dashboard's address has it: the same range at midnight and after. */
    get range() {
        return `from=${this.date(0)}&to=${this.date(DAYS - 1)}`;
    }

    events() {
        return USES.flatMap(({ install, day, version }) => {
            const common = {
                install: install.id, at: `${this.date(day)}T00:00:0${install.number % 10}Z`, version, os: install.os, runtime: install.runtime,
            };
            const id = `${install.number}-${day}`;
            const weave = {
                ...common, type: 'weave', id, pattern: ['plain', 'twill', 'satin'][day % 3], seconds: (install.number + 1) * 10,
                threads: { cotton: 2, silk: install.number % 2 },
            };
            return isTorn({ install, version }) ? [weave, { ...common, type: 'tear', id: `${id}-t`, error: 'E_KNOT' }] : [weave];
        });
    }

    /** Events that clients of a version send with a field that nobody declared. */
    undeclared(count) {
        const event = (number) => ({ ...this.events()[0], id: `u${number}`, version: '1.9.0', cwd: '/home/secret' });
        return Array.from({ length: count }, (_, number) => event(number));
    }

    /** How many installs were active on each day. */
    active(isMeant = () => true) {
        const uses = USES.filter(isMeant);
        return Array.from({ length: DAYS }, (_, day) => uses.filter((use) => use.day === day).length);
    }

    /** How many different installs there were. */
    installs(isMeant = () => true) {
        return new Set(USES.filter(isMeant).map(({ install }) => install.number)).size;
    }

    /** How many uses there were. */
    uses(isMeant = () => true) {
        return USES.filter(isMeant).length;
    }

    tears() {
        return USES.filter(isTorn);
    }
}

function isTorn({ install, version }) {
    return install.os === 'windows' && version === '1.1.0';
}
