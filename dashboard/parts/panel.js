// A titled box: a chart, and the same numbers as a table and as CSV.

import { html, useState } from '../vendor/preact.js';
import { csv } from '../api.js';
import { Table } from '../charts/table.js';
import { Failed } from './notices.js';

/**
 * @param {object} props
 * @param {string} props.title
 * @param {string=} props.note what is counted, in a line
 * @param {import('../api.js').Answer} props.answer what it shows
 * @param {function(*): *} props.children the chart, of the data
 * @param {function(*): {columns: import('../charts/table.js').Column[], rows: Array<*>}=} props.table the numbers
 * @param {string=} props.csvTable the table that the CSV is of, where it is not the answer's first
 * @param {boolean=} props.hasCsv whether the server writes it as CSV
 * @param {function(*): *=} props.empty what is said instead of a chart without numbers, or nothing
 * @param {{href: string, text: string}=} props.more where there is more of it
 * @param {number=} props.height what is kept free for the chart, so that nothing jumps, in pixels
 * @param {string=} props.size `wide` for all columns
 */
export function Panel({ title, note, answer, children, table, csvTable, hasCsv = true, empty, more, height = 256, size = '' }) {
    const [asTable, setAsTable] = useState(false);
    const id = `panel-${title.toLowerCase().replace(/[^a-z]+/g, '-')}`;
    const { data, failure, isLoading } = answer;
    const nothing = data !== undefined && empty?.(data);
    const content = () => {
        if (nothing) return nothing;
        return asTable ? html`<${Table} caption=${title} ...${table(data)} />` : children(data);
    };
    return html`<section class=${`panel ${size}`} aria-labelledby=${id} aria-busy=${isLoading}>
        <header>
            <div><h2 id=${id}>${title}</h2>${note && html`<p>${note}</p>`}</div>
            <div class="tools">
                ${more && html`<a href=${more.href} aria-label=${`${more.text}: ${title}`}>${more.text}</a>`}
                ${table && html`<button type="button" aria-pressed=${asTable} aria-label=${`Table of ${title}`}
                    onClick=${() => setAsTable(!asTable)}>Table</button>`}
                ${table && hasCsv && html`<a href=${csv(answer.address, csvTable)} aria-label=${`CSV of ${title}`} download>CSV</a>`}
            </div>
        </header>
        <div class=${`body${isLoading && data !== undefined ? ' stale' : ''}`} style=${{ minHeight: `${height}px` }}>
            ${failure && html`<${Failed} failure=${failure} retry=${answer.retry} />`}
            ${data !== undefined && content()}
        </div>
    </section>`;
}
