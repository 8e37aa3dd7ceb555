// A plot over periods, drawn by uPlot: axes, a cursor that the mouse and the arrow keys move, and what it points at in
// words. lines.js and stack.js say what is drawn.

import { html, useEffect, useLayoutEffect, useRef, useState } from '../vendor/preact.js';
import uPlot from '../vendor/uPlot.js';
import { compact, period, shortPeriod } from '../format.js';

/** Room for a label of the axis of periods, in pixels. */
const LABEL_WIDTH = 68;
/** How many periods there are from label to label: days, weeks, months. */
const STEPS = [1, 2, 3, 7, 14, 28, 56, 84, 182, 364];
/** What lies between two lines of a grid of counts: there are no halves of installs. */
const WHOLE = [1, 100, 10_000, 1_000_000, 100_000_000].flatMap((unit) => [1, 2, 5, 10, 20, 25, 50].map((step) => step * unit));
const DARK = window.matchMedia('(prefers-color-scheme: dark)');

/** A colour of the style sheet. */
export function ink(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * @param {object} props
 * @param {string} props.name what is drawn, for who can't see it
 * @param {string[]} props.labels the periods
 * @param {function(): {series: object[], data: Array<number|null>[]}} props.draw what uPlot draws, in the colours of now
 * @param {function(number): Array<{name: string, value: string, mark: *}>} props.rows what is told of a period
 * @param {function(number): string=} props.format a number of the axis
 * @param {number=} props.max the highest number, where that is not for the data to say
 * @param {boolean=} props.isRunning whether the last period is not over
 * @param {boolean=} props.hasColumns whether periods are as wide as columns
 * @param {number=} props.height in pixels
 */
export function Plot(props) {
    const { name, labels, rows, isRunning, height = 240 } = props;
    const [at, setAt] = useState(null);
    const [isDark, setDark] = useState(DARK.matches);
    const place = useRef(null);
    const plot = useRef(null);

    useEffect(() => {
        const change = () => setDark(DARK.matches);
        DARK.addEventListener('change', change);
        return () => DARK.removeEventListener('change', change);
    }, []);
    useLayoutEffect(() => {
        const made = make(props, place.current, setAt);
        plot.current = made;
        const observer = new ResizeObserver(([entry]) => made.setSize({ width: widthOf(entry.contentRect.width), height }));
        observer.observe(place.current);
        return () => {
            observer.disconnect();
            made.destroy();
            setAt(null);
        };
    }, [props.draw, labels, isDark, height]);

    const move = (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, Home: -labels.length, End: labels.length }[event.key];
        if (event.key === 'Escape') setAt(null);
        if (!step) return;
        event.preventDefault();
        const to = Math.min(Math.max((at?.index ?? labels.length) + step, 0), labels.length - 1);
        setAt({ index: to, left: plot.current.valToPos(to, 'x') });
    };
    const isLast = at?.index === labels.length - 1;
    return html`<div class="plot" role="group" tabindex="0" aria-label=${`${name}. Arrow keys read the values.`}
            onKeyDown=${move} onBlur=${() => setAt(null)} style=${{ height: `${height}px` }}>
        <div class="canvas" ref=${place} aria-hidden="true"></div>
        <div class="tip" role="status" hidden=${!at || at.index >= labels.length} style=${at ? tipPlace(at, plot.current) : {}}>
            ${at && at.index < labels.length && html`
                <strong>${period(labels[at.index])}${isLast && isRunning ? ', so far' : ''}</strong>
                <dl>${rows(at.index).map((row) => html`<div key=${row.name}>
                    <dt>${row.mark} ${row.name}</dt><dd>${row.value}</dd></div>`)}</dl>`}
        </div>
    </div>`;
}

/** Beside the cursor, on the side where there is more room. */
function tipPlace({ left }, plot) {
    const width = plot?.over?.clientWidth ?? 0;
    const offset = plot?.over?.offsetLeft ?? 0;
    return left > width / 2
        ? { left: 'auto', right: `${width - left + 14}px` }
        : { left: `${offset + left + 14}px`, right: 'auto' };
}

/** Nothing is drawn on less, such as in a window that is being made. */
function widthOf(room) {
    return Math.max(room, 120);
}

function make(props, place, setAt) {
    const { labels, format = compact, max, hasColumns, isRunning, height = 240 } = props;
    const { series, data } = props.draw();
    const count = labels.length;
    const edge = hasColumns || count === 1 ? 0.5 : 0;
    const axis = { stroke: ink('muted'), font: '11px system-ui, sans-serif', ticks: { show: false } };
    const made = new uPlot({
        width: widthOf(place.clientWidth),
        height,
        padding: [10, 20, 0, 0],
        legend: { show: false },
        select: { show: false },
        cursor: { y: false, move: snap, drag: { x: false, y: false }, points: { size: 7, width: 2 } },
        scales: {
            x: { time: false, range: [-edge, Math.max(count - 1, 0) + edge] },
            y: { range: (_, __, highest) => [0, max ?? Math.max(highest * 1.08, 1)] },
        },
        axes: [
            {
                ...axis,
                size: 24,
                grid: { show: false },
                splits: (plot) => ticks(count, plot.bbox.width / devicePixelRatio),
                values: (_, splits) => splits.map((split) => shortPeriod(labels[split] ?? '')),
            },
            {
                ...axis,
                size: 46,
                space: 36,
                incrs: max === undefined ? WHOLE : undefined,
                grid: { stroke: ink('line'), width: 1 },
                values: (_, splits) => splits.map(format),
            },
        ],
        series: [{}, ...series],
        hooks: {
            drawClear: isRunning ? [(plot) => shadeLast(plot, count)] : [],
            setCursor: [(plot) => {
                const index = plot.cursor.idx;
                setAt(index === null || index === undefined || plot.cursor.left < 0
                    ? null : { index, left: plot.valToPos(index, 'x') });
            }],
        },
    }, [labels.map((_, index) => index), ...data], place);
    return made;
}

/** The cursor stands on a period, not between two. */
function snap(plot, left, top) {
    return left < 0 ? [left, top] : [plot.valToPos(plot.posToIdx(left), 'x'), top];
}

/** The periods that have a label: as many as there is room for, the last one included. */
function ticks(count, width) {
    const most = Math.max(Math.floor(width / LABEL_WIDTH), 1);
    const step = STEPS.find((step) => count / step <= most) ?? count;
    const found = [];
    for (let at = count - 1; at >= 0; at -= step) found.unshift(at);
    return found;
}

/** The running period stands apart: its numbers are not over. */
function shadeLast(plot, count) {
    const from = Math.max(plot.valToPos(count - 1.5, 'x', true), plot.bbox.left);
    const to = Math.min(plot.valToPos(count - 0.5, 'x', true), plot.bbox.left + plot.bbox.width);
    plot.ctx.save();
    plot.ctx.fillStyle = ink('shade');
    plot.ctx.fillRect(from, plot.bbox.top, to - from, plot.bbox.height);
    plot.ctx.restore();
}
