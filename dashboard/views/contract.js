// Contract: what the tool may report, as it is in force, and what was in force before.

import { html } from '../vendor/preact.js';
import { url, useAnswers } from '../api.js';
import { asks } from '../asks.js';
import { groups, typeInWords } from '../contract.js';
import { moment } from '../format.js';
import { Marked } from '../parts/marked.js';
import { Panel } from '../parts/panel.js';

/** As many characters of a hash tell contracts apart. */
const HASH_LENGTH = 12;

export function View({ state, contract, app }) {
    const { history } = useAnswers(asks.contract(state));
    return html`
        <p class="lead"><${Marked} text=${app.about} /></p>
        <ul class="links">
            <li><a href=${url(app.id, 'what-we-collect')}>What we collect</a>, the page for users</li>
            <li><a href=${url(app.id, 'contract')}>The contract as JSON</a></li>
            ${contract.public && html`<li><a href=${url(app.id, 'public-stats')}>Public statistics</a></li>
                <li><a href=${url(app.id, 'badge.svg')}>The badge</a></li>`}
        </ul>
        <div class="grid">
            <${Rules} contract=${contract} app=${app} />
            <${History} answer=${history} />
            ${groups(contract).map((event) => html`<${Group} key=${event.type} event=${event} />`)}
        </div>`;
}

function Rules({ contract, app }) {
    const { policy, hash } = contract;
    const kept = { discard: 'left out; the rest is stored', reject: 'the event is refused' };
    const rules = [
        ['Contract', html`<code title=${hash}>${hash.slice(0, HASH_LENGTH)}</code>`],
        ['Wire', app.wire],
        ['Events are kept', policy.retention],
        ['Undeclared fields', kept[policy.undeclared] ?? policy.undeclared],
        ['Undeclared types', policy.undeclared_events === 'reject' ? 'refused' : policy.undeclared_events],
        ['Limit of an install', policy.limits.install ?? 'none'],
        ['Limit of an address', policy.limits.address ?? 'none'],
        ['Events in a request', `at most ${policy.max_batch}`],
        ['Clocks', `at most ${policy.clock.past} late, ${policy.clock.future} early`],
        ['Public', contract.public ? ['installs', ...contract.public.by.map((name) => `by ${name}`)].join(', ') : 'nothing'],
    ];
    return html`<section class="panel" aria-labelledby="in-force">
        <header><div><h2 id="in-force">In force</h2></div></header>
        <dl class="rules">${rules.map(([name, rule]) => html`<div key=${name}><dt>${name}</dt><dd>${rule}</dd></div>`)}</dl>
    </section>`;
}

function History({ answer }) {
    return html`<${Panel} title="History" note="contracts that were in force, the newest first" answer=${answer} height=${120}>
        ${(contracts) => html`<ol class="history">${contracts.map(({ hash, since, in_force: isInForce, changes }, index) => html`
            <li key=${hash}>
                <p>${since ? html`<time datetime=${since}>${moment(since)}</time>` : 'No event yet'}${' '}
                    <code title=${hash}>${hash.slice(0, HASH_LENGTH)}</code>
                    ${isInForce && html` <span class="tag">in force</span>`}</p>
                ${changes.length > 0
                    ? html`<ul>${changes.map((change) => html`<li key=${change}><${Marked} text=${change} /></li>`)}</ul>`
                    : index === contracts.length - 1 && html`<p class="quiet">The first contract.</p>`}
            </li>`)}</ol>`}
    <//>`;
}

function Group({ event }) {
    const id = `event-${event.type || 'envelope'}`;
    return html`<section class="panel wide" aria-labelledby=${id}>
        <header><div>
            <h2 id=${id}>${event.type ? html`<code>${event.type}</code>` : 'Every event'}</h2>
            <p><${Marked} text=${event.type ? event.about : 'fields that all events have'} /></p>
        </div></header>
        ${event.fields.length === 0 ? html`<p class="quiet">Nothing but what every event has.</p>` : html`
        <div class="scroll" role="group" tabindex="0" aria-label=${`Fields of ${event.type || 'every event'}`}>
            <table class="fields"><thead><tr><th scope="col">Field</th><th scope="col">Holds</th><th scope="col">Why</th></tr></thead>
            <tbody>${event.fields.map((field) => html`<tr key=${field.name}>
                <th scope="row"><code>${field.name}</code>${!field.required && html` <span class="tag">optional</span>`}</th>
                <td>${typeInWords(field)}</td>
                <td><${Marked} text=${field.why} /></td>
            </tr>`)}</tbody>
        </table></div>`}
    </section>`;
}
