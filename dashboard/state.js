// What the address bar holds, so that any view can be sent as a link. Nothing here knows a page: texts in, texts out.

/** The views of an app, in the order of the navigation. */
export const VIEWS = [
    ['overview', 'Overview'],
    ['activity', 'Activity'],
    ['retention', 'Retention'],
    ['versions', 'Versions'],
    ['fields', 'Fields'],
    ['errors', 'Errors'],
    ['outcomes', 'Outcomes'],
    ['live', 'Live'],
    ['contract', 'Contract'],
];

/** Spans that are one click away: the parameter `last`, and what it is called. */
export const SPANS = [
    ['7d', '7 days'],
    ['30d', '30 days'],
    ['90d', '90 days'],
    ['365d', '12 months'],
];

const DEFAULT_SPAN = '30d';
const PERIODS = ['day', 'week', 'month'];
const DAY = 86_400_000;

/** People, and machines, by the values that a runtime has. */
const RUNTIMES = { people: ['interactive'], machines: ['ci', 'container', 'agent'] };

/**
 * @typedef {object} State
 * @property {string} app the id of the app, or nothing for all of them
 * @property {string} view one of VIEWS
 * @property {string} last a span that ends today, such as `30d`; nothing where `from` is given
 * @property {string} from the first day, such as `2026-02-01`
 * @property {string} to the last day
 * @property {string} per `day`, `week`, `month`, or nothing for what the view takes by itself
 * @property {boolean} compare whether the period before is shown as well
 * @property {string} version only installs with it
 * @property {string} platform only installs on it
 * @property {string} runtime `people`, `machines`, one runtime, or nothing for all
 */

/** Reads the query string of an address; what makes no sense there is left out. @returns {State} */
export function read(search) {
    const given = new URLSearchParams(search);
    const text = (name) => given.get(name) ?? '';
    const oneOf = (name, known, otherwise) => (known.includes(text(name)) ? text(name) : otherwise);
    const from = isDay(text('from')) ? text('from') : '';
    const to = from && isDay(text('to')) && text('to') >= from ? text('to') : '';
    const last = /^[1-9]\d{0,3}[dw]$/.test(text('last')) ? text('last') : DEFAULT_SPAN;
    return {
        app: text('app'),
        view: oneOf('view', VIEWS.map(([name]) => name), 'overview'),
        last: from ? '' : last,
        from,
        to,
        per: oneOf('per', PERIODS, ''),
        compare: text('compare') === '1',
        version: text('version'),
        platform: text('platform'),
        runtime: text('runtime'),
    };
}

/** The address of a state, without what goes without saying. */
export function write(state) {
    const defaults = { view: 'overview', last: DEFAULT_SPAN };
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(state)) {
        if (value && value !== defaults[name]) query.set(name, value === true ? '1' : value);
    }
    const text = query.toString();
    return text ? `?${text}` : '?';
}

/** The address of what is shown now, with changes. Another app has other versions and platforms. */
export function link(state, changes) {
    const isOtherApp = 'app' in changes && changes.app !== state.app;
    const filters = isOtherApp ? { version: '', platform: '', runtime: '' } : {};
    return write({ ...state, ...filters, ...changes });
}

/** The running UTC day of a time in milliseconds. */
export function dayOf(time) {
    return new Date(time).toISOString().slice(0, 10);
}

/** The day so many days later. */
export function addDays(day, days) {
    return dayOf(Date.parse(day) + days * DAY);
}

/** How many days the range has. */
export function days(state, today) {
    if (state.from) return Math.round((Date.parse(state.to || today) - Date.parse(state.from)) / DAY) + 1;
    return Number.parseInt(state.last, 10) * (state.last.endsWith('w') ? 7 : 1);
}

/** The parameters that ask for the range. */
export function range(state) {
    if (!state.from) return [['last', state.last]];
    return state.to ? [['from', state.from], ['to', state.to]] : [['from', state.from]];
}

/** The parameters that ask for as many days before the range. */
export function rangeBefore(state, today) {
    const length = days(state, today);
    const to = addDays(state.from || addDays(today, 1 - length), -1);
    return [['last', `${length}d`], ['to', to]];
}

/** The parameters that ask for some installs only. Values of one dimension are alternatives. */
export function only(state) {
    const runtimes = RUNTIMES[state.runtime] ?? (state.runtime ? [state.runtime] : []);
    const pairs = [
        ...(state.version ? [['app_version', state.version]] : []),
        ...(state.platform ? [['platform', state.platform]] : []),
        ...runtimes.map((runtime) => ['runtime', runtime]),
    ];
    return pairs.map(([dimension, value]) => ['only', `${dimension}=${value}`]);
}

/** Whether some installs are left out. */
export function isFiltered(state) {
    return only(state).length > 0;
}

function isDay(text) {
    return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(Date.parse(text)) === text;
}
