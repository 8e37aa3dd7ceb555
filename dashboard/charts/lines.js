// Lines over periods, told apart by colour and dashes.

import { html, useMemo } from '../vendor/preact.js';
import { count } from '../format.js';
import { Legend, LineMark } from './legend.js';
import { Plot, ink } from './plot.js';

/**
 * @param {object} props
 * @param {string} props.name
 * @param {string[]} props.labels the periods
 * @param {Array<{name: string, values: Array<number|null>, ink: string, dash: number[]=, width: number=, isFilled: boolean=}>} props.lines
 * @param {function(number): string=} props.format a number in words
 */
export function Lines({ name, labels, lines, format = count, isRunning, height }) {
    const draw = useMemo(() => () => ({
        data: lines.map((line) => line.values),
        series: lines.map((line) => ({
            stroke: ink(line.ink),
            width: line.width ?? 2,
            dash: line.dash,
            fill: line.isFilled ? `${ink(line.ink)}1f` : undefined,
            points: { show: labels.length === 1 },
        })),
    }), [lines, labels]);
    const rows = (index) => lines.map((line) => ({
        name: line.name, value: format(line.values[index]), mark: html`<${LineMark} ...${line} />`,
    }));
    return html`<div>
        <${Legend} entries=${lines.map((line) => ({ name: line.name, mark: html`<${LineMark} ...${line} />` }))} />
        <${Plot} name=${name} labels=${labels} draw=${draw} rows=${rows} isRunning=${isRunning} height=${height} />
    </div>`;
}
