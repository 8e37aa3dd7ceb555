// Numbers as a table.

import { html } from '../vendor/preact.js';
import { UNKNOWN, isKnown } from '../format.js';

/** Why a number is not told. */
const WHY_UNKNOWN = 'Not known: it is older than the retention, or can not be told with this filter or period.';

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {function(*): *} of what stands in a row
 * @property {function(*): string=} format how a number is written; a column with it is one of numbers
 */

/** @param {{caption: string, columns: Column[], rows: Array<*>}} props the first column names the row */
export function Table({ caption, columns, rows }) {
    return html`<div class="scroll" role="group" tabindex="0" aria-label=${caption}>
        <table>
            <caption class="unseen">${caption}</caption>
            <thead><tr>${columns.map((column) => html`
                <th key=${column.title} scope="col" class=${column.format ? 'number' : ''}>${column.title}</th>`)}</tr></thead>
            <tbody>${rows.map((row, index) => html`
                <tr key=${index}>${columns.map((column, place) => cell(column, row, place === 0))}</tr>`)}</tbody>
        </table>
    </div>`;
}

function cell(column, row, isHead) {
    const value = column.of(row);
    const content = column.format ? html`<${Known} value=${value} format=${column.format} />` : value;
    return isHead
        ? html`<th key=${column.title} scope="row">${content}</th>`
        : html`<td key=${column.title} class=${column.format ? 'number' : ''}>${content}</td>`;
}

/** A number, or a dash that says why there is none. */
export function Known({ value, format }) {
    return isKnown(value) ? format(value) : html`<span class="unknown" title=${WHY_UNKNOWN}>${UNKNOWN}</span>`;
}
