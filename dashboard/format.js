// Numbers, shares, days and periods as people read them. UTC and English, whoever looks.

/** Stands for a number that is not known. */
export const UNKNOWN = '–';

/** Thousands, millions and so on. */
const UNITS = ['', 'K', 'M', 'B', 'T'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// Written here, as Intl takes some ten milliseconds of the first view to be loaded.

/** `12,480` */
export function count(value) {
    if (!isKnown(value)) return UNKNOWN;
    return String(value).replace(/\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
}

/** `12.5K`, for axes and small places. */
export function compact(value) {
    if (!isKnown(value)) return UNKNOWN;
    let unit = 0;
    // What would be written as 1,000 is one of the next unit.
    while (Math.abs(value) >= 999.95 && unit < UNITS.length - 1) {
        value /= 1_000;
        unit += 1;
    }
    return `${Number(value.toFixed(1))}${UNITS[unit]}`;
}

/** A measured number, with four digits that matter: `11.07`. */
export function number(value) {
    return isKnown(value) ? count(Number(value.toPrecision(4))) : UNKNOWN;
}

/** A part of a whole: `12.3%`. What is not nothing is never called 0%, and what is not all never 100%. */
export function share(value) {
    if (!isKnown(value)) return UNKNOWN;
    const percent = value * 100;
    if (percent === 0 || percent === 100) return `${percent}%`;
    if (percent < 0.1) return '<0.1%';
    if (percent > 99.9 && percent < 100) return '>99.9%';
    return `${percent.toFixed(1)}%`;
}

/** A number and its noun: `1 install`, `2 installs`. */
export function plural(value, noun) {
    return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `3 Nov 2026` */
export function day(text) {
    const [year, month, day] = parts(text);
    return day ? `${day} ${MONTHS[month - 1]} ${year}` : UNKNOWN;
}

/** `3 Nov` */
export function shortDay(text) {
    const [, month, day] = parts(text);
    return day ? `${day} ${MONTHS[month - 1]}` : UNKNOWN;
}

/** A period by its label: `3 Nov 2026`, `week 7 of 2026`, `Feb 2026`. */
export function period(label) {
    const week = /^(\d{4})-W(\d\d)$/.exec(label);
    if (week) return `week ${Number(week[2])} of ${week[1]}`;
    const [year, month, day] = parts(label);
    return day ? `${day} ${MONTHS[month - 1]} ${year}` : `${MONTHS[month - 1]} ${year}`;
}

/** The same for an axis: `3 Nov`, `W7`, `Feb`. */
export function shortPeriod(label) {
    const week = /-W(\d\d)$/.exec(label);
    if (week) return `W${Number(week[1])}`;
    const [, month, day] = parts(label);
    return day ? `${day} ${MONTHS[month - 1]}` : MONTHS[month - 1];
}

/** `12 Nov 2026, 09:41 UTC` */
export function moment(text) {
    return text ? `${day(text.slice(0, 10))}, ${text.slice(11, 16)} UTC` : UNKNOWN;
}

/** `09:41:07`, in UTC. */
export function clock(text) {
    return text ? text.slice(11, 19) : UNKNOWN;
}

/**
 * How much a number has changed: a sign, a text and a direction. Nothing where either number is unknown, or nothing was
 * there before.
 */
export function change(now, before) {
    if (!isKnown(now) || !isKnown(before) || before === 0) return null;
    const ratio = now / before - 1;
    const percent = Math.abs(ratio * 100);
    const text = `${percent >= 10 ? percent.toFixed(0) : percent.toFixed(1)}%`;
    if (Number.parseFloat(text) === 0) return { text: 'no change', direction: 0 };
    return ratio > 0 ? { text: `+${text}`, direction: 1 } : { text: `−${text}`, direction: -1 };
}

/** Whether there is a number at all. */
export function isKnown(value) {
    return typeof value === 'number' && Number.isFinite(value);
}

function parts(text) {
    return (text ?? '').split('-').map(Number);
}
