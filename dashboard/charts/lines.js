// Lines over periods, told apart by colour and dashes.

import { html, useMemo } from '../vendor/preact.js';
import { count } from '../format.js';
import { Legend, LineMark } from './legend.js';
import { Plot, ink } from './plot.js';

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {Array<number|null>} values
 * @property {string} ink a colour of the style sheet
 * @property {number[]=} dash lengths of its dashes and gaps, in pixels
 * @property {number=} width in pixels
 * @property {boolean=} isFilled whether what is below it is coloured
 */

/**
 * @param {object} props
 * @param {string} props.name
 * @param {string[]} props.labels the periods
 * @param {Line[]} props.lines
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
