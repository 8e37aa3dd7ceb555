// Parts of a whole over periods, one upon another: columns, or areas where there are many periods.

import { html, useMemo } from '../vendor/preact.js';
import uPlot from '../vendor/uPlot.js';
import { count, isKnown, share } from '../format.js';
import { AreaMark, Legend } from './legend.js';
import { Plot, ink } from './plot.js';

/** More columns than that are areas: they would be thinner than the gaps between them. */
const MOST_COLUMNS = 120;

/**
 * @param {object} props
 * @param {string} props.name
 * @param {string[]} props.labels the periods
 * @param {Array<{name: string, values: Array<number|null>, ink: string, hatch: boolean=}>} props.parts from the lowest up
 * @param {boolean=} props.isShare whether the parts are told as shares of their sum
 */
export function Stack({ name, labels, parts, isShare, isRunning, height = 228 }) {
    // Shares fill the height, so that only their borders matter.
    const hasColumns = labels.length === 1 || (!isShare && labels.length <= MOST_COLUMNS);
    const drawn = useMemo(() => {
        const sums = labels.map((_, index) => parts.reduce((sum, part) => sum + (part.values[index] ?? 0), 0));
        const heights = stack(parts, sums, isShare);
        const draw = () => ({
            // The highest first: those below are drawn over it.
            data: heights.toReversed(),
            series: parts.toReversed().map((part) => ({
                stroke: ink('panel'),
                width: hasColumns ? 0 : 1,
                fill: (plot) => fill(plot.ctx, part),
                paths: hasColumns ? uPlot.paths.bars({ size: [0.78, 44] }) : undefined,
                points: { show: false },
            })),
        });
        return { sums, draw };
    }, [labels, parts, isShare]);
    const rows = (index) => parts.toReversed().map((part) => {
        const value = part.values[index];
        const told = isShare && isKnown(value) ? `${share(value / drawn.sums[index])} (${count(value)})` : count(value);
        return { name: part.name, value: told, mark: html`<${AreaMark} ...${part} />` };
    });
    const entries = parts.toReversed().map((part) => ({ name: part.name, mark: html`<${AreaMark} ...${part} />` }));
    return html`<div>
        <${Legend} entries=${entries} />
        <${Plot} name=${name} labels=${labels} draw=${drawn.draw} rows=${rows} hasColumns=${hasColumns} isRunning=${isRunning}
            height=${height} max=${isShare ? 1 : undefined} format=${isShare ? percent : undefined} />
    </div>`;
}

/** The upper edges of the parts. */
function stack(parts, sums, isShare) {
    const edges = sums.map(() => 0);
    return parts.map((part) => part.values.map((value, index) => {
        if (!isKnown(value)) return null;
        edges[index] += isShare ? value / (sums[index] || 1) : value;
        return edges[index];
    }));
}

/** The colour of a part, with stripes where it has some. */
function fill(context, { ink: name, hatch }) {
    if (!hatch) return ink(name);
    const size = 8 * devicePixelRatio;
    const tile = new OffscreenCanvas(size, size);
    const pen = tile.getContext('2d');
    pen.fillStyle = ink(name);
    pen.fillRect(0, 0, size, size);
    pen.strokeStyle = ink('panel');
    pen.lineWidth = 1.2 * devicePixelRatio;
    pen.beginPath();
    for (const offset of [-size, 0, size]) {
        pen.moveTo(offset - 1, size + 1);
        pen.lineTo(offset + size + 1, -1);
    }
    pen.stroke();
    return context.createPattern(tile, 'repeat');
}

function percent(value) {
    return `${Math.round(value * 100)}%`;
}
