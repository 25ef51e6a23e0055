// module.js as Grafana loads it: with Grafana's own packages, in a page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { afterEach, before, beforeEach, test } from 'node:test';
import { JSDOM } from 'jsdom';

const require = createRequire(import.meta.url);
const MODULE = new URL('../../../plugin/grafherald_plugin/frontend/module.js', import.meta.url);
const SETTINGS = { uid: 'u1', id: 1, type: 'grafherald-json-datasource', name: 'JSON', meta: {}, jsonData: {} };

let packages, React, testing, exported, requests, answers;

before(() => {
  const page = new JSDOM('<!doctype html><body></body>', { url: 'http://grafana.test/', pretendToBeVisual: true });
  const missing = {
    matchMedia: () => ({ matches: false, addListener() {}, addEventListener() {}, removeEventListener() {} }),
    ResizeObserver: class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  };
  Object.assign(page.window, missing);
  for (const name of Object.getOwnPropertyNames(page.window)) {
    if (!(name in globalThis) || ['navigator', 'Event', 'CustomEvent'].includes(name)) {
      Object.defineProperty(globalThis, name, { value: page.window[name], configurable: true, writable: true });
    }
  }
  page.window.grafanaBootData = { settings: { featureToggles: {} }, user: { theme: 'dark' }, navTree: [] };
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  for (const type of ['.css', '.svg']) {
    Module._extensions[type] = () => {}; // a bundler's business
  }
  React = require('react');
  packages = {
    '@grafana/data': require('@grafana/data'),
    '@grafana/runtime': require('@grafana/runtime'),
    '@grafana/ui': require('@grafana/ui'),
    react: React,
  };
  testing = require('@testing-library/react');
});

beforeEach(() => {
  requests = [];
  answers = {};
  variables = { host: ['web01'] };
  const { setBackendSrv, setTemplateSrv, setDataSourceSrv } = packages['@grafana/runtime'];
  const { of, throwError } = require('rxjs');
  setBackendSrv({
    fetch: (request) => {
      requests.push(request);
      const answer = answers[request.url.split('/').pop()];
      return answer === undefined ? throwError(() => ({ status: 502, data: {} })) : of({ data: answer });
    },
  });
  setTemplateSrv({
    replace,
    getVariables: () => [],
    containsTemplate: () => false,
    updateTimeRange() {},
  });
  setDataSourceSrv({ getInstanceSettings: () => undefined });
  exported = load();
});

afterEach(() => testing.cleanup());

function load() {
  let found;
  const define = (names, factory) => {
    found = factory(...names.map((name) => packages[name] ?? assert.fail(`Grafana has no ${name}`)));
  };
  new Function('define', readFileSync(MODULE, 'utf8'))(define);
  return found;
}

// What a dashboard's variables are filled in as, by Grafana's formats.
let variables = {};
const FORMATS = {
  glob: (values) => (values.length > 1 ? `{${values.join(',')}}` : values[0]),
  json: (values) => JSON.stringify(values.length > 1 ? values : values[0]),
  regex: (values) => {
    const escaped = values.map((one) => one.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&'));
    return escaped.length > 1 ? `(${escaped.join('|')})` : escaped[0];
  },
};

function replace(text, scopedVars, format = 'glob') {
  return (text ?? '').replace(/\$(\w+)/g, (found, name) => {
    const given = variables[name];
    return typeof given === 'string' ? given : given ? FORMATS[format](given) : found;
  });
}

function datasource() {
  return new exported.DataSource(SETTINGS);
}

async function editor(query, source = { targets: async () => [{ text: 'CPU', value: 'cpu' }] }) {
  const saved = [];
  const props = { datasource: source, query: { refId: 'A', ...query }, onChange: (q) => saved.push(q), onRunQuery: () => saved.push('run') };
  await testing.act(async () => testing.render(React.createElement(exported.plugin.components.QueryEditor, props)));
  return saved;
}

test('it is a datasource plugin with both editors', () => {
  assert.ok(exported.plugin instanceof packages['@grafana/data'].DataSourcePlugin);
  assert.ok(exported.plugin.components.QueryEditor);
  assert.ok(exported.plugin.components.ConfigEditor);
  assert.ok(datasource() instanceof packages['@grafana/runtime'].DataSourceWithBackend);
});

test('annotations are switched on', () => {
  assert.deepEqual(datasource().annotations, {});
});

test('a new query asks for a time series', () => {
  assert.deepEqual(datasource().getDefaultQuery(), { target: '', type: 'timeserie' });
});

test('a hidden or empty query is not sent', () => {
  const source = datasource();
  assert.equal(source.filterQuery({ refId: 'A', target: 'cpu' }), true);
  assert.equal(source.filterQuery({ refId: 'A', target: '', payload: '{}' }), true);
  assert.equal(source.filterQuery({ refId: 'A', target: '' }), false);
  assert.equal(source.filterQuery({ refId: 'A', target: 'cpu', hide: true }), false);
});

test('variables are replaced in target and payload, and filters go along', () => {
  const filters = [{ key: 'City', operator: '=', value: 'Berlin' }];
  const query = datasource().applyTemplateVariables({ refId: 'A', target: 'cpu $host', payload: '{"h": "$host"}' }, {}, filters);
  assert.deepEqual(query, { refId: 'A', target: 'cpu web01', payload: { h: 'web01' }, adhocFilters: filters });
});

test('a variable is a regular expression in a target, and JSON in a payload', () => {
  variables = { host: ['web01.example.com', 'db 2'], check: ['load (5m)'], all: '.*', path: ['C:\\ "x"'] };
  const query = datasource().applyTemplateVariables(
    {
      refId: 'A',
      target: 'alerts entity=~$host check=$check',
      payload: '{"entity": ["$host"], "check": "$check", "name": "$all", "where": "entity=$host", "by": {"p": "$path"}, "n": 1}',
    },
    {}
  );
  assert.equal(query.target, String.raw`alerts entity=~(web01\.example\.com|db 2) check=load \(5m\)`);
  assert.deepEqual(query.payload, {
    entity: ['web01.example.com', 'db 2'],
    check: 'load (5m)',
    name: '.*',
    where: String.raw`entity=(web01\.example\.com|db 2)`,
    by: { p: 'C:\\ "x"' },
    n: 1,
  });
});

test('without a payload there is none', () => {
  assert.equal(datasource().applyTemplateVariables({ refId: 'A', target: 'cpu' }, {}).payload, undefined);
});

test('a Grafana that gives no filters along is asked for them', () => {
  const filters = [{ key: 'City', operator: '=', value: 'Berlin' }];
  const { getTemplateSrv } = packages['@grafana/runtime'];
  const asked = [];
  getTemplateSrv().getAdhocFilters = (name) => (asked.push(name), filters);
  const query = datasource().applyTemplateVariables({ refId: 'A', target: 'cpu' }, {});
  assert.deepEqual([query.adhocFilters, asked], [filters, ['JSON']]);
});

test('an annotation query names its annotation', () => {
  const annotation = { text: 'deploys', value: { name: 'deploys' } };
  const query = datasource().applyTemplateVariables({ refId: 'Anno', target: '#deploy' }, { __annotation: annotation });
  assert.deepEqual(query.scopedVars, { __annotation: annotation });
});

for (const name of ['alerts.json', 'alerts-7.json']) {
  const dashboard = JSON.parse(readFileSync(new URL(`../../../contrib/grafana/dashboards/${name}`, import.meta.url), 'utf8'));

  test(`every query of ${name} is sent with its variables filled in`, () => {
    variables = { entity: ['web01.example.com', 'db 2'], check: '.*' };
    for (const panel of dashboard.panels) {
      for (const target of panel.targets) {
        assert.ok(datasource().filterQuery(target));
        const sent = datasource().applyTemplateVariables(target, {});
        const filledIn = target.target.replace('$entity', String.raw`(web01\.example\.com|db 2)`).replace('$check', '.*');
        assert.equal(sent.target, filledIn);
        assert.ok(['timeserie', 'table'].includes(sent.type));
      }
    }
  });

  test(`the colours of ${name} are found by the names that Grafana gives to our series`, () => {
    const { getFieldDisplayName, toDataFrame } = packages['@grafana/data'];
    const shown = ['critical', 'unknown', 'warning', 'failed'].map((title) => {
      const series = { target: title, title, tags: { severity: title }, datapoints: [[1, 0]], refId: 'A' };
      const frame = toDataFrame(series);
      return getFieldDisplayName(frame.fields[1], frame, [frame]);
    });
    const coloured = dashboard.panels.flatMap((panel) => [
      ...Object.keys(panel.aliasColors ?? {}),
      ...panel.fieldConfig.overrides
        .filter((override) => override.properties.some((property) => property.id === 'color'))
        .map((override) => override.matcher.options),
    ]);
    assert.ok(coloured.length > 0);
    assert.deepEqual(new Set(coloured), new Set(shown));
  });
}

test('a query runs in the backend', async () => {
  const { firstValueFrom } = require('rxjs');
  const { dateTime } = packages['@grafana/data'];
  answers['query?ds_type=grafherald-json-datasource'] = { results: { A: { frames: [], refId: 'A' } } };
  const range = { from: dateTime(0), to: dateTime(60000), raw: { from: 'now-1m', to: 'now' } };
  const targets = [{ refId: 'A', target: 'cpu', type: 'timeserie' }];
  await firstValueFrom(datasource().query({ targets, range, intervalMs: 1000, maxDataPoints: 10, scopedVars: {}, requestId: 'q' }));
  assert.match(requests[0].url, /^\/api\/ds\/query/);
  assert.equal(requests[0].data.queries[0].target, 'cpu');
});

test('a variable asks /variable of the plugin', async () => {
  answers.variable = [{ __text: 'Label 1', __value: 'Value1' }, { __text: 'Label 2', __value: 'Value2' }];
  assert.deepEqual(await datasource().metricFindQuery('hosts of $host'), [
    { text: 'Label 1', value: 'Value1' },
    { text: 'Label 2', value: 'Value2' },
  ]);
  assert.match(requests[0].url, /\/api\/datasources\/uid\/u1\/resources\/variable$/);
  assert.deepEqual(requests[0].data.payload, { target: 'hosts of web01' });
});

test('a variable of a classic API asks /search', async () => {
  answers.search = ['upper_25', { text: 'upper_75', value: 2 }];
  assert.deepEqual(await datasource().metricFindQuery('upper'), [
    { text: 'upper_25', value: 'upper_25' },
    { text: 'upper_75', value: 2 },
  ]);
});

test('ad hoc filters ask for keys and values', async () => {
  answers['tag-keys'] = [{ type: 'string', text: 'City' }];
  answers['tag-values'] = [{ text: 'Berlin' }];
  const source = datasource();
  assert.deepEqual(await source.getTagKeys({ filters: [] }), answers['tag-keys']);
  assert.deepEqual(await source.getTagValues({ key: 'City', filters: [] }), answers['tag-values']);
  assert.equal(requests[1].data.key, 'City');
});

test('the target is offered from /search and saved when it is left', async () => {
  const saved = await editor({ target: 'cpu', type: 'timeserie' });
  const input = testing.screen.getByLabelText('Target');
  assert.equal(input.value, 'cpu');
  assert.equal(document.querySelector(`#${input.getAttribute('list')} option`).value, 'cpu');
  testing.fireEvent.blur(input, { target: { value: 'memory' } });
  assert.deepEqual(saved, [{ refId: 'A', target: 'memory', type: 'timeserie' }, 'run']);
});

test('an API without a list still has an editor', async () => {
  await editor({ target: '' }, { targets: () => Promise.reject(new Error('404')) });
  assert.ok(testing.screen.getByLabelText('Target'));
});

test('the type is chosen with one click', async () => {
  const saved = await editor({ target: 'cpu', type: 'timeserie' });
  testing.fireEvent.click(testing.screen.getByLabelText('Table'));
  assert.equal(saved[0].type, 'table');
});

test('a payload is saved when it is JSON', async () => {
  const saved = await editor({ target: 'cpu' });
  const input = testing.screen.getByLabelText('Payload');
  testing.fireEvent.change(input, { target: { value: '{"a": 1}' } });
  testing.fireEvent.blur(input);
  assert.equal(saved[0].payload, '{"a": 1}');
});

test('a payload that is no JSON is marked and not saved', async () => {
  const saved = await editor({ target: 'cpu' });
  const input = testing.screen.getByLabelText('Payload');
  testing.fireEvent.change(input, { target: { value: '{"a": ' } });
  testing.fireEvent.blur(input);
  assert.ok(testing.screen.getByText('This is no JSON object'));
  assert.deepEqual(saved, []);
});

async function settings(options) {
  const saved = [];
  const props = { options: { ...SETTINGS, url: '', access: 'proxy', secureJsonFields: {}, ...options }, onOptionsChange: (o) => saved.push(o) };
  await testing.act(async () => testing.render(React.createElement(exported.plugin.components.ConfigEditor, props)));
  return saved;
}

test('a token is kept as a secret, never in the plain settings', async () => {
  const saved = await settings({});
  testing.fireEvent.blur(testing.screen.getByLabelText('bearerToken'), { target: { value: 'hunter2' } });
  assert.deepEqual(saved[0].secureJsonData, { bearerToken: 'hunter2' });
  assert.ok(!JSON.stringify(saved[0].jsonData).includes('hunter2'));
});

test('a kept token is not shown and can be reset', async () => {
  const saved = await settings({ secureJsonFields: { bearerToken: true } });
  assert.equal(testing.screen.queryByLabelText('bearerToken'), null);
  testing.fireEvent.click(testing.screen.getByText('Configured: reset'));
  assert.equal(saved[0].secureJsonFields.bearerToken, false);
});

test('timeout and size are numbers', async () => {
  const saved = await settings({});
  testing.fireEvent.blur(testing.screen.getByLabelText('timeout'), { target: { value: '5' } });
  testing.fireEvent.blur(testing.screen.getByLabelText('maxMegabytes'), { target: { value: '' } });
  assert.equal(saved[0].jsonData.timeout, 5);
  assert.equal(saved[1].jsonData.maxMegabytes, undefined);
});
